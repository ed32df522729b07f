"""Long conversations with bad lines, on a clock that is moved by hand.

An hour with a small model takes about a minute: VISAVIS_SOAK_MINUTES=60 pytest tests/streaming/test_soak.py
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest

from tests.small_systems import make
from tests.streaming.echo import Echo, Hand
from visavis.core.clock import samples_in
from visavis.core.contract import StreamingSystem
from visavis.streaming.dials import Dials
from visavis.streaming.playout import Playout
from visavis.streaming.session import Session

TICK = 5
"""Frames of input between two pulls."""


def talk(system: StreamingSystem[Any], minutes: float) -> tuple[Session, Playout, list[int], int]:
    """A conversation in which everything is late, lost, interrupted and changed; sizes of what it keeps."""
    random, clock = np.random.default_rng(0), Hand(0.0)
    session, playout = Session(system, clock=clock), Playout(clock=clock)
    voice = (0.1 * random.standard_normal(samples_in(TICK))).astype(np.float32)
    motion = np.tile(system.mean_face, (TICK, 1))
    sizes, shown = [], 0
    ticks = round(minutes * 60 * 25 / TICK)
    for tick in range(ticks):
        at = samples_in(TICK * tick)
        clock.now = TICK * (tick + 1) / 25 + 0.03 * random.random()
        if random.random() < 0.95:
            session.push(voice, at=at)
        if random.random() < 0.9:
            session.push(user_motion=motion, at=at)
        if random.random() < 0.4:
            session.push(agent_speech=voice)
        if random.random() < 0.02:
            session.interrupt(at=playout.cut())
            session.push(agent_speech=np.tile(voice, 10))
        if random.random() < 0.01:
            session.dials = Dials(head_motion=float(random.random()))
            session.nod()
        frames = session.pull()
        assert np.isfinite(frames.values).all()
        playout.put(frames)
        shown += playout.frame() is not None
        if tick % (ticks // 20) == ticks // 20 - 1:
            sizes.append(_size(session))
    return session, playout, sizes, shown


def _size(value: object) -> int:
    """Numbers that a session holds on to."""
    if isinstance(value, np.ndarray):
        return value.size
    if isinstance(value, Session):
        return _size(value._state)
    if isinstance(value, tuple):
        return sum(_size(item) for item in value)
    return sum(_size(item) for item in vars(value).values()) if hasattr(value, "__dataclass_fields__") else 0


@pytest.mark.parametrize(
    ("system", "minutes"),
    [
        pytest.param(Echo(), 10.0, id="echo"),
        pytest.param(None, float(os.environ.get("VISAVIS_SOAK_MINUTES", "10")), id="small model"),
    ],
)
def test_a_long_conversation_on_a_bad_line_goes_on_in_flat_memory(
    system: StreamingSystem[Any] | None, minutes: float
) -> None:
    system = system or make("timar shipped").with_options(steps=1)
    session, playout, sizes, shown = talk(system, minutes)
    turns = round(minutes * 60 * 25 / system.interface.hop)
    counters = session.counters
    assert turns - 3 <= counters.turns - counters.dropped / system.interface.hop
    assert counters.lost_motion > 0.05 * minutes * 1500
    assert counters.dropped > 0
    assert shown > 0.95 * minutes * 60 * 25 / TICK
    assert max(sizes[10:]) <= 1.3 * max(sizes[:10])
    assert playout.counters.shown > 0
