from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from tests.small_systems import chunk_for, make
from tests.streaming.echo import Echo, Hand, cheeks, fed, level
from visavis.core.clock import samples_in
from visavis.core.motion import Motion
from visavis.core.steps import Chunk, StepMotion
from visavis.streaming.dials import Dials
from visavis.streaming.frames import Frames
from visavis.streaming.group import Group
from visavis.streaming.session import Session
from visavis.system.state import SystemState
from visavis.system.system import System


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
    assert len(session.pull()) == 50, "the two steps took 2 s, in which ten became due"


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


@pytest.mark.parametrize(
    "form", ["timar shipped", "timar shipped, guided", "timar paper, own history", "toy of frames"]
)
def test_every_row_has_a_guidance_of_its_own_in_one_pass(form: str) -> None:
    system, rows = make(form), []
    reactivities = (None, 0.0, 1.0, 1.5, 4.0)
    group = Group(system, Hand())
    sessions = [Session(system, seed=3, group=group, dials=Dials(reactivity=each)) for each in reactivities]
    chunk = chunk_for(system, 20)
    given = chunk["user_speech"][0], chunk["agent_speech"][0], chunk["user_motion"][0]

    def step(chunk: Chunk, state: SystemState) -> tuple[StepMotion, SystemState]:
        rows.append(len(chunk["user_speech"]))
        return System.step(system, chunk, state)

    system.step = step  # type: ignore[method-assign, assignment]
    for session in sessions:
        session.push(*given)
    group.advance()
    plain = 2 if system.guidance == 1 else 1
    assert rows == [plain, 5 - plain] * (20 // system.frames_per_step)
    del system.step
    motion = Motion(given[2].numpy(), system.space)
    for session, reactivity in zip(sessions, reactivities, strict=True):
        alone = system.generate(given[0].numpy(), given[1].numpy(), motion, seed=3, guidance=reactivity)
        np.testing.assert_allclose(session.collect().values, alone.values, atol=1e-5)


def test_a_full_batch_is_neither_joined_nor_split() -> None:
    class Kept(Echo):
        def step(self, chunk: Chunk, state):  # type: ignore[no-untyped-def]
            given.append(state)
            motion, after = super().step(chunk, state)
            made.append(after)
            return motion, after

    given: list[object] = []
    made: list[object] = []
    group = Group(Kept(), Hand())
    sessions = [Session(group.system, seed=seed, group=group) for seed in range(3)]
    for session in sessions:
        session.push(level(30), level(30))
    group.advance()
    assert [later is before for later, before in zip(given[1:], made, strict=False)] == [True] * 5


def test_input_does_not_wait_while_the_network_computes() -> None:
    class Waiting(Echo):
        def step(self, chunk: Chunk, state):  # type: ignore[no-untyped-def]
            computing.set()
            assert pushed.wait(10), "a push waited for the network"
            return super().step(chunk, state)

    computing, pushed = threading.Event(), threading.Event()
    session, plain = Session(Waiting(), clock=Hand()), Session(Echo(), clock=Hand())
    for each in (session, plain):
        each.push(level(5), level(5))
    got: list[Frames] = []
    renderer = threading.Thread(target=lambda: got.append(session.pull()))
    renderer.start()
    assert computing.wait(10)
    session.push(level(5, 5), level(5, 5))
    session.interrupt(at=samples_in(5) - 1)
    pushed.set()
    renderer.join(10)
    plain.push(level(5, 5), level(5, 5))
    plain.interrupt(at=samples_in(5) - 1)
    assert np.array_equal(got[0].values, plain.pull().values)


def test_two_threads_lose_no_frame() -> None:
    session = Session(Echo(), clock=time.monotonic, patience_s=60.0)
    got: list[Frames] = []
    done = threading.Event()

    def render() -> None:
        while not done.is_set():
            got.append(session.pull())

    renderers = [threading.Thread(target=render) for _ in range(2)]
    for renderer in renderers:
        renderer.start()
    for frame in range(400):
        session.push(level(1, frame), level(1, frame), cheeks(1, frame))
    time.sleep(0.02)
    done.set()
    for renderer in renderers:
        renderer.join(10)
    got = sorted([*got, session.pull()], key=lambda frames: frames.first)
    assert [frames.first for frames in got if len(frames)] == np.cumsum(
        [0, *(len(frames) for frames in got if len(frames))]
    ).tolist()[:-1]
    plain = Session(Echo(), clock=Hand())
    expected = fed(plain, 400).values
    assert np.array_equal(np.concatenate([frames.values for frames in got]), expected)
