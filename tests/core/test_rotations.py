from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation as Reference
from scipy.spatial.transform import Slerp

from visavis.core.rotations import (
    continuous,
    from_quaternion,
    interpolate,
    inverse,
    multiply,
    nearest_form,
    quaternions_of,
    slerp,
    to_quaternion,
    turned,
)
from visavis.core.spaces import Rotation

FORMS = {"axis-angle": Reference.from_rotvec, "yaw-pitch-roll": lambda v: Reference.from_euler("YXZ", v)}


@pytest.fixture
def angles() -> np.ndarray:
    return np.random.default_rng(0).uniform(-1.4, 1.4, (200, 3))


@pytest.mark.parametrize("form", FORMS)
def test_quaternions_agree_with_scipy(form: str, angles: np.ndarray) -> None:
    expected = FORMS[form](angles).as_quat(scalar_first=True)
    ours = to_quaternion(angles, form)
    np.testing.assert_allclose(ours * np.sign(np.sum(ours * expected, -1, keepdims=True)), expected, atol=1e-12)


@pytest.mark.parametrize("form", FORMS)
def test_a_rotation_is_read_from_its_own_channels(form: str, angles: np.ndarray) -> None:
    values = np.concatenate([np.ones((200, 2)), angles[:, ::-1]], axis=1)
    found = quaternions_of(values, Rotation("head", (4, 3, 2), form))
    np.testing.assert_array_equal(found, to_quaternion(angles, form))


@pytest.mark.parametrize("form", FORMS)
def test_there_and_back_again(form: str, angles: np.ndarray) -> None:
    np.testing.assert_allclose(from_quaternion(to_quaternion(angles, form), form), angles, atol=1e-12)


@pytest.mark.parametrize("form", FORMS)
def test_tiny_and_absent_rotations_survive(form: str) -> None:
    tiny = np.array([[0.0, 0.0, 0.0], [1e-9, -2e-9, 0.0]])
    np.testing.assert_allclose(from_quaternion(to_quaternion(tiny, form), form), tiny, atol=1e-15)


def test_the_product_applies_the_second_first(angles: np.ndarray) -> None:
    a, b = Reference.from_rotvec(angles[:100]), Reference.from_rotvec(angles[100:])
    ours = multiply(a.as_quat(scalar_first=True), b.as_quat(scalar_first=True))
    np.testing.assert_allclose(
        Reference.from_quat(ours, scalar_first=True).as_matrix(), (a * b).as_matrix(), atol=1e-12
    )


def test_slerp_goes_the_short_way_at_constant_speed() -> None:
    a = to_quaternion(np.array([0.0, 0.0, 0.1]), "axis-angle")
    b = -to_quaternion(np.array([0.0, 0.0, 0.5]), "axis-angle")
    for fraction, expected in ((0.0, 0.1), (0.25, 0.2), (1.0, 0.5)):
        mixed = from_quaternion(slerp(a, b, np.array(fraction)), "axis-angle")
        np.testing.assert_allclose(mixed, [0, 0, expected], atol=1e-12)


@pytest.mark.parametrize("form", FORMS)
def test_interpolation_agrees_with_scipy(form: str, angles: np.ndarray) -> None:
    keys = angles[:20]
    positions = np.random.default_rng(1).uniform(0, 19, 100)
    ours = interpolate(keys, Rotation("head", (0, 1, 2), form), positions)
    expected = Slerp(np.arange(20), FORMS[form](keys))(positions)
    np.testing.assert_allclose(FORMS[form](ours).as_matrix(), expected.as_matrix(), atol=1e-9)


def test_vectors_turn_as_with_scipy(angles: np.ndarray) -> None:
    vectors = np.random.default_rng(2).normal(size=(200, 3))
    quaternions = to_quaternion(angles, "axis-angle")
    there = turned(quaternions, vectors)
    np.testing.assert_allclose(there, Reference.from_rotvec(angles).apply(vectors), atol=1e-12)
    np.testing.assert_allclose(turned(inverse(quaternions), there), vectors, atol=1e-12)
    np.testing.assert_allclose(turned(quaternions, vectors[0])[0], there[0], atol=1e-12)


def test_axis_angle_goes_on_past_half_a_turn() -> None:
    """A person who turns from 170 to 190 degrees, and one who shakes the head there."""
    degrees = np.concatenate([np.linspace(170, 190, 21), 180 + 15 * np.sin(np.arange(40))])
    turning = np.radians(degrees)[:, None] * np.array([0.0, 1.0, 0.0])
    jumping = from_quaternion(to_quaternion(turning, "axis-angle"), "axis-angle")
    assert np.abs(np.diff(jumping, axis=0)).max() > 3
    np.testing.assert_allclose(continuous(jumping), turning, atol=1e-9)
    np.testing.assert_allclose(nearest_form(jumping, turning), turning, atol=1e-9)
    small = np.random.default_rng(3).normal(0, 0.3, (50, 3))
    small[4] = 0
    np.testing.assert_array_equal(continuous(small), small)
    between = interpolate(turning, Rotation("neck", (0, 1, 2), "axis-angle"), np.arange(20) + 0.5)
    np.testing.assert_allclose(between, (turning[:20] + turning[1:21]) / 2, atol=1e-9)
