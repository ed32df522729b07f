from __future__ import annotations

import numpy as np
import pytest

from visavis.core.builtin_spaces import ARKIT61, FLAME56
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.view.people.looks import AMBER, Look
from visavis.view.performance import still
from visavis.view.render.stage import render_frame, render_frames

SIZE = (160, 160)
UPPER, LOWER = slice(45, 78), slice(84, 125)
FACE = slice(45, 115)


def shown(values: dict[str, float], look: Look = AMBER) -> np.ndarray:
    motion = still()
    for name, value in values.items():
        motion.values[:, ARKIT61.indices(name)] = value
    return render_frame(motion, size=SIZE, look=look).astype(np.float64)


def changed(a: np.ndarray, b: np.ndarray, rows: slice) -> float:
    """The share of pixels of the face's rows that differ clearly."""
    return float((np.abs(a - b)[rows, FACE].max(-1) > 12).mean())


def test_a_frame_is_a_full_colour_picture() -> None:
    frame = render_frame(still(), size=(200, 120))
    assert frame.shape == (120, 200, 3)
    assert frame.dtype == np.uint8
    assert frame.std() > 20


def test_the_jaw_moves_the_lower_face_only() -> None:
    neutral, opened = shown({}), shown({"JawOpen": 0.8})
    assert changed(neutral, opened, LOWER) > 0.15
    assert changed(neutral, opened, UPPER) == 0


def test_blinking_moves_the_eyes_only() -> None:
    neutral, shut = shown({}), shown({"blink": 1.0})
    assert changed(neutral, shut, UPPER) > 0.08
    assert changed(neutral, shut, LOWER) == 0


@pytest.mark.parametrize(
    "channel",
    [
        *("MouthFunnel", "MouthPucker", "MouthSmileLeft", "MouthFrownLeft", "MouthStretchLeft", "MouthPressLeft"),
        *("MouthUpperUpLeft", "MouthLowerDownLeft", "MouthRollUpper", "MouthRollLower", "MouthLeft", "CheekPuff"),
        *("EyeSquintLeft", "EyeWideLeft", "BrowInnerUp", "BrowDownLeft", "BrowOuterUpLeft", "NoseSneerLeft"),
        *("EyeLookInLeft", "EyeLookUpRight", "LeftEyeYaw", "RightEyePitch", "HeadYaw", "HeadPitch", "HeadRoll"),
    ],
)
def test_every_channel_shows(channel: str) -> None:
    assert changed(shown({}), shown({channel: 0.6}), slice(0, 160)) > 0.002


def test_left_is_the_persons_left_and_on_the_right_of_the_picture() -> None:
    difference = np.abs(shown({}) - shown({"EyeBlinkLeft": 1.0})).sum(-1)
    assert difference[:, 80:].sum() > 0
    assert difference[:, :80].sum() == 0


@pytest.mark.parametrize(("channel", "axis"), [("HeadPitch", 0), ("HeadYaw", 1)])
def test_head_pitch_looks_down_and_head_yaw_to_the_own_right(channel: str, axis: int) -> None:
    """The dark pupils of a turned head lie lower in the picture, or further to its left."""

    def pupils(values: dict[str, float]) -> np.ndarray:
        return np.argwhere(shown(values)[40:90].max(-1) < 45).mean(axis=0)

    moved = pupils({channel: 0.3})[axis] - pupils({})[axis]
    assert moved > 2 if channel == "HeadPitch" else moved < -2


def test_two_people_can_be_told_apart() -> None:
    frame = next(render_frames([still(), None], size=(240, 120))).astype(float)
    assert np.abs(frame[:, :120] - frame[:, 120:]).mean() > 15


def test_as_many_frames_as_the_longest_motion() -> None:
    assert len(list(render_frames([still(3), still(2)], size=(96, 64)))) == 3
    assert len(list(render_frames([None], size=(64, 64)))) == 1


def test_what_cannot_be_shown_is_refused() -> None:
    with pytest.raises(VisavisError, match="5 heads"):
        next(render_frames([None] * 5))
    with pytest.raises(VisavisError, match="too small"):
        next(render_frames([None, None], size=(40, 40)))
    with pytest.raises(VisavisError, match="no frames"):
        render_frame(Motion(np.zeros((0, FLAME56.width)), FLAME56))
    with pytest.raises(VisavisError, match="NaN"):
        render_frame(Motion(np.full((1, ARKIT61.width), np.nan), ARKIT61))
