"""Rotations with gradients: rotation values -> unit quaternions (w, x, y, z) and back, and what they turn.

The same conventions as `core.rotations`, in torch. Shapes: (...) any axes.
"""

from __future__ import annotations

import torch
from torch import Tensor

_LEAST = 1e-12


def to_quaternion(values: Tensor, form: str) -> Tensor:
    """Rotation values (..., 3) [rad] of a `core.spaces.Rotation` form -> unit quaternions (..., 4)."""
    if form == "axis-angle":
        angle = values.square().sum(-1, keepdim=True).clamp_min(_LEAST).sqrt()
        return torch.cat([(angle / 2).cos(), values * torch.sinc(angle / (2 * torch.pi)) / 2], dim=-1)
    yaw, pitch, roll = values.unbind(-1)
    zero = torch.zeros_like(yaw)
    turn = torch.stack([(yaw / 2).cos(), zero, (yaw / 2).sin(), zero], dim=-1)
    nod = torch.stack([(pitch / 2).cos(), (pitch / 2).sin(), zero, zero], dim=-1)
    tilt = torch.stack([(roll / 2).cos(), zero, zero, (roll / 2).sin()], dim=-1)
    return multiply(multiply(turn, nod), tilt)


def to_axis_angle(quaternions: Tensor, near: Tensor) -> Tensor:
    """Unit quaternions (..., 4) -> rotation vectors (..., 3) [rad], of the two the one on the side of `near` (..., 4).

    Rotations that differ from `near` by less than half a turn give vectors that change smoothly, also where their own
    angle passes half a turn; with the identity as `near` angles are at most pi.
    """
    side = torch.where((quaternions * near).sum(-1, keepdim=True) < 0, -1.0, 1.0)
    w, axis = (quaternions * side).split([1, 3], dim=-1)
    sine = axis.square().sum(-1, keepdim=True).clamp_min(_LEAST).sqrt()
    vectors: Tensor = axis * (2 * torch.atan2(sine, w) / sine)
    return vectors


def multiply(a: Tensor, b: Tensor) -> Tensor:
    """The Hamilton product a b of quaternions (..., 4): b is applied first."""
    aw, ax, ay, az = a.unbind(-1)
    bw, bx, by, bz = b.unbind(-1)
    return torch.stack(
        [
            aw * bw - ax * bx - ay * by - az * bz,
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
        ],
        dim=-1,
    )


def inverse(quaternions: Tensor) -> Tensor:
    """The opposite rotations (..., 4)."""
    return quaternions * quaternions.new_tensor([1.0, -1.0, -1.0, -1.0])


def about_y(angle: Tensor) -> Tensor:
    """Rotations (..., 4) about the upright axis by an angle (...) [rad]."""
    zero = torch.zeros_like(angle)
    return torch.stack([(angle / 2).cos(), zero, (angle / 2).sin(), zero], dim=-1)


def turned(quaternions: Tensor, vectors: Tensor) -> Tensor:
    """Vectors (..., 3) turned by unit quaternions (..., 4)."""
    w, axis = quaternions.split([1, 3], dim=-1)
    axis, vectors = torch.broadcast_tensors(axis, vectors)
    twice = 2 * torch.linalg.cross(axis, vectors)
    moved: Tensor = vectors + w * twice + torch.linalg.cross(axis, twice)
    return moved


def matrices(quaternions: Tensor) -> Tensor:
    """Rotation matrices (..., 3, 3) of unit quaternions (..., 4)."""
    unit = torch.eye(3, dtype=quaternions.dtype, device=quaternions.device)
    return torch.stack([turned(quaternions, axis) for axis in unit], dim=-1)
