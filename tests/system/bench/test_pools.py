from __future__ import annotations

import pytest

from tests.small_systems import make
from visavis.system.bench import pools
from visavis.system.bench.pools import Pooled, measure_pools


def test_pools_are_measured_in_their_parts() -> None:
    found = measure_pools(make("timar shipped"), (1, 3), 2)
    assert [pool.sessions for pool in found] == [1, 3]
    for pool in found:
        assert pool.speed * pool.turn_ms == pytest.approx(400)
        assert 0 < pool.network_ms <= pool.turn_ms
        assert pool.processor_ms > 0


def test_no_larger_pool_is_tried_after_one_that_is_too_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "_measured", lambda _, size, __: Pooled(size, 500.0, 400.0, 500.0, 0.8, None))
    assert [pool.sessions for pool in measure_pools(make("timar shipped"), (1, 4, 16), 1)] == [1]
