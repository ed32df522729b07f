from __future__ import annotations

import numpy as np

from tests.validate.rooms import person
from visavis.core.builtin_spaces import ARKIT61, COLOCATED_ARKIT
from visavis.core.motion import Motion
from visavis.core.rotations import quaternions_of
from visavis.validate.metrics.turns import continuous_turns, nearest_turns

NECK = COLOCATED_ARKIT.indices("neck")


def swaying(forms: np.ndarray) -> Motion:
    """Somebody who looks along -z and sways, the neck written `forms` (T,) whole turns away."""
    values = person(len(forms), second=True).values.copy()
    values[:, NECK[1]] += 0.1 * np.sin(np.arange(len(forms)) / 5) + 2 * np.pi * forms
    return Motion(values, COLOCATED_ARKIT)


def test_turns_go_on_in_time_and_are_the_same_rotations() -> None:
    jumping, smooth = swaying(-(np.arange(60) % 2)), swaying(np.zeros(60))
    found = continuous_turns(jumping)
    np.testing.assert_allclose(found.values, smooth.values, atol=1e-5)
    neck = COLOCATED_ARKIT.rotations_in("neck")[0]
    same = np.abs(np.sum(quaternions_of(found.values, neck) * quaternions_of(jumping.values, neck), axis=1))
    np.testing.assert_allclose(same, 1, atol=1e-6)
    np.testing.assert_allclose(continuous_turns(swaying(-np.ones(60))).values, swaying(-np.ones(60)).values, atol=1e-5)


def test_turns_are_taken_near_to_anothers_over_the_common_frames() -> None:
    found = nearest_turns(swaying(-(np.arange(60) % 2)), swaying(np.zeros(40)))
    np.testing.assert_allclose(found.values, swaying(np.zeros(60)).values[:40], atol=1e-5)


def test_other_forms_of_angles_stay() -> None:
    values = np.random.default_rng(0).normal(0, 2, (20, ARKIT61.width)).astype(np.float32)
    motion = Motion(values, ARKIT61)
    assert np.array_equal(continuous_turns(motion).values, values)
    assert np.array_equal(nearest_turns(motion, motion).values, values)
