"""Variants of one system, side by side: recomputed and cached, in several precisions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median

import numpy as np

from visavis.core.errors import VisavisError
from visavis.system.bench.stream import Step, stream
from visavis.system.precision import PRECISIONS, optimised
from visavis.system.system import System

REFERENCE = "recomputed float32"


@dataclass(frozen=True)
class VariantSpeed:
    """Time of a turn [ms] of one variant; `gain` is how often it fits into the reference's, the recomputed float32.

    difference: by how much its motion departs from the reference's while the window has not slid, the root of the
    mean squared difference in units of each channel's deviation, and at most.
    """

    name: str
    turn_p50_ms: float
    turn_p95_ms: float
    gain: float
    difference: float
    difference_most: float


def measure_variants(system: System, turns: int, reference_turns: int) -> tuple[VariantSpeed, ...]:
    """Measure each variant over `turns` turns, the reference over `reference_turns`."""
    scale = np.maximum(system.model.motion_std.cpu().numpy(), 1e-6)
    variants: list[VariantSpeed] = []
    expected: np.ndarray | None = None
    for name, make in _makers(system):
        steps = list(stream(make(), (reference_turns if expected is None else turns) + 1))
        motion = np.concatenate(
            [step.motion.float().cpu().numpy() for step in steps[: _unslid(system, reference_turns)]], 1
        )
        expected = motion if expected is None else expected
        apart = (motion - expected) / scale
        variants.append(_speed(name, steps[1:], variants[0].turn_p50_ms if variants else None, apart))
    return tuple(variants)


def fastest(system: System, variants: Sequence[VariantSpeed]) -> tuple[VariantSpeed, System]:
    """The quickest of the variants, and the system that it is."""
    best = min(variants, key=lambda one: one.turn_p50_ms)
    return best, dict(_makers(system))[best.name]()


def with_cache(system: System) -> System:
    """The system with its cache, or as it is where there can be none."""
    try:
        return system.with_options(history="cached")
    except VisavisError:
        return system


def _speed(name: str, steps: list[Step], reference_ms: float | None, apart: np.ndarray) -> VariantSpeed:
    taken = [step.ms for step in steps]
    middle = median(taken)
    gain = (middle if reference_ms is None else reference_ms) / middle
    size = float(np.sqrt(np.mean(np.square(apart))))
    return VariantSpeed(name, middle, float(np.quantile(taken, 0.95)), gain, size, float(np.abs(apart).max()))


def _makers(system: System) -> Iterator[tuple[str, Callable[[], System]]]:
    yield REFERENCE, lambda: system.with_options(context=system.interface.past_steps, history="exact")
    cached = with_cache(system)
    name = "recomputed packed" if cached is system else "cached"
    if cached is not system:
        yield f"{name} float32 as trained", lambda: cached
    for precision in PRECISIONS:
        yield f"{name} {precision}", partial(optimised, cached, precision)


def _unslid(system: System, turns: int) -> int:
    """Steps over which all variants see the same history."""
    return min(turns + 1, system.interface.past_steps + 1)
