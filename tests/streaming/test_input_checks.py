from __future__ import annotations

import numpy as np
import pytest
import torch

from visavis.core.builtin_spaces import ARKIT61, FLAME56
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.streaming.input_checks import checked_fps, checked_motion, checked_rate, checked_sound, checked_stamp


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_floats_are_taken_as_they_are(dtype: type) -> None:
    values = checked_sound("user_speech", np.array([0.5, -0.25], dtype=dtype))
    assert (values.dtype, values.tolist()) == (np.float32, [0.5, -0.25])
    assert checked_sound("user_speech", torch.tensor([0.5])).tolist() == [0.5]


def test_int16_is_scaled() -> None:
    assert checked_sound("user_speech", np.array([16384, -32768], dtype=np.int16)).tolist() == [0.5, -1.0]


def test_what_is_taken_is_a_copy() -> None:
    given = np.zeros(4, dtype=np.float32)
    taken = checked_sound("agent_speech", given)
    frames = np.zeros((1, 61), dtype=np.float32)
    kept = checked_motion("user_motion", frames, ARKIT61)
    given += 1
    frames += 1
    assert not taken.any()
    assert not kept.any()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (np.zeros((2, 4)), r"mono, of shape \(samples,\); \(2, 4\)"),
        (np.zeros(4, dtype=np.int32), "floats in .* or int16; int32 was given"),
        (np.array([0.0, np.nan]), "user_speech: 1 values are NaN or infinite; nothing of this push"),
    ],
)
def test_sound_that_cannot_be_used_is_refused(given: np.ndarray, words: str) -> None:
    with pytest.raises(VisavisError, match=words):
        checked_sound("user_speech", given)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (Motion(np.zeros((2, 56)), FLAME56), "is in flame56, the session's model speaks arkit61"),
        (np.zeros((2, 60)), r"of shape \(2, 60\) does not fit space arkit61, which needs \(frames, 61\)"),
        (np.zeros(61), r"of shape \(61,\) does not fit"),
        (np.full((1, 61), np.inf), "user_motion: 61 values are NaN or infinite"),
        (Motion(np.full((1, 61), np.nan), ARKIT61), "frame 0, channel EyeBlinkLeft"),
    ],
)
def test_motion_that_cannot_be_used_is_refused(given: Motion | np.ndarray, words: str) -> None:
    with pytest.raises(VisavisError, match=words):
        checked_motion("user_motion", given, ARKIT61)


@pytest.mark.parametrize("rate", [0, 12.5, "48000", float("nan"), True, 2e9])
def test_what_is_no_sample_rate_is_refused(rate: float) -> None:
    with pytest.raises(VisavisError, match="user_speech: a sample rate"):
        checked_rate("user_speech", rate)


def test_a_rate_is_told_where_it_is_another_than_the_sessions() -> None:
    assert [checked_rate("user_speech", rate) for rate in (None, 16_000, 48_000, np.int64(8000))] == [
        None,
        None,
        48_000,
        8000,
    ]
    own = Motion(np.zeros((2, 61)), ARKIT61, 30)
    frames = np.zeros((2, 61))
    told = [
        checked_fps("user_motion", *given)
        for given in ((own, None), (own, 30), (frames, 60), (frames, 25), (frames, None))
    ]
    assert told == [30, 30, 60, None, None]


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (60, "user_motion has 30 fps by itself and 60 by `rate`"),
        ("30", "user_motion: a frame rate is a number, '30' was given"),
    ],
)
def test_a_frame_rate_that_cannot_be_is_refused(rate: float, words: str) -> None:
    with pytest.raises(VisavisError, match=words):
        checked_fps("user_motion", Motion(np.zeros((2, 61)), ARKIT61, 30), rate)
    with pytest.raises(VisavisError, match=r"a frame rate of nan is none|a frame rate of 0\.5 is none"):
        checked_fps("user_motion", np.zeros((2, 61)), 0.5)


@pytest.mark.parametrize("at", [-1, 0.5, "0", True])
def test_stamps_are_whole_numbers(at: object) -> None:
    with pytest.raises(VisavisError, match="counts samples from the session's start"):
        checked_stamp(at)  # type: ignore[arg-type]


def test_stamps_may_be_left_out() -> None:
    assert checked_stamp(None) is None
    assert checked_stamp(np.int64(7)) == 7  # type: ignore[arg-type]
