from __future__ import annotations

import numpy as np

from visavis.analysis.states import STATES, State
from visavis.core.builtin_spaces import ARKIT61
from visavis.streaming.frames import Frames
from visavis.wire.server.noticing import Noticed, Noticing
from visavis.wire.server.protocol import NO_STATE

QUIET = np.zeros(1, bool)
SPEAKS = np.ones(1, bool)


def face(frames: int) -> np.ndarray:
    return np.full((frames, ARKIT61.width), 0.1, np.float32)


def noticed(motion: np.ndarray, agent: bool = False, hop: int = 1) -> list[tuple[int, Noticed]]:
    """What is noticed in a motion as it comes, each with the frame at which it was told."""
    one, found = Noticing(ARKIT61), []
    for first in range(0, len(motion) - hop + 1, hop):
        frames = Frames(first, motion[first : first + hop], ARKIT61)
        speaking = np.full(hop, agent)
        states = one.states(frames, np.zeros(hop, bool), speaking)
        found += [(first + hop, thing) for thing in one.notice(frames, states, speaking)]
    return found


def nodding(at: int, frames: int = 150) -> np.ndarray:
    motion, time = face(frames), np.arange(20) / 25
    motion[at : at + 20, ARKIT61.channels.index("HeadPitch")] += (0.12 * np.sin(2 * np.pi * 2.5 * time)).astype(
        np.float32
    )
    return motion


def test_a_nod_is_noticed_once_soon_after_it_and_only_while_the_agent_listens() -> None:
    for hop in (1, 10):
        found = [(told, thing) for told, thing in noticed(nodding(70), hop=hop) if thing.name == "nod"]
        assert len(found) == 1
        told, thing = found[0]
        assert abs(thing.frame - 70) <= 4
        assert told - thing.frame <= 35
    assert [thing for _, thing in noticed(nodding(70), agent=True) if thing.name == "nod"] == []


def test_a_smile_is_noticed_once_however_long_it_lasts() -> None:
    motion = face(400)
    for name in ("MouthSmileLeft", "MouthSmileRight"):
        motion[100:170, ARKIT61.channels.index(name)] = 0.7
    found = [thing for _, thing in noticed(motion) if thing.name == "smile"]
    assert len(found) == 1
    assert abs(found[0].frame - 100) <= 4


def test_nothing_is_noticed_in_a_face_that_rests() -> None:
    assert {thing.name for _, thing in noticed(face(300))} == {"waiting"}


def test_states_are_told_by_rule_when_they_change() -> None:
    one, told = Noticing(ARKIT61), []
    for frame in range(60):
        frames = Frames(frame, face(1), ARKIT61)
        agent, user = (SPEAKS if 10 <= frame < 30 else QUIET), (SPEAKS if frame >= 40 else QUIET)
        states = one.states(frames, user, agent)
        told += [(thing.frame, thing.name) for thing in one.notice(frames, states, agent)]
    assert told == [(0, "waiting"), (10, "speaking"), (30, "pausing to think"), (40, "listening")]


def test_a_models_own_states_come_before_the_rule() -> None:
    one = Noticing(ARKIT61)
    frames = Frames(0, face(3), ARKIT61, state=np.array(["listening", "being interrupted", "dreaming"]))
    states = one.states(frames, np.zeros(3, bool), np.ones(3, bool))
    assert states.tolist() == [State.LISTENING, State.BEING_INTERRUPTED, NO_STATE]
    assert [thing.name for thing in one.notice(frames, states, np.zeros(3, bool))] == [STATES[1], STATES[4]]


def test_frames_that_were_taken_back_are_looked_at_again() -> None:
    one = Noticing(ARKIT61)
    motion = face(200)
    for first in [*range(0, 100), *range(80, 200)]:
        frames = Frames(first, motion[first : first + 1], ARKIT61)
        one.notice(frames, np.array([NO_STATE]), QUIET)
    assert len(one._seen.values) == 125
    assert one._seen.end == 200
