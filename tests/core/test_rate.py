from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from visavis.core.builtin_spaces import ARKIT61, FLAME56
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.rate import at_rate, exact, rate
from visavis.core.rotations import to_quaternion
from visavis.core.spaces import space_from_groups

PLAIN = space_from_groups("two weights", {"exp": (2, "weight")})


def wild(frames: int, seed: int = 0) -> Motion:
    draw = np.random.default_rng(seed)
    values = draw.uniform(0, 1, (frames, ARKIT61.width)) ** 3
    values[:, ARKIT61.indices("pose")] = draw.uniform(-1, 1, (frames, 3))
    return Motion(values, ARKIT61)


def in_chunks(motion: Motion, fps: float, sizes: list[int]) -> np.ndarray:
    conversion = rate(motion.space, motion.fps, fps)
    state, found, at = conversion.init_state(), [], 0
    for size in sizes:
        frames, state = conversion.step(motion.values[at : at + size], state)
        found.append(frames)
        at += size
    assert at >= len(motion)
    return np.concatenate([*found, conversion.finish(state)])


@pytest.mark.parametrize("fps", [10, 24, 25, 30, 30000 / 1001, 60, 48])
def test_any_chunking_gives_the_same_frames(fps: float) -> None:
    motion = wild(40)
    whole = at_rate(motion, fps)
    assert len(whole) == round(40 * fps / 25)
    for sizes in ([1] * 40, [10, 0, 3, 27], [40]):
        np.testing.assert_array_equal(in_chunks(motion, fps, sizes), whole.values)


def test_weights_stay_between_their_neighbours() -> None:
    motion = wild(60)
    fast = at_rate(motion, 60)
    weights = np.concatenate([ARKIT61.indices("exp"), ARKIT61.indices("jaw")])
    assert fast.values[:, weights].min() >= 0
    assert fast.values[:, weights].max() <= 1
    for n in range(140):
        around = motion.values[n * 25 // 60 : n * 25 // 60 + 2, weights]
        assert np.all(fast.values[n, weights] >= around.min(axis=0))
        assert np.all(fast.values[n, weights] <= around.max(axis=0))


def test_frames_that_coincide_are_kept_and_a_ramp_stays_one() -> None:
    motion = wild(30)
    np.testing.assert_array_equal(at_rate(motion, 50).values[::2][:, :52], motion.values[:, :52])
    ramp = Motion(np.linspace(0, 1, 20)[:, None] * [1, -2], PLAIN)
    fast = at_rate(ramp, 60).values
    time = np.arange(len(fast)) * 25 / 60 / 19
    inner = (time > 1.1 / 19) & (time < 17.9 / 19)
    np.testing.assert_allclose(fast[inner, 0], time[inner], atol=1e-6)


def test_a_frame_whose_time_is_that_of_one_that_came_is_that_one() -> None:
    """To the last bit, turns of more than half a circle included, however it comes."""
    motion = wild(30)
    motion.values[:, ARKIT61.indices("pose")] += 3
    for fps in (50, 75, 12.5, 25):
        share = exact(fps) / 25
        told = in_chunks(motion, fps, [1] * 30)[:: share.numerator]
        np.testing.assert_array_equal(told, motion.values[:: share.denominator][: len(told)])


def test_there_is_no_corner_at_a_frame() -> None:
    """Straight lines turn by the second difference at every frame; the cubic's slope does not jump."""
    bend = Motion(np.array([0, 0.1, 0.3, 0.6, 1.0])[:, None] * [1, 1], PLAIN, 12.5)
    fast = at_rate(bend, 12.5 * 64).values[:, 0]
    around = np.diff(fast[2 * 64 - 2 : 2 * 64 + 3]) * 64
    assert np.abs(np.diff(around)).max() < 0.1 * (0.3 - 0.2)


def test_rotations_go_the_short_way_at_even_speed() -> None:
    values = np.zeros((2, FLAME56.width))
    values[0, FLAME56.indices("pose")], values[1, FLAME56.indices("pose")] = [0, 3.0, 0], [0, -3.0, 0]
    fast = at_rate(Motion(values, FLAME56), 100)["pose"]
    far = 2 * np.pi - 6.0
    turns = to_quaternion(fast[:5], "axis-angle")
    steps = 2 * np.arccos(np.clip(np.abs(np.sum(turns[1:] * turns[:-1], axis=1)), 0, 1))
    np.testing.assert_allclose(steps, far / 4, atol=1e-4)


def test_a_frame_goes_out_once_two_frames_on_either_side_are_known() -> None:
    conversion = rate(ARKIT61, 25, 60)
    state, sent = conversion.init_state(), []
    for frame in wild(6).values:
        frames, state = conversion.step(frame[None], state)
        sent.append(len(frames))
    assert sent == [1, 0, 2, 2, 3, 2]  # 0; -; 1 2; 3 4; 5 6 7; 8 9
    assert len(state.frames) <= 4
    same = rate(ARKIT61, 25, 25)
    assert len(same.step(wild(3).values, same.init_state())[0]) == 3


def test_rates_are_the_fractions_they_stand_for() -> None:
    assert exact(29.97002997) == Fraction(30000, 1001)
    assert exact(25.0) == 25
    one = at_rate(wild(1), 60)
    assert len(one) == 2
    np.testing.assert_allclose(one.values, np.repeat(wild(1).values, 2, axis=0), atol=1e-6)
    assert len(at_rate(wild(0), 60)) == 0
    for fps in (0, -25, 1e-9, 1e9, float("inf"), float("nan")):
        with pytest.raises(VisavisError, match=r"is none, possible are 1 to 1,000 fps"):
            at_rate(wild(2), fps)
        with pytest.raises(VisavisError, match=r"is none, possible are 1 to 1,000 fps"):
            rate(ARKIT61, fps, 25)


@pytest.mark.parametrize("fps", [10, 24, 25, 30000 / 1001, 30, 50, 60, 100])
def test_the_lag_is_the_longest_wait_of_any_frame(fps: float) -> None:
    conversion, came = rate(ARKIT61, fps, 25), wild(round(12 * fps))
    state, waits = conversion.init_state(), [Fraction(0)]
    for number in range(len(came)):
        before = state.sent
        _, state = conversion.step(came.values[number : number + 1], state)
        waits += [(number + 1) / exact(fps) - Fraction(frame + 1, 25) for frame in range(before, state.sent)]
    if fps == 30000 / 1001:
        assert 0.95 * conversion.lag_s < max(waits) <= conversion.lag_s
    else:
        assert max(waits) == conversion.lag_s


def test_what_is_known_stays_known_at_another_rate() -> None:
    known = frozenset({"JawOpen"})
    motion = Motion(wild(9).values, ARKIT61, 30, known)
    assert at_rate(motion, 25).known == at_rate(motion, 30).known == known


@pytest.mark.parametrize("fps", [25, 30, 50, 60, 12.5])
def test_a_frame_has_the_state_of_the_frame_in_whose_time_it_begins(fps: float) -> None:
    motion = Motion(wild(20).values, ARKIT61, 25, state=np.array([f"{frame}" for frame in range(20)]))
    faster = at_rate(motion, fps)
    assert faster.state is not None
    begun = [number * 25 / fps for number in range(len(faster))]
    assert faster.state.tolist() == [str(min(int(place + 1e-9), 19)) for place in begun]
