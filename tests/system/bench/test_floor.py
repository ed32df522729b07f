from __future__ import annotations

import pytest

from tests.small_systems import make
from visavis.system.bench.floor import Floor, measure_floor


def test_a_turn_is_counted_and_the_machine_measured() -> None:
    floor = measure_floor(make("timar paper"))
    wide = measure_floor(make("timar paper, cached"))
    assert floor.matmul_gflops["float32"] > 1
    assert floor.matmul_gflops["bf16"] > 0.01
    assert floor.matmul_gflops[floor.fastest] == max(floor.matmul_gflops.values())
    assert floor.bandwidth_gb_s > 0.1
    assert 0 < wide.turn_gflop < floor.turn_gflop
    assert wide.weights_mib == floor.weights_mib > 0.01


def test_the_share_reached_is_arithmetic() -> None:
    floor = Floor(
        {"float32": 100.0, "bf16": 500.0}, 10.0, turn_gflop=50.0, weights_mib=1.0, compute_ms=100, memory_ms=1
    )
    assert floor.reached(200.0) == pytest.approx(0.5)
    assert floor.reached(floor.compute_ms) == pytest.approx(1.0)
