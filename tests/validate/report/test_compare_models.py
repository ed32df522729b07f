from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from visavis.core.errors import VisavisError
from visavis.validate.metrics.intervals import Estimate
from visavis.validate.report.compare_models import compare_models, read_scored


def written(place: Path, model: str, turns: int | None, jaw: float) -> Path:
    """What an evaluation of one split writes."""
    rows = {
        "model": {"fd_jaw": Estimate(jaw / 1000, jaw / 1000 - 0.0002, jaw / 1000 + 0.0004, 21)},
        "mean face": {"fd_jaw": Estimate(0.009, 0.009, 0.009, 21), "react_f1_nod": Estimate(0.1, 0.0, 0.2, 21)},
        "model mean": {"fd_jaw": Estimate(0.5, 0.5, 0.5, 21)},
    }
    found = {
        "model": model,
        "split": "test",
        "turns": turns,
        "clips": 21,
        "minutes": 59.7,
        "seeds": [0, 1],
        "rows": {name: {key: asdict(one) for key, one in row.items()} for name, row in rows.items()},
    }
    path = place / f"{model}{turns}.json"
    path.write_text(json.dumps({f"{model}, test": found}))
    return path


def test_models_stand_side_by_side_in_printed_units(tmp_path: Path) -> None:
    paths = [written(tmp_path, "ours", 7, 1.5), written(tmp_path, "theirs", 7, 2.5), written(tmp_path, "ours", 0, 3.0)]
    text = compare_models([one for path in paths for one in read_scored(path)])
    assert text.startswith("### test\n\n21 clips, 60 minutes of animated people, seeds 0, 1.\n")
    table, beside = ([line.split("|") for line in part.splitlines()] for part in text.split("\n\n")[2:4])
    lines = [[cell.strip() for cell in line] for line in table]
    at = lines[0].index("FD jaw \u00d710³")
    assert [(line[1], line[2], line[at]) for line in lines[2:]] == [
        ("0", "ours", "3.00 ± 0.30"),
        ("7", "ours", "1.50 ± 0.30"),
        ("7", "theirs", "2.50 ± 0.30"),
        ("", "mean face", "9.00"),
    ]
    assert [cell.strip() for cell in beside[-1]][2:5] == ["mean face", "-", "0.1 ± 0.1"]
    assert "model mean" not in text


def test_lips_stand_beside_loudness_for_all_clips_and_for_each_source(tmp_path: Path) -> None:
    one = asdict(Estimate(0.5, 0.4, 0.6, 3))
    lips = {row: {"lip_jaw_correlation": one, "lip_closure_other": one} for row in ("model", "loudness alone")}
    found = {"model": "ours", "split": "people", "turns": None, "clips": 3, "minutes": 1.0, "seeds": [0]}
    found |= {"rows": lips | {"mean face": {"lip_jaw_correlation": one}}, "parts": {"anna": lips, "ben": lips}}
    (tmp_path / "a.json").write_text(json.dumps({"ours, people": found}))
    text = compare_models(read_scored(tmp_path / "a.json"))
    tables = text.split("\n\n")[2:]
    assert len(tables) == 2
    names = [line.split("|")[2].strip() for line in tables[1].splitlines()[2:]]
    assert names == [f"{of}{row}" for of in ("", "anna: ", "ben: ") for row in ("ours", "loudness alone")]
    assert "0.5 ± 0.1" in tables[1]


