import json
from dataclasses import replace
from pathlib import Path

import pytest

from visavis.core.files import write_json
from visavis.validate.benchmark.aggregation import Evaluation
from visavis.validate.metrics.intervals import Estimate
from visavis.validate.report.markdown_tables import SECTIONS, markdown, plain, robustness, summary


def estimate(value: float) -> Estimate:
    return Estimate(value, 0.9 * value, 1.1 * value, 7)


@pytest.fixture
def evaluation() -> Evaluation:
    model = {"fd_exp": estimate(0.0123), "sid_exp": estimate(3.2), "sid_reverse_exp": estimate(-1.4e-6)}
    real = {"fd_exp": estimate(0.0), "react_f1_nod": estimate(0.5), "lip_lag_ms": estimate(40.0)}
    return Evaluation({"model": model, "real motion": real}, clips=7, minutes=12.34, seeds=(0, 3), logged=("nod",))


def test_every_metric_is_printed_once_under_its_heading(evaluation: Evaluation) -> None:
    text = markdown(evaluation)
    assert text.startswith("7 clips, 12.3 minutes of animated people, seeds 0, 3; brackets")
    for metric in ("fd_exp", "sid_exp", "sid_reverse_exp", "react_f1_nod", "lip_lag_ms"):
        assert text.count(f" {metric} |") == 1
    headings = [line.removeprefix("### ") for line in text.splitlines() if line.startswith("###")]
    assert headings == [title for title in SECTIONS if title in headings]
    assert "| model | 3.2 [2.88, 3.52] | 0 [0, 0] |" in text


def test_rows_without_anything_to_say_are_left_out_and_gaps_shown(evaluation: Evaluation) -> None:
    table = markdown(evaluation, metrics=["fd_exp", "react_f1_nod"], intervals=False)
    assert table.splitlines() == [
        "| | fd_exp | react_f1_nod |",
        "|---|---|---|",
        "| model | 0.0123 | - |",
        "| real motion | 0 | 0.5 |",
    ]
    assert "| model" not in markdown(evaluation, metrics=["lip_lag_ms"])
    assert "| model" not in markdown(evaluation, rows=["real motion"])


def test_a_summary_asks_only_what_the_evaluation_can_answer(evaluation: Evaluation) -> None:
    text = summary(evaluation)
    assert "fd_exp" in text
    assert "react_f1_nod" in text
    assert "sid_exp" not in text
    assert "squared error" not in text


def test_a_summary_tells_of_looks_at_each_other_only_where_motion_says_where_people_are() -> None:
    alone = {"gaze_mutual": estimate(0.5), "gaze_error_deg": estimate(4.0)}
    assert "gaze_mutual" not in summary(Evaluation({"model": alone, "real motion": alone}, 1, 1.0, (0,)))
    assert " gaze_mutual |" in markdown(Evaluation({"model": alone}, 1, 1.0, (0,)))
    together = alone | {"gaze_at_partner_agreement": estimate(0.8)}
    assert " gaze_mutual |" in summary(Evaluation({"model": together, "real motion": together}, 1, 1.0, (0,)))


def test_pooled_scores_have_their_own_table_without_intervals() -> None:
    pooled = {"model": {"pooled_fd_exp": 0.5, "pooled_sid_exp": 3.25}, "real motion": {"pooled_fd_exp": 0.0}}
    row = {"fd_exp": estimate(1.0)}
    text = markdown(Evaluation({"model": row, "real motion": row}, 1, 1.0, (), pooled=pooled))
    table = text.split("### Over the frames of all clips together\n\n")[1]
    assert table.splitlines() == [
        "| | pooled_fd_exp | pooled_sid_exp |",
        "|---|---|---|",
        "| model | 0.5 | 3.25 |",
        "| real motion | 0 | - |",
    ]
    only = markdown(Evaluation({"model": row}, 1, 1.0, (), pooled=pooled), rows=["model"])
    assert "real motion" not in only


