from __future__ import annotations

import pytest

from tests.small_systems import make
from visavis.system.bench.roofline import Roofline, measure_roofline


def test_a_turn_is_counted_and_the_machine_measured() -> None:
    roofline = measure_roofline(make("timar paper"))
    wide = measure_roofline(make("timar paper, cached"))
    assert roofline.matmul_gflops["float32"] > 1
    assert roofline.matmul_gflops["bf16"] > 0.01
    assert roofline.matmul_gflops[roofline.fastest] == max(roofline.matmul_gflops.values())
    assert roofline.bandwidth_gb_s > 0.1
    assert 0 < wide.turn_gflop < roofline.turn_gflop
    assert wide.weights_mib == roofline.weights_mib > 0.01


def test_the_share_reached_is_arithmetic() -> None:
    roofline = Roofline(
        {"float32": 100.0, "bf16": 500.0}, 10.0, turn_gflop=50.0, weights_mib=1.0, compute_ms=100, memory_ms=1
    )
    assert roofline.reached(200.0) == pytest.approx(0.5)
    assert roofline.reached(roofline.compute_ms) == pytest.approx(1.0)
