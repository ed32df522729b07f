from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

from tests.analysis.test_state_files import told
from visavis.core.errors import VisavisError
from visavis.view.state_outputs import require_state_outputs, write_states


def test_endings_choose_the_formats(tmp_path: Path) -> None:
    paths = [tmp_path / "deep" / name for name in ("a.CSV", "b.json", "c.png")]
    write_states(paths, told())
    assert paths[0].read_text().startswith("frame,time_s,")
    assert json.loads(paths[1].read_text())["frames"] == 200
    assert paths[2].read_bytes().startswith(b"\x89PNG")


def test_what_cannot_be_written_is_said_before_anything_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(VisavisError, match=r"states cannot be written to \.mp4; use \.csv, \.json or \.png"):
        write_states([tmp_path / "a.csv", tmp_path / "b.mp4"], told())
    assert not (tmp_path / "a.csv").exists()
    with pytest.raises(VisavisError, match="no file to write to"):
        require_state_outputs([])
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(VisavisError, match="is a folder"):
        require_state_outputs([tmp_path / "folder.csv"])
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(VisavisError, match=r"visavis\[view\]"):
        require_state_outputs([tmp_path / "a.png"])
