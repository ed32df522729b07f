"""Sessions in an event loop: `async for frames in session.frames()`."""

from __future__ import annotations

import asyncio
import threading

import numpy as np

from tests.streaming.echo import Echo, Hand, cheeks, fed, level
from visavis.core.clock import samples_in
from visavis.core.steps import Chunk
from visavis.streaming.frames import Frames
from visavis.streaming.pool import Pool
from visavis.streaming.session import Session


def values(got: list[Frames]) -> np.ndarray:
    return np.concatenate([frames.values for frames in got])


def test_frames_come_as_input_comes_and_end_when_the_session_is_closed() -> None:
    session, plain = Session(Echo(), clock=Hand()), Session(Echo(), clock=Hand())
    got: list[Frames] = []

    async def feed() -> None:
        for frame in range(43):
            session.push(level(1, frame), level(1, frame), cheeks(1, frame))
            await asyncio.sleep(0.001)
        session.close()

    async def render() -> None:
        got.extend([frames async for frames in session.frames(every_s=0.001)])

    async def talk() -> None:
        await asyncio.wait_for(asyncio.gather(feed(), render()), 30)

    asyncio.run(talk())
    first = fed(plain, 43)
    plain.close()
    assert len(got) > 4, "as they come, not at the end"
    assert [frames.first for frames in got] == np.cumsum([0, *map(len, got[:-1])]).tolist()
    assert np.array_equal(values(got), values([first, plain.pull()]))


def test_the_clock_lets_frames_come_where_nothing_else_does() -> None:
    clock = Hand()
    session = Session(Echo(), clock=clock, patience_s=0.1)
    session.start()
    assert session.now == 0
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        clock.now += seconds

    async def first() -> Frames:
        async for frames in session.frames(every_s=0.01, sleep=sleep):
            return frames
        raise AssertionError("no frames")

    assert len(asyncio.run(first())) == 5
    assert session.now == samples_in(7) + 320, "0.2 s and the patience of 0.1 s"
    assert len(waited) == 30


def test_the_loop_goes_on_while_the_network_computes_and_a_cancelled_one_loses_nothing() -> None:
    class Waiting(Echo):
        def step(self, chunk: Chunk, state):  # type: ignore[no-untyped-def, override]
            computing.set()
            assert go_on.wait(10), "the event loop stood still"
            return super().step(chunk, state)

    computing, go_on = threading.Event(), threading.Event()
    session = Session(Waiting(), clock=Hand())
    session.push(level(5), level(5))

    async def render() -> None:
        async for _ in session.frames():
            raise AssertionError("cancelled before")

    async def talk() -> None:
        task = asyncio.create_task(render())
        while not computing.is_set():
            await asyncio.sleep(0.001)
        session.push(level(5, 5), level(5, 5))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        go_on.set()

    asyncio.run(talk())
    plain = Session(Echo(), clock=Hand())
    plain.push(level(10), level(10))
    assert np.array_equal(session.pull().values, plain.pull().values)


def test_sessions_of_a_pool_are_drawn_from_as_many_tasks() -> None:
    pool = Pool(Echo(), clock=Hand())
    sessions = [pool.join(seed=seed) for seed in range(4)]
    got: list[list[Frames]] = [[] for _ in sessions]

    async def talk(number: int) -> None:
        session = sessions[number]
        session.push(level(20), level(20), cheeks(20))
        session.close()
        got[number] = [frames async for frames in session.frames(every_s=0.001)]

    async def everybody() -> None:
        await asyncio.wait_for(asyncio.gather(*(talk(number) for number in range(4))), 30)

    asyncio.run(everybody())
    for seed, frames in enumerate(got):
        alone = Session(Echo(), seed=seed, clock=Hand())
        assert np.array_equal(values(frames), fed(alone, 20).values)


def test_there_is_no_time_before_the_clock_starts() -> None:
    clock = Hand()
    session = Session(Echo(), clock=clock)
    assert session.now is None
    session.push(level(1))
    clock.now += 1.5
    assert session.now == 24_000
    session.reset()
    assert session.now is None
