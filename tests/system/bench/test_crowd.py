from __future__ import annotations

import pytest
import torch

from tests.small_systems import make
from visavis.system.bench import crowd
from visavis.system.bench.crowd import measure_crowds
from visavis.system.bench.stream import Step


def test_crowds_are_measured_until_one_is_too_slow() -> None:
    system = make("timar shipped")
    crowds = measure_crowds(system, (1, 3), 2)
    assert [crowd.sessions for crowd in crowds] == [1, 3]
    for one in crowds:
        assert one.speed * one.turn_ms == pytest.approx(400)
    assert crowds[0].speed > 1


def test_no_larger_crowd_is_tried_after_one_that_is_too_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = iter([500.0, 100.0, 500.0])
    monkeypatch.setattr(crowd, "stream", lambda *_: [Step(next(slow), torch.zeros(1))] * 2)
    assert [one.sessions for one in measure_crowds(make("timar shipped"), (1, 4, 16), 1)] == [1]
