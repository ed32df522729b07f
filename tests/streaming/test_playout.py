from __future__ import annotations

import numpy as np
import pytest

from tests.streaming.echo import Hand
from visavis.core.builtin_spaces import ARKIT61
from visavis.core.errors import VisavisError
from visavis.streaming.frames import Frames
from visavis.streaming.playout import Playout


def frames(first: int, count: int, shift: float = 0.0) -> Frames:
    return Frames(first, np.tile(np.arange(first, first + count)[:, None] + shift, (1, 61)), ARKIT61)


def watched(playout: Playout, clock: Hand, until: float, every: float = 0.04) -> list[float | None]:
    seen: list[float | None] = []
    while clock.now < until - 1e-9:
        shown = playout.frame()
        seen.append(None if shown is None else float(shown[0]))
        clock.now += every
    return seen


def test_frames_come_out_evenly_after_the_delay() -> None:
    clock = Hand(0.0)
    playout = Playout(clock=clock, delay_s=0.08)
    playout.put(frames(0, 5))
    assert watched(playout, clock, 0.28) == [None, None, 0, 1, 2, 3, 4]
    assert (playout.counters.shown, playout.counters.dropped, playout.counters.stalled) == (5, 0, 0)
    assert playout.head == 5 * 640


def test_asking_more_often_shows_frames_longer_and_asking_less_drops_some() -> None:
    clock = Hand(0.0)
    playout = Playout(clock=clock, delay_s=0.0)
    playout.put(frames(0, 20))
    assert watched(playout, clock, 0.16, every=0.02) == [0, 0, 1, 1, 2, 2, 3, 3]
    assert playout.counters.shown == 4
    assert watched(playout, clock, 0.48, every=0.08) == [4, 6, 8, 10]
    assert (playout.counters.shown, playout.counters.dropped) == (8, 3)


def test_what_comes_late_holds_the_picture_and_is_dropped() -> None:
    clock = Hand(0.0)
    playout = Playout(clock=clock, delay_s=0.0)
    playout.put(frames(0, 2))
    assert watched(playout, clock, 0.16) == [0, 1, 1, 1]
    assert playout.counters.stalled == 2
    playout.put(frames(2, 4))
    assert watched(playout, clock, 0.24) == [4, 5]
    assert (playout.counters.shown, playout.counters.dropped, playout.counters.stalled) == (4, 2, 2)


def test_the_latest_wins() -> None:
    clock = Hand(0.0)
    playout = Playout(clock=clock, delay_s=0.0)
    playout.put(frames(0, 10))
    assert watched(playout, clock, 0.12) == [0, 1, 2]
    playout.put(frames(3, 2, shift=0.5))
    assert watched(playout, clock, 0.24) == [3.5, 4.5, 4.5]


def test_a_cut_drops_what_waits_and_says_where() -> None:
    clock = Hand(0.0)
    playout = Playout(clock=clock, delay_s=0.0)
    playout.put(frames(0, 10))
    watched(playout, clock, 0.12)
    assert playout.cut() == 3 * 640
    assert watched(playout, clock, 0.16) == [2]


def test_a_conversation_may_begin_anywhere() -> None:
    clock = Hand(0.0)
    playout = Playout(clock=clock, delay_s=0.0)
    assert playout.frame() is None
    playout.put(frames(7, 2))
    assert watched(playout, clock, 0.08) == [7, 8]
    assert playout.counters.dropped == 0


def test_an_adaptive_delay_grows_with_lateness_and_shrinks_again() -> None:
    clock = Hand(0.0)
    playout = Playout(clock=clock, delay_s=0.02, max_delay_s=0.3)
    random = np.random.default_rng(0)

    def run(turns: int, late_s: float) -> tuple[float, int]:
        before = playout.counters.stalled
        for _ in range(turns):
            place = run_at[0]
            arrival = place / 25 + late_s * float(random.random())
            watched(playout, clock, arrival, every=0.02)
            playout.put(frames(place, 5))
            run_at[0] += 5
        return playout.delay_s, playout.counters.stalled - before

    run_at = [0]
    assert run(20, 0.0)[0] == pytest.approx(0.02)
    assert 0.12 < run(60, 0.2)[0] <= 0.2
    assert run(60, 0.2)[1] <= 5
    assert run(60, 0.0)[0] == pytest.approx(0.02)
    assert run(60, 9.0)[0] == 0.3


def test_impossible_delays_are_refused() -> None:
    with pytest.raises(VisavisError, match="a delay lies between 0 s and the greatest"):
        Playout(delay_s=-1)
    with pytest.raises(VisavisError, match="a delay lies between 0 s and the greatest"):
        Playout(delay_s=0.2, max_delay_s=0.1)


@pytest.mark.parametrize("rate", [24, 30, 50, 60, 90, 144])
def test_a_smooth_picture_moves_evenly_at_any_rate_of_the_display(rate: int) -> None:
    clock, held = Hand(0.0), Hand(0.0)
    playout, plain = Playout(clock=clock, smooth=True), Playout(clock=held)
    seen, steps = [], []
    for tick in range(2 * rate):
        clock.now = held.now = tick / rate
        if tick % rate in (0, rate // 2):
            batch = round(tick / rate * 25)
            for each in (playout, plain):
                each.put(Frames(batch, np.arange(batch, batch + 13)[:, None] * np.full(61, 0.01), ARKIT61))
        frame, step = playout.frame(), plain.frame()
        if frame is not None and step is not None:
            seen.append((tick / rate, float(frame[0])))
            steps.append(float(step[0]))
    moved = np.array([(time, value) for time, value in seen if time > 0.12])
    expected = 0.01 * ((moved[:, 0] - 0.08) * 25 - 1)
    assert np.allclose(moved[:, 1], expected, atol=1e-5), "the ramp itself, one frame later"
    assert len(set(steps)) < len(set(moved[:, 1])) or rate <= 25
    assert playout.counters == plain.counters


def test_a_smooth_picture_turns_along_the_arc_and_goes_on_where_frames_were_replaced() -> None:
    clock = Hand(0.0)
    playout = Playout(clock=clock, delay_s=0.0, smooth=True)
    values = np.zeros((6, 61))
    values[:, ARKIT61.channels.index("HeadYaw")] = [0, 3.0, -3.0, -3.0, -3.0, -3.0]
    playout.put(Frames(0, values, ARKIT61))
    yaw = []
    for tick in range(13):
        clock.now = tick / 100
        shown = playout.frame()
        assert shown is not None
        yaw.append(float(shown[ARKIT61.channels.index("HeadYaw")]))
    assert np.allclose(yaw[4:9], [0, 0.75, 1.5, 2.25, 3.0], atol=1e-5)
    assert abs(yaw[10]) == pytest.approx(np.pi, abs=1e-3), "the short way round"
    assert playout.cut() == 4 * 640
    replaced = np.full((2, 61), 0.5)
    playout.put(Frames(4, replaced, ARKIT61))
    shown_jaw = []
    for tick in range(13, 28):
        clock.now = tick / 100
        frame = playout.frame()
        assert frame is not None
        shown_jaw.append(float(frame[ARKIT61.channels.index("JawOpen")]))
    assert np.abs(np.diff(shown_jaw)).max() <= 0.125 + 1e-6
    assert shown_jaw[-1] == 0.5


def test_a_smooth_picture_stands_still_while_nothing_comes() -> None:
    clock = Hand(0.0)
    playout = Playout(clock=clock, delay_s=0.0, smooth=True)
    playout.put(frames(0, 3))
    assert watched(playout, clock, 0.3, every=0.02)[-6:] == [2.0] * 6
    assert playout.counters.stalled > 0
