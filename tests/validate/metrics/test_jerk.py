from __future__ import annotations

import numpy as np
import pytest

from visavis.core.builtin_spaces import COLOCATED_ARKIT
from visavis.core.motion import Motion
from visavis.validate.metrics.jerk import jerk_at_joints

STEP = 40


def noise(frames: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.01, (frames, COLOCATED_ARKIT.width))


def motion(values: np.ndarray) -> Motion:
    return Motion(values, COLOCATED_ARKIT)


def test_motion_without_seams_has_none() -> None:
    found = jerk_at_joints(motion(noise(4000, 0)), motion(noise(4000, 1)), STEP)
    for ratio in (found.peak, found.peak_natural, found.area, found.area_natural):
        assert ratio == pytest.approx(1, abs=0.1)


def test_a_jump_at_every_joint_is_seen_and_elsewhere_is_not() -> None:
    frames = 2000
    natural = noise(frames, 0)
    values = natural.copy()
    values += 0.2 * (np.arange(frames) // STEP % 2)[:, None]
    jumping = jerk_at_joints(motion(values), motion(natural), STEP)
    assert jumping.peak > 5
    assert jumping.peak_natural > 5
    assert jumping.area > 3
    late = jerk_at_joints(motion(values), motion(natural), STEP, start=STEP // 2)
    assert late.peak < 1, "jumps that are elsewhere are no seams"


def test_a_single_jump_of_one_channel_has_the_peak_of_its_third_difference() -> None:
    """Third differences of a step of height h are h, -2h, h; the truth's deviation makes them unitless."""
    true = np.zeros((400, COLOCATED_ARKIT.width))
    true[:, 0] = np.sin(np.arange(400) / 5)
    spread = true[:, 0].std()
    made = true.copy()
    made[200:, 0] += 3.0
    size = np.abs(np.diff(made[:, 0], n=3)) / spread
    found = jerk_at_joints(motion(made), motion(true), 200)
    starts = np.arange(len(size) - 6)
    windows = size[starts[:, None] + np.arange(7)].max(axis=1)
    apart = windows[(starts + 7 <= 197) | (starts >= 200)]
    assert found.peak == pytest.approx(size[195:202].max() / apart.mean(), rel=1e-3)


def test_channels_that_stand_still_in_truth_and_motion_without_elsewhere_say_nothing() -> None:
    natural = noise(400, 0)
    natural[:, 3] = 0
    made = natural.copy()
    made[:, 3] = np.arange(400) % STEP
    assert jerk_at_joints(motion(made), motion(natural), STEP).peak == pytest.approx(1, abs=0.3)
    assert np.isnan(jerk_at_joints(motion(natural), motion(natural), 4).peak)
    still = jerk_at_joints(motion(np.zeros((400, COLOCATED_ARKIT.width))), motion(natural), STEP)
    assert np.isnan(still.peak)
    assert np.isnan(jerk_at_joints(motion(natural[:20]), motion(natural), STEP).peak)
