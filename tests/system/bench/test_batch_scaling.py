from __future__ import annotations

import pytest
import torch

from tests.small_systems import make
from visavis.system.bench import batch_scaling
from visavis.system.bench.batch_scaling import measure_batches
from visavis.system.bench.stream import Step


def test_batches_are_measured_until_one_is_too_slow() -> None:
    system = make("timar shipped")
    batches = measure_batches(system, (1, 3), 2)
    assert [batch.sessions for batch in batches] == [1, 3]
    for one in batches:
        assert one.speed * one.turn_ms == pytest.approx(400)
    assert batches[0].speed > 1


def test_no_larger_batch_is_tried_after_one_that_is_too_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = iter([500.0, 100.0, 500.0])
    monkeypatch.setattr(batch_scaling, "stream", lambda *_: [Step(next(slow), torch.zeros(1))] * 2)
    assert [one.sessions for one in measure_batches(make("timar shipped"), (1, 4, 16), 1)] == [1]
