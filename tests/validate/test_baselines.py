import numpy as np
import pytest

from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.spaces import space_named
from visavis.validate.baselines import copied_partner, face_mean, first_frame, fitted, mean_face, other_clip

FLAME = space_named("flame56")


def ramp(frames: int, start: float = 0.0) -> Motion:
    return Motion(start + np.arange(frames)[:, None] * np.ones((1, FLAME.width)), FLAME)


def test_the_mean_face_weighs_frames_not_clips() -> None:
    mean = face_mean([ramp(3), ramp(1, start=5)])
    assert mean == pytest.approx((0 + 1 + 2 + 5) / 4)
    held = mean_face(mean, FLAME, 7)
    assert len(held) == 7
    assert held.values.std(axis=0).max() == 0
    with pytest.raises(VisavisError, match="one frame"):
        face_mean([])


def test_the_first_frame_is_held() -> None:
    assert (first_frame(ramp(5, start=2)).values == 2).all()


def test_longer_clips_are_cut_and_shorter_ones_go_back_and_forth() -> None:
    assert other_clip(ramp(5), 3).values[:, 0].tolist() == [0, 1, 2]
    assert copied_partner(ramp(3), 8).values[:, 0].tolist() == [0, 1, 2, 2, 1, 0, 0, 1]
    with pytest.raises(VisavisError, match="one frame"):
        fitted(ramp(0), 4)
