from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.data.simulate.voices.recorded import VOICES, record, said
from visavis.data.simulate.voices.offset import main


def test_the_command_prints_recorded_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("espeakng_loader", reason="the simulator's synthesiser is not installed")
    for i in range(3):
        record(tmp_path / "late", f"r{i}", said(VOICES[0], 8, i), late_s=0.06)
    record(tmp_path / "short", "one", said(VOICES[1], 2))
    assert main(["--recordings", str(tmp_path)]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert "2 recorded people, 26 phrases" in printed[0]
    found = re.fullmatch(r"late: \+(\d+) ms late \(agreement 0\.\d\d\), corrected by \+(\d+) ms", printed[1])
    assert found is not None
    assert found[1] == found[2]
    assert int(found[1]) == pytest.approx(60, abs=20)
    assert printed[2].startswith("short: not measured, less than 20 s")
    assert main(["--recordings", str(tmp_path), "--alphabet", "ipas"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
