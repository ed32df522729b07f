from __future__ import annotations

import numpy as np
import pytest

from tests.streaming.echo import Echo, Hand, told
from visavis.core.errors import VisavisError
from visavis.streaming.frames import Frames
from visavis.wire.frameworks.face import LEAD_S, AgentFace, mono

USER, AGENT = "MouthSmileLeft", "MouthSmileRight"


def constant(seconds: float, level: float, rate: int = 16_000) -> np.ndarray:
    return np.full(round(seconds * rate), round(32768 * level), np.int16)


class Playing:
    """A face before which time passes in pieces of 20 ms. shown: frames as a client shows them in the end."""

    def __init__(self, hop: int = 1) -> None:
        self.clock = Hand()
        self.face = AgentFace(Echo(hop=hop), clock=self.clock)
        self.user: dict[int, float] = {}
        self.agent: dict[int, float] = {}

    def keep(self, frames: Frames) -> None:
        for number in range(len(frames)):
            self.user[frames.first + number] = float(told(frames, USER)[number])
            self.agent[frames.first + number] = float(told(frames, AGENT)[number])

    def go(self, seconds: float, user: float = 0.0, agent: float | None = None, rate: int = 16_000) -> None:
        for _ in range(round(seconds / 0.02)):
            self.clock.now += 0.02
            self.face.hear(constant(0.02, user, 48_000), 48_000)
            if agent is not None:
                self.face.say(constant(0.02, agent, rate), rate)
            self.keep(self.face.pull())

    def loud(self) -> list[int]:
        """The frames in which the agent speaks."""
        return [frame for frame, level in sorted(self.agent.items()) if level > 0.05]


def test_frames_come_all_the_time_and_hear_both_voices_where_they_are() -> None:
    one = Playing()
    one.go(1.0, user=0.3)
    begun = one.face.now
    one.go(1.0, user=0.3, agent=0.2, rate=24_000)
    one.go(1.0, user=0.3)
    assert sorted(one.user) == list(range(len(one.user)))
    assert len(one.user) >= 25 * 3 - 6
    assert np.median(list(one.user.values())) == pytest.approx(0.3, abs=0.01)
    loud = one.loud()
    assert loud == list(range(loud[0], loud[-1] + 1)), "in one piece though it comes in pieces of 20 ms"
    assert 0 <= loud[0] * 640 - begun <= (LEAD_S + 0.1) * 16_000
    assert len(loud) == pytest.approx(25, abs=2)
    assert one.agent[loud[10]] == pytest.approx(0.2, abs=0.005)


def test_a_voice_that_comes_faster_than_it_is_played_is_said_in_its_time() -> None:
    one = Playing()
    one.go(0.5)
    one.face.say(constant(4.0, 0.2), 16_000)
    one.go(5.0)
    assert len(one.loud()) == pytest.approx(100, abs=2)


def test_who_is_interrupted_is_silent_from_now_on_without_a_hole_in_the_frames() -> None:
    one = Playing(hop=5)
    one.go(0.5)
    one.face.say(constant(4.0, 0.2), 16_000)
    one.go(1.0)
    at = one.face.interrupt()
    assert 0 < at - one.face.now <= 640
    one.go(2.0)
    assert max(one.loud()) <= at // 640 + 2, "but for 60 ms in which it fades"
    assert sorted(one.agent) == list(range(len(one.agent)))
    one.face.say(constant(0.4, 0.3), 16_000)
    one.go(1.0)
    assert one.agent[max(one.loud()) - 2] == pytest.approx(0.3, abs=0.01), "what it says next is heard"
    one.face.interrupt()
    assert one.face.interrupt() >= one.face.now


def test_a_pause_is_silence_after_which_it_goes_on_where_it_was() -> None:
    one = Playing()
    one.go(0.5)
    one.face.say(constant(2.0, 0.2), 16_000)
    one.go(1.0)
    one.face.pause()
    one.face.pause()
    one.go(1.0)
    one.face.say(constant(1.0, 0.3, 24_000), 24_000)
    one.go(0.5)
    gap = one.loud()[-1]
    one.face.resume()
    one.face.resume()
    one.go(3.0)
    levels = [one.agent[frame] for frame in one.loud()]
    assert sum(level > 0.25 for level in levels) == pytest.approx(25, abs=2), "what came during the pause follows"
    assert sum(0.15 < level < 0.25 for level in levels) == pytest.approx(50, abs=4)
    after = [frame for frame in one.loud() if frame > gap]
    assert after[0] - gap > 30
    assert after == list(range(after[0], after[-1] + 1))


def test_what_was_paused_is_forgotten_where_it_is_interrupted() -> None:
    one = Playing()
    one.face.say(constant(4.0, 0.2), 16_000)
    one.go(1.0)
    one.face.pause()
    one.face.interrupt()
    one.face.resume()
    last = max(one.loud())
    one.go(1.0)
    assert max(one.loud()) <= last + 3


def test_nobody_need_speak() -> None:
    one = Playing()
    for _ in range(100):
        one.clock.now += 0.02
        one.keep(one.face.pull())
    assert len(one.user) >= 45
    one.face.hear(constant(0, 0), 16_000)
    one.face.say(constant(0, 0), 16_000)
    one.face.close()
    assert len(one.face.session.pull()) == 0


def test_several_channels_become_one_and_what_does_not_fit_is_told() -> None:
    data = np.array([[100, 300], [-200, -100]], "<i2").tobytes()
    assert mono(data, 2).tolist() == [200, -150]
    assert mono(data, 1).tolist() == [100, 300, -200, -100]
    for channels in (0, 3):
        with pytest.raises(VisavisError, match="no 16-bit sound"):
            mono(data, channels)
