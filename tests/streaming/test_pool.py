from __future__ import annotations

import time

import numpy as np
import pytest
from torch import Tensor

from tests.small_systems import LIVE, chunk_for, make
from tests.streaming.echo import Echo, Hand, cheeks, level, pieces
from visavis.core.clock import samples_in
from visavis.core.state import mapped
from visavis.streaming.pool import Pool
from visavis.streaming.session import Session
from visavis.streaming.snapshot import Snapshot

FRAMES = 60


@pytest.mark.parametrize("name", LIVE)
def test_sessions_together_draw_what_each_draws_alone(name: str) -> None:
    system = make(name)
    pool = Pool(system, clock=Hand())
    together = [pool.join(seed=seed) for seed in range(3)]
    alone = [Session(system, seed=seed, clock=Hand()) for seed in range(3)]
    drawn: dict[int, list[np.ndarray]] = {seed: [] for seed in range(3)}
    expected: dict[int, list[np.ndarray]] = {seed: [] for seed in range(3)}
    for seed in range(3):
        chunk = chunk_for(system, FRAMES, seed=seed)
        for start, stop in list(pieces(FRAMES, seed)):
            sound = slice(samples_in(start), samples_in(stop))
            for session in (together[seed], alone[seed]):
                session.push(
                    chunk["user_speech"][0, sound], chunk["agent_speech"][0, sound], chunk["user_motion"][0, start:stop]
                )
    together[1].interrupt(0)
    alone[1].interrupt(0)
    for session, frames in pool.pull().items():
        drawn[together.index(session)].append(frames.values)
    for seed in range(3):
        expected[seed].append(alone[seed].pull().values)
        np.testing.assert_allclose(np.concatenate(drawn[seed]), np.concatenate(expected[seed]), atol=1e-5)
        silenced = seed == 1
        ahead = {name: system.interface.input(f"{name}_speech").ahead for name in ("user", "agent")}
        come = FRAMES - (ahead["user"] if silenced else max(ahead.values()))
        assert len(drawn[seed][0]) == come // system.interface.hop * system.interface.hop


def test_sessions_come_wait_reset_and_go_without_the_others_noticing() -> None:
    pool = Pool(Echo(), clock=Hand())
    first, alone = pool.join(seed=4), Session(Echo(), seed=4, clock=Hand())
    got: list[np.ndarray] = []
    guest = pool.join(seed=1)
    for turn in range(12):
        for session in (first, alone):
            session.push(level(5, 5 * turn), level(5, 5 * turn), cheeks(5, 5 * turn))
        if turn in (2, 3, 6):
            guest.push(level(5), level(5))
        if turn == 4:
            guest.reset()
        if turn == 7:
            guest.close()
        if turn == 9:
            guest = pool.join(seed=2)
        frames = pool.pull()
        got.append(frames[first].values)
        assert len(pool) == (1 if turn in (7, 8) else 2)
    assert np.array_equal(np.concatenate(got), alone.pull().values)


def test_what_is_kept_of_a_session_holds_nothing_of_the_others() -> None:
    pool = Pool(Echo(), clock=Hand())
    sessions = [pool.join(seed=seed) for seed in range(5)]
    alone = Session(Echo(), clock=Hand())
    for turn in range(12):
        for session in (*sessions, alone):
            session.push(level(5, 5 * turn), level(5, 5 * turn), cheeks(5, 5 * turn))
        pool.pull()
        alone.pull()
    sessions[1].close()
    pool.pull()
    usual = _held_bytes(alone.snapshot())
    assert _held_bytes(sessions[0].snapshot()) == _held_bytes(sessions[1].snapshot()) == usual > 0


def _held_bytes(snapshot: Snapshot) -> int:
    """Memory behind all checkpoints' states, whoever uses it."""
    sizes: dict[int, int] = {}

    def noted(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        sizes[storage.data_ptr()] = storage.nbytes()
        return tensor

    for checkpoint in snapshot.state.past:
        assert checkpoint.state is not None
        mapped(noted, checkpoint.state.rows)
    return sum(sizes.values())


def test_64_sessions_that_draw_each_frame_by_itself_keep_25_frames_a_second() -> None:
    pool = Pool(Echo(hop=1), clock=Hand())
    sessions = [pool.join(seed=seed) for seed in range(64)]
    seconds = 5
    voice, motion = level(25 * seconds), cheeks(25 * seconds)
    spent = []
    for frame in range(25 * seconds):
        sound = voice[samples_in(frame) : samples_in(frame + 1)]
        start = time.thread_time()
        for session in sessions:
            session.push(sound, sound, motion[frame : frame + 1])
        assert all(len(frames) == 1 for frames in pool.pull().values())
        spent.append(time.thread_time() - start)
    second = min(sum(spent[frame : frame + 25]) for frame in range(50, 25 * seconds, 25))
    assert second < 0.8, f"a second of 64 sessions took {second:.2f} s of one core"
    sessions[0].interrupt(at=samples_in(25 * seconds - 99))
    assert len(pool.pull()[sessions[0]]) == 99
    assert len(sessions[0]._state.past) <= 11, "100 frames can be gone back to, from one checkpoint in 10"
