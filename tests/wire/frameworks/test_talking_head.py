from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from visavis.core.builtin_spaces import ARKIT61, FLAME56
from visavis.core.errors import VisavisError
from visavis.streaming.frames import Frames
from visavis.wire.frameworks.talking_head import animation


def frames(first: int, count: int) -> Frames:
    values = np.zeros((count, 61), np.float32)
    values[:, ARKIT61.channels.index("JawOpen")] = 0.1 * np.arange(count)
    for number, name in enumerate(("HeadYaw", "HeadPitch", "HeadRoll"), 1):
        values[:, ARKIT61.channels.index(name)] = number / 10
    return Frames(first, values, ARKIT61)


def test_it_is_an_animation_whose_frames_are_reached_at_their_stamps() -> None:
    told = json.loads(json.dumps(animation(frames(50, 3), origin=16_000)))
    assert told["dt"] == [40, 40, 40]
    reached = [told["delay"] + sum(told["dt"][: number + 1]) for number in range(3)]
    assert reached == [1000, 1040, 1080], "each value is there at the end of its step"
    assert told["vs"]["jawOpen"] == [0.0, 0.1, 0.2]
    following = animation(frames(53, 2), origin=16_000)
    assert following["delay"] == told["delay"] + sum(told["dt"]), "the next follows without a gap"


def test_shapes_are_spelled_as_avatars_do_and_the_head_turns_about_their_axes() -> None:
    told = animation(frames(0, 1))["vs"]
    assert len(told) == 52 + 3
    assert {"eyeBlinkLeft", "mouthSmileRight", "tongueOut", "browInnerUp"} <= set(told)
    assert (told["headRotateX"], told["headRotateY"], told["headRotateZ"]) == ([0.2], [-0.1], [-0.3])


def test_other_spaces_and_no_frames_are_refused() -> None:
    with pytest.raises(VisavisError, match="takes arkit61, the frames are flame56"):
        animation(replace(frames(0, 1), values=np.zeros((1, 56), np.float32), space=FLAME56))
    with pytest.raises(VisavisError, match="of no frames"):
        animation(frames(0, 0))
