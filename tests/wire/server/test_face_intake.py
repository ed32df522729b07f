from __future__ import annotations

import numpy as np
import pytest

from visavis.core.builtin_spaces import ARKIT61
from visavis.core.errors import VisavisError
from visavis.wire.server.face_intake import FaceIntake
from visavis.wire.server.protocol import ProtocolError

REST = np.full(ARKIT61.width, 0.25, np.float32)
JAW = ARKIT61.channels.index("JawOpen")


def intake() -> FaceIntake:
    made = FaceIntake(ARKIT61, REST)
    made.announce(("JawOpen", "HeadYaw"))
    return made


def test_what_was_not_announced_rests_and_what_was_is_kept_within_the_space() -> None:
    seen = intake().take(np.array([[1.4, 0.1]], np.float32), 6400, 640)
    assert seen is not None
    assert seen.first == 10
    assert seen.values[0, JAW] == 1
    assert np.delete(seen.values[0], [JAW, ARKIT61.channels.index("HeadYaw")]).tolist() == [0.25] * 59


def test_a_camera_of_any_rate_gives_every_frame_once() -> None:
    for fps in (15, 30, 60):
        one, frames = intake(), []
        for number in range(4 * fps):
            value = np.array([[number / 1000, 0]], np.float32)
            seen = one.take(value, round(number * 16_000 / fps), 640)
            if seen is not None:
                assert seen.first == (frames[-1] + 1 if frames else 0)
                frames += range(seen.first, seen.first + len(seen.values))
        assert frames == list(range(frames[-1] + 1))
        assert len(frames) >= 96


def test_a_long_gap_is_no_held_face() -> None:
    one = intake()
    one.take(np.zeros((1, 2), np.float32), 0, 640)
    seen = one.take(np.zeros((1, 2), np.float32), 64_000, 640)
    assert seen is not None
    assert (seen.first, len(seen.values)) == (100, 1)
    assert one.take(np.zeros((1, 2), np.float32), 63_000, 640) is None, "before what came"


def test_names_and_numbers_that_are_none_are_refused() -> None:
    one = intake()
    with pytest.raises(VisavisError, match="Beard"):
        one.announce(("Beard",))
    with pytest.raises(ProtocolError, match="twice"):
        one.announce(("JawOpen", "JawOpen"))
    for bad in (np.nan, np.inf, 1e6):
        with pytest.raises(ProtocolError):
            one.take(np.array([[bad, 0]], np.float32), 0, 640)
    assert one.channels == 2
