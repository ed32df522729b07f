from __future__ import annotations

import numpy as np
import pytest

from tests.streaming.echo import Echo, Hand, cheeks, level
from tests.view.small_heads import lively
from visavis.core.builtin_spaces import ARKIT61, FLAME56
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.rate import at_rate
from visavis.streaming.frames import Frames
from visavis.streaming.playout import Playout
from visavis.streaming.session import Session
from visavis.wire.outlet import Outlet, play
from visavis.wire.sink import Frame


class Heard:
    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.closed = False

    def send(self, frame: Frame) -> None:
        self.frames.append(frame)

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("fps", [25, 30, 60])
def test_live_frames_are_those_of_the_whole_motion_in_order(fps: int) -> None:
    motion, heard = lively(50, 25), Heard()
    outlet = Outlet(heard, ARKIT61, fps)
    for start in range(0, 50, 10):
        outlet.push(motion.cut(start, start + 10))
        outlet.pump(start / 25)
    outlet.finish()
    outlet.pump(1e9)
    assert [frame.number for frame in heard.frames] == list(range(2 * fps))
    told = np.stack([frame.values for frame in heard.frames])
    np.testing.assert_allclose(told, at_rate(motion, fps).values, atol=1e-7)


def test_nothing_goes_out_before_it_is_due() -> None:
    heard = Heard()
    outlet = Outlet(heard, ARKIT61, 60)
    assert outlet.due_s is None
    outlet.push(lively(20, 25))
    assert outlet.due_s == 0
    assert outlet.pump(0.1) == 7  # 0, 1/60, ..., 6/60
    assert outlet.due_s == pytest.approx(7 / 60)
    assert outlet.pump(0.1) == 0
    assert max(frame.time_s for frame in heard.frames) <= 0.1


def test_weights_beyond_their_bounds_are_not_sent() -> None:
    heard = Heard()
    outlet = Outlet(heard, ARKIT61, 25)
    outlet.push(Motion(np.full((1, ARKIT61.width), -0.2), ARKIT61))
    outlet.pump(0)
    assert heard.frames[0].values[ARKIT61.indices("JawOpen")] == 0
    assert heard.frames[0].values[ARKIT61.indices("HeadYaw")] == pytest.approx(-0.2)


def test_other_spaces_and_rates_than_announced_are_refused() -> None:
    outlet = Outlet(Heard(), ARKIT61, 60)
    with pytest.raises(VisavisError, match="opened for arkit61 at 25 fps, the frames are flame56 at 25 fps"):
        outlet.push(Motion(np.zeros((1, 56)), FLAME56))
    with pytest.raises(VisavisError, match="the frames are arkit61 at 30 fps"):
        outlet.push(lively(3, 30))


def test_playing_keeps_the_clock_it_is_given() -> None:
    time_s, when = [100.0], []

    class Timed(Heard):
        def send(self, frame: Frame) -> None:
            when.append((time_s[0] - 100.0, frame.time_s))

    slow, fast = Timed(), Timed()

    def sleep(seconds: float) -> None:
        time_s[0] += seconds

    play(lively(10, 25), [Outlet(slow, ARKIT61, 30), Outlet(fast, ARKIT61, 60)], lambda: time_s[0], sleep)
    assert len(when) == 12 + 24
    assert all(-1e-9 <= sent - due < 0.004 for sent, due in when)
    assert slow.closed
    assert fast.closed


def test_outlets_are_closed_when_playing_fails() -> None:
    heard = Heard()
    with pytest.raises(VisavisError):
        play(lively(3, 30), [Outlet(heard, ARKIT61)])
    assert heard.closed


