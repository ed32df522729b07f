from __future__ import annotations

import sys
from pathlib import Path

import pytest

from visavis.core.errors import VisavisError
from visavis.training.scalars import Scalars


def curve(out: Path, name: str) -> list[tuple[int, float]]:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(out / "events"), size_guidance={"scalars": 0})
    events.Reload()
    return [(point.step, point.value) for point in events.Scalars(name)]


def test_a_continued_curve_has_no_doubles(tmp_path: Path) -> None:
    with Scalars(tmp_path, 0) as scalars:
        for step in range(1, 9):
            scalars.write("train", {"loss": float(step)}, step)
    with Scalars(tmp_path, 5) as scalars:
        for step in range(6, 11):
            scalars.write("train", {"loss": float(-step)}, step)
    expected = [(step, float(step)) for step in range(1, 6)] + [(step, float(-step)) for step in range(6, 11)]
    assert curve(tmp_path, "train/loss") == expected


def test_silent_writes_nothing(tmp_path: Path) -> None:
    with Scalars(tmp_path, 0, silent=True) as scalars:
        scalars.write("train", {"loss": 1.0}, 1)
        scalars.flush()
    assert list(tmp_path.iterdir()) == []


def test_without_tensorboard_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(VisavisError, match=r"tensorboard.*visavis\[train\]"):
        Scalars(tmp_path, 0)
