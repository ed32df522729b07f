"""Rotations as unit quaternions (w, x, y, z): conversions and interpolation. float64 throughout."""

from __future__ import annotations

import numpy as np

from visavis.core.spaces import Rotation


def to_quaternion(values: np.ndarray, form: str) -> np.ndarray:
    """Rotation values (..., 3) [rad] of a `Rotation` form -> unit quaternions (..., 4)."""
    values = np.asarray(values, dtype=np.float64)
    if form == "axis-angle":
        angle = np.linalg.norm(values, axis=-1, keepdims=True)
        return np.concatenate([np.cos(angle / 2), values * np.sinc(angle / (2 * np.pi)) / 2], axis=-1)
    yaw, pitch, roll = np.moveaxis(values, -1, 0)
    zero = np.zeros_like(yaw)
    turn = np.stack([np.cos(yaw / 2), zero, np.sin(yaw / 2), zero], axis=-1)
    nod = np.stack([np.cos(pitch / 2), np.sin(pitch / 2), zero, zero], axis=-1)
    tilt = np.stack([np.cos(roll / 2), zero, zero, np.sin(roll / 2)], axis=-1)
    return multiply(multiply(turn, nod), tilt)


def quaternions_of(values: np.ndarray, rotation: Rotation) -> np.ndarray:
    """What one rotation of a space does in motion values (T, D) -> unit quaternions (T, 4)."""
    return to_quaternion(values[:, list(rotation.channels)], rotation.form)


def from_quaternion(quaternions: np.ndarray, form: str) -> np.ndarray:
    """Unit quaternions (..., 4) -> rotation values (..., 3) [rad] of a `Rotation` form."""
    w, x, y, z = np.moveaxis(np.asarray(quaternions, dtype=np.float64), -1, 0)
    if form == "axis-angle":
        sign = np.where(w < 0, -1.0, 1.0)
        w, x, y, z = w * sign, x * sign, y * sign, z * sign
        norm = np.sqrt(x * x + y * y + z * z)
        angle = 2 * np.arctan2(norm, w)
        scale = np.where(norm > 1e-12, angle / np.maximum(norm, 1e-12), 2.0)
        return np.stack([x, y, z], axis=-1) * scale[..., None]
    yaw = np.arctan2(2 * (x * z + w * y), 1 - 2 * (x * x + y * y))
    pitch = np.arcsin(np.clip(2 * (w * x - y * z), -1, 1))
    roll = np.arctan2(2 * (x * y + w * z), 1 - 2 * (x * x + z * z))
    return np.stack([yaw, pitch, roll], axis=-1)


def continuous(turns: np.ndarray) -> np.ndarray:
    """Axis-angle values (T, 3) [rad] of the same rotations that do not jump in time; the first stays as it is.

    Where a rotation passes half a turn, axis-angle otherwise goes on from the other side, as angles do at 180 degrees.
    """
    found = np.array(turns, dtype=np.float64)
    for frame in range(1, len(found)):
        found[frame] = nearest_form(found[frame], found[frame - 1])
    return found


def nearest_form(turns: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Axis-angle values (..., 3) [rad] of the same rotations, whole turns added, that are nearest to `others`."""
    angle = np.linalg.norm(turns, axis=-1, keepdims=True)
    axis = turns / np.maximum(angle, 1e-12)
    whole = np.round((np.sum(others * axis, axis=-1, keepdims=True) - angle) / (2 * np.pi))
    return np.asarray(turns + 2 * np.pi * whole * axis)


def multiply(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The Hamilton product a b of quaternions (..., 4): b is applied first."""
    aw, ax, ay, az = np.moveaxis(a, -1, 0)
    bw, bx, by, bz = np.moveaxis(b, -1, 0)
    return np.stack(
        [
            aw * bw - ax * bx - ay * by - az * bz,
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
        ],
        axis=-1,
    )


def inverse(quaternions: np.ndarray) -> np.ndarray:
    """The rotations that undo unit quaternions (..., 4)."""
    return np.asarray(quaternions * np.array([1.0, -1.0, -1.0, -1.0]))


def turned(quaternions: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Vectors (..., 3) turned by unit quaternions (..., 4)."""
    w, axis = quaternions[..., :1], quaternions[..., 1:]
    across = 2 * np.cross(axis, vectors)
    return np.asarray(vectors + w * across + np.cross(axis, across))


def slerp(a: np.ndarray, b: np.ndarray, fraction: np.ndarray) -> np.ndarray:
    """Spherical interpolation from a to b (..., 4), the short way round; fraction (...) in [0, 1]."""
    dot = np.sum(a * b, axis=-1, keepdims=True)
    b = np.where(dot < 0, -b, b)
    angle = np.arccos(np.clip(np.abs(dot), 0, 1))
    t = np.asarray(fraction)[..., None]
    small = angle < 1e-6
    sine = np.where(small, 1.0, np.sin(angle))
    left = np.where(small, 1 - t, np.sin((1 - t) * angle) / sine)
    right = np.where(small, t, np.sin(t * angle) / sine)
    mixed: np.ndarray = left * a + right * b
    mixed /= np.linalg.norm(mixed, axis=-1, keepdims=True)
    return mixed


def interpolate(values: np.ndarray, rotation: Rotation, position: np.ndarray) -> np.ndarray:
    """One rotation's channels (T, 3) read at fractional frame positions (N,) -> (N, 3) [rad].

    Axis-angle beyond half a turn stays there.
    """
    before = np.floor(position).astype(np.int64)
    after = np.minimum(before + 1, len(values) - 1)
    quaternions = to_quaternion(values, rotation.form)
    found = from_quaternion(slerp(quaternions[before], quaternions[after], position - before), rotation.form)
    return nearest_form(found, values[before]) if rotation.form == "axis-angle" else found