@pytest.mark.parametrize("fps", [25, 30, 60])
def test_after_many_barge_ins_an_outlet_still_shows_what_the_session_says(fps: int) -> None:
    clock, heard = Hand(0.0), Heard()
    session, playout, outlet = Session(Echo(), clock=clock), Playout(clock=clock), Outlet(heard, ARKIT61, fps)
    random, truth = np.random.default_rng(0), np.zeros((0, ARKIT61.width), np.float32)
    heads: list[int] = []
    for tick in range(600):
        clock.now = 0.2 * (tick + 1)
        session.push(level(5, tick % 80), user_motion=cheeks(5, tick % 80))
        session.push(agent_speech=level(20))
        if random.random() < 0.3:
            heads.append(playout.head // 640)
            session.interrupt(at=playout.cut())
            session.push(agent_speech=level(20, 40))
        frames = session.pull()
        playout.put(frames)
        playout.frame()
        outlet.push(frames)
        truth = np.concatenate([truth[: frames.first], frames.values]) if len(frames) else truth
        outlet.pump(playout.head / 16_000 - 1 / 25)
    outlet.finish()
    outlet.pump(1e9)
    assert len(heads) > 150
    assert session.counters.dropped > 0
    assert [frame.number for frame in heard.frames] == list(range(round(len(truth) * fps / 25)))
    assert all(frame.sample == round(frame.number * 16_000 / fps) for frame in heard.frames)
    told = np.stack([frame.values for frame in heard.frames])
    whole = at_rate(Motion(truth, ARKIT61), fps).values
    other = np.flatnonzero(np.abs(told - whole).max(axis=1) > 1e-5) * 25 / fps
    if fps == 25:
        np.testing.assert_array_equal(told, truth)
    assert all(any(head - 2 < place < head - 1 for head in heads) for place in other), "sent, with the slope of before"


def test_what_was_taken_back_is_not_sent_and_what_is_missing_is_left_out() -> None:
    heard = Heard()
    outlet = Outlet(heard, ARKIT61, 25)
    values = lively(40, 25).values
    outlet.push(Frames(10, values[:10], ARKIT61))
    assert outlet.due_s == pytest.approx(0.4), "an outlet may be opened in the middle of a conversation"
    outlet.pump(13 / 25)
    outlet.push(Frames(16, values[20:26], ARKIT61))
    outlet.push(Frames(30, values[30:32], ARKIT61))
    outlet.push(Frames(0, values[32:36], ARKIT61))
    outlet.push(Frames(4, values[:0], ARKIT61))
    outlet.pump(1e9)
    assert [frame.number for frame in heard.frames] == [*range(10, 14)], "all that waited came from before a jump back"
    outlet.push(Frames(14, values[4:10], ARKIT61))
    outlet.push(Frames(16, values[20:26], ARKIT61))
    outlet.push(Frames(30, values[30:32], ARKIT61))
    outlet.pump(1e9)
    assert [frame.number for frame in heard.frames] == [*range(10, 22), 30, 31]
    told = np.stack([frame.values for frame in heard.frames])
    expected = np.concatenate([values[:6], values[20:26], values[30:32]])
    np.testing.assert_array_equal(told, np.clip(expected, *ARKIT61.limits()))


def test_a_frame_has_the_state_of_the_newest_frame_of_its_time() -> None:
    heard, motion = Heard(), lively(12, 25)
    outlet = Outlet(heard, ARKIT61, 60)
    told = np.array([f"{frame}" for frame in range(12)])
    for first, state in ((0, told), (6, np.array([f"{frame} again" for frame in range(6, 12)]))):
        outlet.push(Frames(first, motion.values[first:], ARKIT61, state=state))
        outlet.pump(first / 25 - 0.01)
    outlet.finish()
    outlet.pump(1e9)
    shown = [int(number * 25 / 60 + 1e-9) for number in range(len(heard.frames))]
    assert [frame.number for frame in heard.frames] == list(range(29))
    assert [frame.state for frame in heard.frames] == [f"{k}" if k < 6 else f"{min(k, 11)} again" for k in shown]
    outlet.push(Frames(40, motion.values[:3], ARKIT61))
    outlet.finish()
    outlet.pump(1e9)
    assert heard.frames[-1].state is None
