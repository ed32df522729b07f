from __future__ import annotations

import numpy as np

from visavis.core.builtin_spaces import ARKIT61
from visavis.streaming.frames import Frames, Strip


def test_frames_know_their_place_on_the_audio_clock() -> None:
    frames = Frames(3, np.zeros((2, 61), dtype=np.float32), ARKIT61)
    assert (frames.stamp, len(frames), frames.motion["pose"].shape) == (1920, 2, (2, 3))


def test_strips_are_cut_by_number() -> None:
    strip = Strip(4, np.arange(5.0)[:, None]).followed_by(np.array([[5.0]]))
    assert (strip.first, strip.end) == (4, 10)
    assert strip.between(6, 8).values[:, 0].tolist() == [2, 3]
    assert strip.until(6).values[:, 0].tolist() == [0, 1]
    assert strip.since(7).values[:, 0].tolist() == [3, 4, 5]
    assert strip.since(2).first == 4
    assert (strip.since(12).first, len(strip.since(12).values)) == (10, 0)
