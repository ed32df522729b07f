from __future__ import annotations

from pathlib import Path

import pytest

from visavis.cli import main
from visavis.export import write
from visavis.export.check import Agreement
from visavis.export.manifest import Manifest, NetworkFile


def written(monkeypatch: pytest.MonkeyPatch, largest: float) -> None:
    """An export that is there at once, so far from torch."""
    networks = tuple(
        NetworkFile(precision, f"step.{precision}.onnx", 2_000_000, "") for precision in ("float32", "int8")
    )
    manifest = Manifest(
        "small", "", "", 16_000, 25, 1, 0, "arkit61", (), (), (), ("agent",), (), 1, (), (), networks
    )  # fmt: skip
    found = {
        "float32": Agreement(60.0, largest, 1e-6, 0.0, {}, 4.0),
        "int8": Agreement(60.0, 0.3, 1e-2, 0.1, {}, 3.0),
    }
    monkeypatch.setattr(write, "export_onnx", lambda *_: manifest)
    monkeypatch.setattr("visavis.export.check.checked", lambda *_: found)


def test_it_tells_how_near_each_network_comes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(monkeypatch, 3e-5)
    assert main(["export-onnx", "arig-small", "--out", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith(
        "step.float32.onnx: 2.0 MB, at most 3e-05 from torch's motion in 60 s (mean 1e-06), 4.0 ms a step"
    )
    assert "int8.onnx: 2.0 MB, at most 0.3 from" in lines[1]


def test_float32_that_differs_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(monkeypatch, 2e-3)
    assert main(["export-onnx", "arig-small", "--out", str(tmp_path)]) == 2
    assert "differs from torch by 0.002, more than 0.0001" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["export-onnx", "nobody", "--out", "x"], "unknown model 'nobody'"),
        (["export-onnx", "arig-small", "--out", "x", "--check", "-1"], "--check -1 is no time"),
        (["page", "x", "--model", "nobody"], "unknown model 'nobody'"),
    ],
)
def test_bad_wishes_are_told_in_a_line(
    words: list[str], told: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    built = tmp_path / "built"
    (built / "engine" / "ort").mkdir(parents=True)
    (built / "index.html").write_text("<head>")
    monkeypatch.setattr("visavis.export.page.BUILT", built)
    assert main(words) == 2
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1
