from __future__ import annotations

import pytest

from visavis.training import clock as module
from visavis.training.checkpoints import Progress
from visavis.training.clock import Clock


def test_validation_counts_as_time_but_not_as_slowness(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    clock = Clock(Progress(step=10, seconds=50.0))
    assert clock.mean_speed == 0.0
    now[0] += 4
    assert clock.look(18) == 2.0
    now[0] += 30
    clock.leave_out()
    now[0] += 2
    assert clock.look(20) == 1.0
    assert clock.mean_speed == pytest.approx(10 / 6)
    assert clock.seconds == 86.0