def test_reactions_stand_beside_those_to_another_user_and_to_real_motion(tmp_path: Path) -> None:
    def nods(f1: float) -> dict[str, dict[str, float]]:
        return {"react_f1_nod": asdict(Estimate(f1, f1 - 0.1, f1 + 0.1, 21))}

    late = asdict(Estimate(0.04, 0.03, 0.05, 21))
    rows = {"model": nods(0.6) | {"react_signed_s_nod": late, "react_absolute_s_nod": late}}
    rows |= {"model, other user": nods(0.15), "real motion": nods(1.0), "mean face": nods(0.0)}
    found = {"model": "ours", "split": "test", "turns": None, "clips": 3, "minutes": 1.0, "seeds": [0], "rows": rows}
    (tmp_path / "a.json").write_text(json.dumps({"ours, test": found}))
    tables = compare_models(read_scored(tmp_path / "a.json")).split("\n\n")[2:]
    lines = [[cell.strip() for cell in line.split("|")][2:-1] for line in tables[-1].splitlines()]
    assert lines[0][1:5] == ["react_f1_nod", "react_f1_nod, other user", "react_signed_s_nod", "react_absolute_s_nod"]
    assert lines[2][:5] == ["ours", "0.6 ± 0.1", "0.15 ± 0.1", "0.04 ± 0.01", "0.04 ± 0.01"]
    assert lines[3][:3] == ["real motion", "1 ± 0.1", "-"]
    assert len(lines) == 4


def test_pooled_scores_have_the_columns_of_arigs_tables(tmp_path: Path) -> None:
    found = {"model": "ours", "split": "test", "turns": 7, "clips": 3, "minutes": 1.0, "seeds": [0], "rows": {}}
    pooled = {"pooled_fd_exp": 0.5, "pooled_fd_jaw": 9.0, "pooled_rpcc_pose": 0.125, "pooled_var_exp": 2.5}
    found |= {"pooled": {"model": pooled, "real motion": {"pooled_fd_exp": 0.0}, "first frame held": pooled}}
    (tmp_path / "a.json").write_text(json.dumps({"ours, test": found}))
    table = compare_models(read_scored(tmp_path / "a.json")).split("\n\n")[2]
    lines = [[cell.strip() for cell in line.split("|")][1:-1] for line in table.splitlines()]
    keys = [f"pooled_{key}_{group}" for key in ("fd", "rpcc", "sid", "var") for group in ("exp", "pose")]
    assert lines[0] == ["n", "", *keys]
    assert lines[2] == ["7", "ours", "0.5", "-", "-", "0.125", "-", "-", "2.5", "-"]
    assert [line[:3] for line in lines[3:]] == [["", "real motion", "0"]]


def test_states_stand_beside_the_rules_of_the_first_model_that_tells_them(tmp_path: Path) -> None:
    right = {
        "state_accuracy": asdict(Estimate(0.9, 0.88, 0.92, 3)),
        "state_recall_waiting": asdict(Estimate(0.5, 0.4, 0.6, 3)),
    }
    seamless = {"model": {"seam_speed": asdict(Estimate(1.0, 1.0, 1.0, 3))}}
    rules = {"live rule, logged speech": right, "live rule, Silero's speech": right}
    common = {"split": "test", "turns": None, "clips": 3, "minutes": 1.0, "seeds": [0]}
    timar = {**common, "model": "timar", "rows": seamless}
    arig = {**common, "model": "arig", "rows": {"model": right, **rules}}
    (tmp_path / "a.json").write_text(json.dumps({"timar, test": timar, "arig, test": arig}))
    table = compare_models(read_scored(tmp_path / "a.json")).split("\n\n")[-1]
    lines = [[cell.strip() for cell in line.split("|")][2:-1] for line in table.splitlines()]
    assert lines[0][1:3] == ["state_accuracy", "state_recall_speaking"]
    assert lines[0][-1] == "state_recall_waiting"
    assert [line[:2] for line in lines[2:]] == [[name, "0.9 ± 0.02"] for name in ("arig", *rules)]


@pytest.mark.parametrize("content", ["{}", '{"a": {"rows": {}}}', '{"a": 3}'])
def test_any_other_file_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(VisavisError, match=r"a\.json holds no evaluation; write one with `visavis evaluate"):
        read_scored(tmp_path / "a.json")
    with pytest.raises(VisavisError, match="cannot read"):
        read_scored(tmp_path / "b.json")
