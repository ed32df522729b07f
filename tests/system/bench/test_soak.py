from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.small_systems import make
from visavis.system.bench import soak as measuring
from visavis.system.bench.soak import PARTS, soak
from visavis.system.bench.stream import Step


def test_a_long_conversation_is_watched_and_stays_flat() -> None:
    found = soak(make("timar shipped"), 0.5)
    assert found.minutes == pytest.approx(0.5)
    assert len(found.part_ms) == PARTS
    assert 0 < found.turn_p50_ms <= found.turn_p95_ms
    if not Path("/proc/self/statm").is_file():
        pytest.skip(f"{sys.platform} does not tell resident memory")
    assert len(found.part_mib) == PARTS
    assert min(found.part_mib) > 50
    assert found.part_mib[-1] - found.part_mib[1] < 20


@pytest.mark.parametrize(("growth", "variance", "spread"), [(0.0, 1.0, 1.0), (0.5, 2.25, 1.5)])
def test_drift_is_seen(monkeypatch: pytest.MonkeyPatch, growth: float, variance: float, spread: float) -> None:
    def drifting(_system: object, steps: int, _rows: int) -> Iterator[Step]:
        pattern = torch.tensor([0.0, 1.0]).repeat(5)[None, :, None].expand(1, 10, 61)
        for number in range(steps):
            yield Step(5.0, pattern * (1 + growth * (number >= steps - steps // PARTS)))

    monkeypatch.setattr(measuring, "stream", drifting)
    found = soak(make("timar shipped"), 1.0)
    assert set(found.variance) == set(found.spread) == {"exp", "jaw", "pose", "gaze"}
    assert list(found.variance.values()) == pytest.approx([variance] * 4)
    assert list(found.spread.values()) == pytest.approx([spread] * 4)
    assert found.turn_p95_ms == 5.0


def test_what_is_chance_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def uneven(_system: object, steps: int, rows: int) -> Iterator[Step]:
        pattern = torch.tensor([-1.0, 1.0]).repeat(5)[None, :, None].expand(rows, 10, 61)
        for number in range(steps):
            yield Step(5.0, pattern * (1.2 if number * PARTS // steps % 2 else 0.8))

    monkeypatch.setattr(measuring, "stream", uneven)
    found = soak(make("timar shipped"), 1.0, conversations=3)
    parts = np.array([0.64, 1.44] * 3)
    assert found.conversations == 3
    assert found.chance == pytest.approx(dict.fromkeys(found.chance, np.sqrt(2) * parts.std(ddof=1) / parts.mean()))