def test_a_summary_ends_with_the_columns_of_arigs_tables() -> None:
    pooled = {"model": {"pooled_var_pose": 0.5, "pooled_fd_exp": 0.25, "pooled_fd_jaw": 1.0}}
    row = {"fd_exp": estimate(1.0)}
    text = summary(Evaluation({"model": row}, 1, 1.0, (), pooled=pooled | {"partner copied": {"pooled_fd_exp": 1.0}}))
    assert text.splitlines()[-3:] == [
        "| | pooled_fd_exp | pooled_var_pose |",
        "|---|---|---|",
        "| model | 0.25 | 0.5 |",
    ]


def test_states_that_are_told_have_a_table_of_shares_and_one_of_confusions() -> None:
    told = ((3, 1, 0, 0, 0, 0, 0), *[(0,) * 7] * 6)
    row = {"state_accuracy": estimate(0.75), "state_recall_speaking": estimate(0.75)}
    found = Evaluation({"model": row, "live rule, logged speech": row}, 1, 1.0, (), confusions={"model": told})
    for print_it in (markdown, summary):
        text = print_it(found)
        assert "| live rule, logged speech | 0.75 [0.675, 0.825] | 0.75 [0.675, 0.825] |" in text
        table = text.split("What the model tells each true state as")[1].splitlines()[2:]
        assert table[0].split("|")[2].strip() == "speaking"
        assert table[2].startswith("| speaking | 75.0% | 25.0% | 0.0% |")
    assert "true state" not in markdown(replace(found, confusions={}, rows={"model": {}}))
    assert "tells each" not in markdown(found, rows=["live rule, logged speech"])


def test_corrupted_runs_are_rows_of_one_table(evaluation: Evaluation) -> None:
    worse = Evaluation({"model": {"fd_exp": estimate(0.5)}}, 7, 12.34, (0,))
    assert robustness({"clean": evaluation, "motion:hold:0.5": worse}).splitlines() == [
        "| | fd_exp |",
        "|---|---|",
        "| clean | 0.0123 [0.0111, 0.0135] |",
        "| motion:hold:0.5 | 0.5 [0.45, 0.55] |",
    ]


def test_small_and_large_numbers_stay_readable() -> None:
    odd = Evaluation({"model": {"fd_exp": estimate(4.2e-4), "fd_jaw": estimate(12345.0)}}, 1, 1.0, ())
    assert "| model | 4.20e-04 | 1.23e+04 |" in markdown(odd, intervals=False)
    assert markdown(odd, intervals=False).startswith("1 clip, 1.0 minutes of animated people.\n")


def test_json_reads_back(evaluation: Evaluation, tmp_path: Path) -> None:
    write_json(tmp_path / "deep" / "scores.json", plain(evaluation))
    read = json.loads((tmp_path / "deep" / "scores.json").read_text())
    assert read == json.loads(json.dumps(plain(evaluation)))
    assert read["rows"]["model"]["fd_exp"] == {"value": 0.0123, "low": 0.9 * 0.0123, "high": 1.1 * 0.0123, "clips": 7}


def test_lips_of_each_source_stand_in_a_table_of_their_own() -> None:
    row = {"lip_jaw_correlation": estimate(0.6), "fd_exp": estimate(1.0)}
    parts = {"anna": {"model": row, "loudness alone": row, "mean face": row}, "ben": {"model": row}}
    for print_it in (markdown, summary):
        text = print_it(Evaluation({"model": row}, 3, 1.0, (0,), parts=parts))
        table = text.split("Lips by source")[1].splitlines()[2:]
        assert table[0] == "| | lip_jaw_correlation |"
        assert [line.split(" | ")[0] for line in table[2:5]] == [
            "| anna: model",
            "| anna: loudness alone",
            "| ben: model",
        ]
    assert "by source" not in markdown(Evaluation({"model": row}, 3, 1.0, (0,)))
