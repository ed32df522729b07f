from __future__ import annotations

import numpy as np
import pytest
import torch

from visavis.core import rotations
from visavis.layers import rotation

IDENTITY = torch.tensor([1.0, 0, 0, 0], dtype=torch.float64)


def angles(seed: int = 0, size: float = 1.5) -> torch.Tensor:
    return size * torch.randn(50, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("form", ["axis-angle", "yaw-pitch-roll"])
def test_quaternions_are_those_of_the_core(form: str) -> None:
    values = angles()
    np.testing.assert_allclose(
        rotation.to_quaternion(values, form), rotations.to_quaternion(values.numpy(), form), atol=1e-9
    )
    product = rotation.multiply(rotation.to_quaternion(values, form), rotation.to_quaternion(values.flip(0), form))
    expected = rotations.multiply(*(rotations.to_quaternion(one.numpy(), form) for one in (values, values.flip(0))))
    np.testing.assert_allclose(product, expected, atol=1e-9)


def test_rotation_vectors_come_back() -> None:
    values = angles(size=0.5)
    values[0] = 0
    torch.testing.assert_close(
        rotation.to_axis_angle(rotation.to_quaternion(values, "axis-angle"), IDENTITY), values, atol=1e-7, rtol=0
    )


def test_near_half_a_turn_vectors_change_smoothly_on_the_side_of_what_is_near() -> None:
    turns = torch.linspace(2.6, 3.7, 23, dtype=torch.float64)
    values = torch.stack([0 * turns, turns, 0.05 + 0 * turns], dim=-1)
    quaternions = rotation.to_quaternion(values, "axis-angle")
    smooth = rotation.to_axis_angle(quaternions, rotation.about_y(torch.tensor(np.pi, dtype=torch.float64)))
    torch.testing.assert_close(smooth, values, atol=1e-7, rtol=0)
    short = rotation.to_axis_angle(quaternions, IDENTITY)
    assert short.norm(dim=-1).max() <= np.pi + 1e-9
    assert (short.diff(dim=0).norm(dim=-1) > 5).any()


def test_turning_is_what_the_matrix_does() -> None:
    quaternions, vectors = rotation.to_quaternion(angles(), "axis-angle"), angles(1)
    matrices = rotation.matrices(quaternions)
    torch.testing.assert_close(rotation.turned(quaternions, vectors), (matrices @ vectors[..., None])[..., 0])
    eye = torch.eye(3, dtype=torch.float64).expand(50, 3, 3)
    torch.testing.assert_close(matrices @ matrices.transpose(1, 2), eye, atol=1e-9, rtol=0)
    torch.testing.assert_close(
        rotation.turned(rotation.inverse(quaternions), rotation.turned(quaternions, vectors)), vectors
    )
    ahead = rotation.turned(rotation.about_y(torch.tensor(np.pi / 2)), torch.tensor([0.0, 0, 1]))
    torch.testing.assert_close(ahead, torch.tensor([1.0, 0, 0]), atol=1e-6, rtol=0)


def test_gradients_are_finite_without_a_turn() -> None:
    still = torch.zeros(3, requires_grad=True)
    back = rotation.to_axis_angle(rotation.to_quaternion(still, "axis-angle"), IDENTITY.float())
    (gradient,) = torch.autograd.grad(back.sum(), still)
    torch.testing.assert_close(gradient, torch.ones(3), atol=1e-4, rtol=0)
