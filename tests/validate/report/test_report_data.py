from dataclasses import replace

from tests.validate.made_up import evaluation, report
from visavis.validate.benchmark.case_scores import MEAN_FACE, MODEL, REAL_OTHER
from visavis.validate.report.report_data import Measured


def measured(model: str, split: str, turns: int | None) -> Measured:
    return Measured(model, split, turns, evaluation())


def test_splits_keep_what_was_measured_in_its_order() -> None:
    ours = [measured("a", "test", 7), measured("a", "ood", 7), measured("b", "test", 0)]
    found = report(*ours).splits
    assert {split: [one.model for one in rows] for split, rows in found.items()} == {"test": ["a", "b"], "ood": ["a"]}


def test_the_longest_history_is_as_trained_or_the_most_turns() -> None:
    ours = [measured("a", "test", 7), measured("a", "test", 0), measured("b", "test", 3), measured("b", "test", None)]
    assert [(one.model, one.turns) for one in report(*ours).longest["test"]] == [("a", 7), ("b", None)]


def test_controls_are_the_rows_without_a_model() -> None:
    assert list(measured("a", "test", 7).controls) == [MEAN_FACE, REAL_OTHER]


def test_clips_without_a_score_are_left_out() -> None:
    scored = replace(evaluation(), per_clip={MODEL: {"fd_exp": (1.0, None, float("inf"), 2.0)}})
    ours = Measured("a", "test", 7, scored)
    assert ours.per_clip(MODEL, "fd_exp") == (1.0, 2.0)
    assert ours.per_clip(MODEL, "fd_gaze") == ours.per_clip(MEAN_FACE, "fd_exp") == ()
