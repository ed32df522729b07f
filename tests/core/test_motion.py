from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation, Slerp

from visavis.core.builtin_spaces import ARKIT61, COLOCATED78, FLAME56
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.rate import at_rate
from visavis.core.spaces import MotionSpace

SPACES = [ARKIT61, FLAME56, COLOCATED78]


def wander(space: MotionSpace, frames: int, fps: float) -> Motion:
    """Slow movement of every channel, within half a radian."""
    time = np.arange(frames)[:, None] / fps
    speeds = np.linspace(0.2, 1.0, space.width)
    return Motion(0.5 * np.sin(time * speeds + np.arange(space.width)), space, fps)


def test_names_reach_channels() -> None:
    motion = wander(ARKIT61, 10, 25)
    assert motion["jaw"].shape == (10, 4)
    np.testing.assert_array_equal(motion["JawOpen"][:, 0], motion.values[:, ARKIT61.channels.index("JawOpen")])


def test_motion_of_the_wrong_shape_is_refused() -> None:
    for shape in ((10, 60), (61,), (1, 10, 61)):
        with pytest.raises(VisavisError, match=r"does not fit space arkit61, which needs \(frames, 61\)"):
            Motion(np.zeros(shape), ARKIT61)


def test_the_first_value_that_is_no_number_is_named() -> None:
    values = np.zeros((10, 61))
    values[7, ARKIT61.indices("JawOpen")] = np.nan
    values[8, 0] = np.inf
    with pytest.raises(VisavisError, match=r"take\.npz: 2 values are NaN or infinite, .* frame 7, channel JawOpen"):
        Motion(values, ARKIT61).require_finite("take.npz")
    good = wander(ARKIT61, 3, 25)
    assert good.require_finite("take.npz") is good


@pytest.mark.parametrize("space", SPACES, ids=lambda space: str(space.name))
def test_resampling_reads_the_same_movement(space: MotionSpace) -> None:
    slow = wander(space, 300, 60).resample(25)
    assert (len(slow), slow.fps) == (125, 25)
    np.testing.assert_allclose(slow.values, wander(space, 125, 25).values, atol=2e-3)


@pytest.mark.parametrize("space", SPACES, ids=lambda space: str(space.name))
def test_up_and_down_again_is_the_same(space: MotionSpace) -> None:
    motion = wander(space, 50, 25)
    back = motion.resample(75).resample(25)
    np.testing.assert_allclose(back.values, motion.values, atol=1e-6)


def test_weights_are_interpolated_in_straight_lines() -> None:
    values = np.zeros((2, 61))
    values[1, ARKIT61.indices("JawOpen")] = 1
    np.testing.assert_allclose(Motion(values, ARKIT61, 25).resample(100)["JawOpen"][:4, 0], [0, 0.25, 0.5, 0.75])


def test_rotations_are_interpolated_as_rotations() -> None:
    turns = np.random.default_rng(3).uniform(-1.2, 1.2, (8, 3))
    values = np.zeros((8, 61))
    values[:, ARKIT61.indices("pose")] = turns
    fast = Motion(values, ARKIT61, 25).resample(100)
    expected = Slerp(np.arange(8) / 25, Rotation.from_euler("YXZ", turns))(np.arange(29) / 100)
    ours = Rotation.from_euler("YXZ", fast["pose"][:29])
    assert np.max((ours.inv() * expected).magnitude()) < 1e-6
    straight = np.stack([np.interp(np.arange(29) / 100, np.arange(8) / 25, turns[:, i]) for i in range(3)], -1)
    assert np.max((Rotation.from_euler("YXZ", straight).inv() * expected).magnitude()) > 0.05


def test_an_axis_angle_beyond_half_a_turn_does_not_swing_back() -> None:
    values = np.zeros((2, 56))
    values[0, FLAME56.indices("pose")] = [0, 0, np.pi - 0.1]
    values[1, FLAME56.indices("pose")] = [0, 0, -np.pi + 0.1]
    middle = Motion(values, FLAME56, 25).resample(50)["pose"][1]
    np.testing.assert_allclose(np.abs(middle), [0, 0, np.pi], atol=1e-5)


def test_duration_is_kept_to_within_a_frame() -> None:
    for fps in (24, 29.97, 30, 59.94, 60):
        motion = wander(ARKIT61, 241, fps)
        assert abs(len(motion.resample(25)) / 25 - 241 / fps) <= 1 / 25


def test_an_impossible_frame_rate_is_refused() -> None:
    for fps in (0, 1e-9, 1e9, float("nan")):
        with pytest.raises(VisavisError, match=r"a frame rate of .* is none, possible are 1 to 1,000 fps"):
            wander(ARKIT61, 4, 25).resample(fps)
        with pytest.raises(VisavisError, match=r"a frame rate of .* is none, possible are 1 to 1,000 fps"):
            Motion(np.zeros((4, 61)), ARKIT61, fps)


def test_what_is_known_is_kept_and_asked_by_name() -> None:
    lips = Motion(np.zeros((30, 61)), ARKIT61, 30, known=frozenset({"JawOpen", "MouthSmileLeft", "MouthSmileRight"}))
    for motion in (lips, lips.cut(3, 20), lips.resample(), lips.resample(30)):
        assert motion.knows("JawOpen")
        assert motion.knows("smile")
        assert not motion.knows("jaw")
        assert not motion.knows("HeadYaw")
    assert wander(ARKIT61, 3, 25).knows("pose")
    with pytest.raises(VisavisError, match="unknown channel of arkit61 'JawOpne'; did you mean 'JawOpen'"):
        Motion(np.zeros((3, 61)), ARKIT61, known=frozenset({"JawOpne"}))


def test_states_go_with_their_frames() -> None:
    names = np.array(["waiting"] * 10 + ["speaking"] * 20)
    told = Motion(np.zeros((30, 61)), ARKIT61, 30, state=names)
    for motion, speaking in ((told, range(10, 30)), (told.cut(4, 14), range(6, 10)), (told.resample(), range(9, 25))):
        assert motion.state is not None
        assert np.flatnonzero(motion.state == "speaking").tolist() == list(speaking)
    assert told.resample(30).state is names
    assert wander(ARKIT61, 3, 25).cut(0, 2).state is None
    for wrong in (names[:29], names[None], np.zeros(30, int)):
        with pytest.raises(VisavisError, match="do not fit motion of 30 frames; give one name for each frame"):
            Motion(np.zeros((30, 61)), ARKIT61, 30, state=wrong)


def test_frames_that_count_go_with_their_frames() -> None:
    told = Motion(np.zeros((30, 61)), ARKIT61, 30, counted=np.arange(30) >= 10)
    for motion, counted in (
        (told, range(10, 30)),
        (told.cut(4, 14), range(6, 10)),
        (told.resample(), range(9, 25)),
        (at_rate(told, 25), range(9, 25)),
        (at_rate(told, 30), range(10, 30)),
    ):
        assert motion.counted is not None
        assert np.flatnonzero(motion.counted).tolist() == list(counted)
    assert wander(ARKIT61, 3, 25).counted is None
    for wrong in (np.ones(29, dtype=bool), np.ones(30)):
        with pytest.raises(VisavisError, match="give true or false for each frame"):
            Motion(np.zeros((30, 61)), ARKIT61, counted=wrong)
