from __future__ import annotations

import pytest

from tests.small_systems import make
from visavis.system.bench.variants import fastest, measure_variants


@pytest.mark.parametrize("form", ["timar shipped", "timar paper"])
def test_variants_differ_in_time_and_hardly_in_motion(form: str) -> None:
    system = make(form)
    variants = {one.name: one for one in measure_variants(system, 3, 2)}
    reference, cached, *packed = variants.values()
    assert (reference.name, reference.gain, reference.difference) == ("recomputed float32", 1.0, 0.0)
    assert cached.name == "cached float32 as trained"
    assert [one.name for one in packed] == ["cached float32", "cached bf16", "cached int8"]
    assert cached.difference_most < 1e-3
    assert variants["cached float32"].difference_most < 1e-3
    assert 1e-6 < variants["cached bf16"].difference < 0.2
    for one in variants.values():
        assert 0 < one.turn_p50_ms <= one.turn_p95_ms
        assert one.gain == pytest.approx(reference.turn_p50_ms / one.turn_p50_ms)


def test_a_model_without_a_cache_is_recomputed_in_each_precision() -> None:
    variants = measure_variants(make("dualtalk"), 1, 1)
    assert [one.name for one in variants] == [
        "recomputed float32",
        *(f"recomputed packed {p}" for p in ("float32", "bf16", "int8")),
    ]


def test_the_quickest_variant_can_be_drawn() -> None:
    system = make("timar shipped")
    variants = measure_variants(system, 1, 1)
    best, quick = fastest(system, variants)
    assert best.turn_p50_ms == min(one.turn_p50_ms for one in variants)
    assert quick.frames_per_step == system.frames_per_step
