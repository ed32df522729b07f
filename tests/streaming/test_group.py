from __future__ import annotations

import numpy as np
import pytest

from tests.streaming.echo import Echo, Hand, fed, level
from visavis.core.steps import Chunk
from visavis.streaming.dials import Dials
from visavis.streaming.group import Group
from visavis.streaming.session import Session


class Counting(Echo):
    """An `Echo` that writes down how many rows each pass has, on a clock that each pass moves."""

    def __init__(self, clock: Hand) -> None:
        super().__init__()
        object.__setattr__(self, "rows", [])
        object.__setattr__(self, "hand", clock)

    def with_options(self, **_: object) -> Counting:  # type: ignore[override]
        return self

    def step(self, chunk: Chunk, state):  # type: ignore[no-untyped-def]
        self.rows.append(len(chunk["user_speech"]))  # type: ignore[attr-defined]
        self.hand.now += 0.01  # type: ignore[attr-defined]
        return super().step(chunk, state)


def test_turns_that_are_due_together_are_drawn_in_one_pass() -> None:
    clock = Hand()
    system = Counting(clock)
    group = Group(system, clock)
    first, second, third = (Session(system, seed=seed, group=group) for seed in (0, 1, 2))
    for session, frames in ((first, 15), (second, 10), (third, 0)):
        session.push(level(frames), level(frames))
    group.advance()
    assert system.rows == [2, 2, 1]  # type: ignore[attr-defined]
    assert [len(session.pull()) for session in (first, second, third)] == [15, 10, 0]


def test_sessions_drawn_in_other_ways_have_passes_of_their_own() -> None:
    clock = Hand()
    system = Counting(clock)
    group = Group(system, clock)
    sessions = [Session(system, group=group, dials=Dials(reactivity=reactivity)) for reactivity in (None, 2.0, None)]
    for session in sessions:
        session.push(level(5), level(5))
    group.advance()
    assert sorted(system.rows) == [1, 2]  # type: ignore[attr-defined]


def test_the_time_to_draw_is_measured_on_the_clock() -> None:
    clock = Hand()
    system = Counting(clock)
    session = Session(system, clock=clock, buffer_s=0.05)
    assert session.latency.compute_p95_s == 0
    fed(session, 20)
    assert session.latency.compute_p50_s == pytest.approx(0.01)
    assert session.latency.total_s == pytest.approx(0.2 + 0.01 + 0.05)


def test_a_failing_pass_loses_nothing() -> None:
    class Failing(Echo):
        def step(self, chunk: Chunk, state):  # type: ignore[no-untyped-def]
            if broken:
                raise RuntimeError("no memory")
            return super().step(chunk, state)

    broken = [True]
    session, other = Session(Failing(), clock=Hand()), Session(Echo(), clock=Hand())
    session.push(level(10), level(10))
    with pytest.raises(RuntimeError, match="no memory"):
        session.pull()
    broken.clear()
    other.push(level(10), level(10))
    assert np.array_equal(session.pull().values, other.pull().values)


def test_a_machine_that_is_too_slow_still_gives_frames() -> None:
    class Slow(Counting):
        def step(self, chunk: Chunk, state):  # type: ignore[no-untyped-def]
            clock.now += 1.0
            return super().step(chunk, state)

    clock = Hand()
    session = Session(Slow(clock), clock=clock, patience_s=0.0)
    session.start()
    clock.now += 0.4
    assert len(session.pull()) == 10
    assert len(session.pull()) == 50, "the two turns took 2 s, in which ten became due"


def test_closed_sessions_leave() -> None:
    clock = Hand()
    system = Counting(clock)
    group = Group(system, clock)
    first, second = (Session(system, seed=seed, group=group) for seed in (0, 1))
    first.push(level(7), level(7))
    first.close()
    assert isinstance(first.pull().values, np.ndarray)
    second.push(level(10), level(10))
    system.rows.clear()  # type: ignore[attr-defined]
    group.advance()
    assert system.rows == [1, 1]  # type: ignore[attr-defined]
    assert first not in group._members
