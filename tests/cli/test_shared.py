from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import run
from visavis.cli.shared import (
    Precision,
    bar,
    engine_of,
    loaded,
    name_problems,
    ray_address,
    require_places,
    write_json,
)
from visavis.core.errors import VisavisError
from visavis.core.local_processes import LocalProcesses


def test_each_problem_is_named_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert name_problems([]) == 0
    assert name_problems(["one is broken", "two is broken", "one is broken"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "visavis: warning: one is broken",
        "visavis: warning: two is broken",
    ]


def test_nothing_is_written_where_no_place_was_given(tmp_path: Path) -> None:
    write_json(None, {"a": 1})
    write_json(tmp_path / "a.json", {"a": 1})
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_places_are_looked_at_beforehand(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    require_places(None, tmp_path / "new" / "a.json")
    with pytest.raises(VisavisError, match="file"):
        require_places(tmp_path / "file" / "a.json")


def test_a_bar_is_silent_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with bar("working") as progress:
        progress(1, 2)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("knows", "precision", "warned"), [(False, "bf16", True), (True, "bf16", False), (False, "float32", False)]
)
def test_emulated_bfloat16_is_warned_of(
    knows: bool, precision: Precision, warned: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("torch.cpu.get_capabilities", lambda: {"avx512_bf16": knows})
    loaded("timar-small", precision)
    assert ("emulates bfloat16" in capsys.readouterr().err) is warned


def test_an_engine_is_this_machine_or_a_cluster() -> None:
    assert [ray_address(choice) for choice in ("local", "ray", "ray:10.0.0.1:6379")] == [None, "", "10.0.0.1:6379"]
    assert ray_address("ray:ray://head:10001") == "ray://head:10001"
    for wrong in ("rays", "ray:", "local:4", "dask", ""):
        with pytest.raises(VisavisError, match=f"^{wrong!r} is no engine; give local, ray for"):
            ray_address(wrong)
    with engine_of("local", 3) as engine:
        assert engine == LocalProcesses(3)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of what Ray Serve imports
def test_a_cluster_that_does_not_answer_is_one_line(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("ray", reason="needs ray: pip install 'visavis[ray]'")
    dead = "ray:127.0.0.1:1"
    asked = [
        ("simulate", "made", "--minutes", "1"),
        ("evaluate", "model", "--data", "data"),
        ("score", "predictions", "--data", "data"),
        ("compare", "scores.json"),
        ("serve", "--model", "model"),
    ]
    for command in asked:
        assert run(*command, "--engine", dead) == 2
        told = capsys.readouterr().err.strip().splitlines()
        assert len(told) == 1
        assert "no Ray cluster answers at 127.0.0.1:1" in told[0]
    assert not (here / "made").exists()
