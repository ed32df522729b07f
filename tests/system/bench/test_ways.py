from __future__ import annotations

import pytest

from tests.small_systems import make
from visavis.system.bench.ways import compare_ways, fastest


@pytest.mark.parametrize("form", ["timar shipped", "timar paper"])
def test_ways_differ_in_time_and_hardly_in_motion(form: str) -> None:
    system = make(form)
    ways = {way.name: way for way in compare_ways(system, 3, 2)}
    reference, cached, *packed = ways.values()
    assert (reference.name, reference.gain, reference.difference) == ("recomputed float32", 1.0, 0.0)
    assert cached.name == "cached float32 as trained"
    assert [way.name for way in packed] == ["cached float32", "cached bf16", "cached int8"]
    assert cached.difference_most < 1e-3
    assert ways["cached float32"].difference_most < 1e-3
    assert 1e-6 < ways["cached bf16"].difference < 0.2
    for way in ways.values():
        assert 0 < way.turn_p50_ms <= way.turn_p95_ms
        assert way.gain == pytest.approx(reference.turn_p50_ms / way.turn_p50_ms)


def test_a_model_without_a_cache_is_recomputed_in_each_precision() -> None:
    ways = compare_ways(make("dualtalk"), 1, 1)
    assert [way.name for way in ways] == [
        "recomputed float32",
        *(f"recomputed packed {p}" for p in ("float32", "bf16", "int8")),
    ]


def test_the_quickest_way_can_be_drawn() -> None:
    system = make("timar shipped")
    ways = compare_ways(system, 1, 1)
    best, quick = fastest(system, ways)
    assert best.turn_p50_ms == min(way.turn_p50_ms for way in ways)
    assert quick.frames_per_step == system.frames_per_step
