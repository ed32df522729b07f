import numpy as np
import pytest

from visavis.analysis.lips import mouth_opening
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.spaces import space_named
from visavis.encode.activity import Voice
from visavis.validate.benchmark.baselines import (
    copied_partner,
    face_mean,
    first_frame,
    fitted,
    loudness_alone,
    mean_face,
    other_clip,
)

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


@pytest.mark.parametrize("space_name", ["arkit61", "flame56"])
def test_a_mouth_of_loudness_has_the_true_ones_size_and_the_voices_shape(space_name: str) -> None:
    space = space_named(space_name)
    level = np.where(np.arange(100) < 60, -20 + 5 * np.sin(np.arange(100)), -90.0).astype(np.float32)
    voice = Voice(level, np.arange(100) < 60)
    values = np.zeros((100, space.width), dtype=np.float32)
    jaw = "JawOpen" if space_name == "arkit61" else "jaw"
    values[:60, space.indices(jaw)[0]] = np.random.default_rng(0).uniform(0.1, 0.5, 60)
    truth = Motion(values, space)
    opened = loudness_alone(truth, voice)
    drawn, true = opened[jaw][:60, 0], mouth_opening(truth)[:60]
    assert drawn.std() == pytest.approx(true.std(), rel=1e-4)
    if space_name == "arkit61":
        assert drawn.mean() == pytest.approx(true.mean(), rel=1e-4)
    assert np.corrcoef(drawn, level[:60])[0, 1] == pytest.approx(1)
    assert np.ptp(opened[jaw][60:, 0]) == 0
    assert np.corrcoef(mouth_opening(opened), np.maximum(level, -60))[0, 1] == pytest.approx(1)
    assert np.count_nonzero(opened.values.any(axis=0)) == 1
    assert not loudness_alone(truth, Voice(level, np.zeros(100, dtype=bool))).values.any()
