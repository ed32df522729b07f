"""Shapes of jaw and mouth, as displacements (V, 3) [cm] of the skin. One-sided ones are the left ones."""

from __future__ import annotations

import numpy as np

from visavis.view.people.form import HALF_MOUTH, MOUTH
from visavis.view.people.lip_loops import line
from visavis.view.people.regions import Regions
from visavis.view.people.surface_parts import soft_step

HINGE = np.array([0.0, -2.2, -0.3])
"""The axis about which the jaw turns."""
OPEN = float(np.radians(15.0))
"""How far a fully open jaw is turned."""
_CORNER = float(MOUTH[1] + line(np.array(1.0)))
_BEND = 0.24
"""How lips that glide sideways go back over the teeth: z falls by this times x squared [1/cm]."""


def jaw_turn(points: np.ndarray) -> np.ndarray:
    """Displacement of points that belong wholly to the jaw when it is fully open."""
    c, s = np.cos(OPEN), np.sin(OPEN)
    arm = points - HINGE
    turned = np.stack([arm[:, 0], c * arm[:, 1] - s * arm[:, 2], c * arm[:, 2] + s * arm[:, 1]], -1)
    return np.asarray(turned - arm)


def jaw_share(r: Regions) -> np.ndarray:
    """How much of the jaw's turn a vertex takes part in, (V,)."""
    x, y, z = r.points.T
    bent = np.abs(r.along) ** 2.6
    upper_lip = 0.40 * bent
    lower_lip = 1 - 0.60 * bent
    away = np.exp(-np.square(np.minimum(r.below, 0) / 1.5))
    above = upper_lip * away
    under = lower_lip + (1 - lower_lip) * soft_step(r.below / 2.6)
    in_mouth = np.where(r.side + (r.side == 0) * np.sign(-r.below) > 0, above, under)
    cheek = soft_step((r.below + 3.0) / 6.2)
    beyond = soft_step((np.abs(x) - HALF_MOUTH) / 2.2)
    lips = np.where(r.side == 0, 1.0, 0.0)
    share = in_mouth + (cheek - in_mouth) * beyond * lips
    share = np.where((r.side == 0) & np.isfinite(r.share), 0.40, share)
    behind = soft_step((z + 0.5) / 5.0)
    throat = soft_step((z - 0.8) / 4.6)
    low = soft_step((-8.2 - y) / 2.4)
    return np.asarray(share * np.where(np.isfinite(r.share), 1.0, behind * (1 - low) + throat * low))


def jaw_shapes(r: Regions) -> dict[str, np.ndarray]:
    """Opening, and gliding forward and to the left."""
    share = jaw_share(r)[:, None]
    glide = share**0.8 + (0.30 * _lip(r, 1.0) * (1 - np.abs(r.along)))[:, None]
    return {
        "JawOpen": share * jaw_turn(r.points) + _narrowed(r),
        "JawForward": glide * [0.0, -0.12, 0.75],
        "JawLeft": glide * [0.85, -0.10, 0.0],
        "MouthClose": _close(r),
    }


def _narrowed(r: Regions) -> np.ndarray:
    """The corners of an open mouth come together a little."""
    x = r.points[:, 0]
    pull = 0.30 * x / HALF_MOUTH * np.exp(-((x / 3.4) ** 4)) * _both(r)
    return _glided(r, -pull, 0 * pull)


def _close(r: Regions) -> np.ndarray:
    """What brings the lips together again when the jaw is open, in the middle between them."""
    bent = np.abs(r.along) ** 2.6
    gap = (1 - bent)[:, None] * jaw_turn(r.meet)
    upper = np.exp(-np.square(np.minimum(r.below, 0) / 1.7))
    lower = np.exp(-np.square(np.maximum(r.below, 0) / 2.1))
    is_upper = r.side + (r.side == 0) * np.sign(-r.below) > 0
    front = np.where(
        np.isfinite(r.share), np.where(r.points[:, 2] > 6.5, 1.0, 0.5), soft_step((r.points[:, 2] - 3) / 3)
    )
    share = np.where(is_upper, 0.42 * upper, -0.58 * lower) * front
    return np.asarray(share[:, None] * gap)


def _glided(r: Regions, sideways: np.ndarray, up: np.ndarray, ahead: np.ndarray | float = 0.0) -> np.ndarray:
    """Displacements along the curve of the teeth."""
    x = r.points[:, 0]
    back = _depth(x) - _depth(x + sideways)
    return np.stack([sideways, up, back + ahead], -1)


def _depth(x: np.ndarray) -> np.ndarray:
    return np.asarray(_BEND * 12.0 * np.tanh(np.square(x) / 12.0))


def _corner(r: Regions, inside: float = 1.7, outside: float = 2.2, high: float = 1.8) -> np.ndarray:
    """1 at the left corner of the mouth, softly less around it."""
    x, y, z = r.points.T
    off = x - HALF_MOUTH
    y = np.where(np.isfinite(r.share), MOUTH[1] + line(r.along), y)
    beside = np.where(off < 0, np.clip(x / HALF_MOUTH, 0, 1) ** inside, np.exp(-np.square(off / outside)))
    return np.asarray(beside * np.exp(-np.square((y - _CORNER) / high)) * soft_step((z - 0.5) / 3))


def _both(r: Regions) -> np.ndarray:
    return np.asarray(
        np.exp(-np.square(r.points[:, 0] / 3.0) - np.square((r.points[:, 1] - MOUTH[1]) / 2.2))
        * soft_step((r.points[:, 2] - 1) / 4)
    )


def _lip(r: Regions, side: float, reach: float = 1.6) -> np.ndarray:
    """1 on one lip, nothing on the other, softly less away from it and towards the corners."""
    beside = side * -r.below
    own = np.where(r.side == 0, beside >= 0, r.side == side)
    fade = np.exp(-np.square(np.maximum(beside - 0.6, 0) / reach))
    arch = np.clip(1 - np.square(r.points[:, 0] / (HALF_MOUTH + 0.4)), 0, 1)
    arch = np.where(np.isfinite(r.share), np.clip(1 - r.along**4, 0, 1), arch)
    deep = np.where(np.isfinite(r.share), soft_step((r.points[:, 2] - 4.0) / 3), soft_step((r.points[:, 2] - 3) / 4))
    return np.asarray(own * fade * arch * deep)


def mouth_shapes(r: Regions) -> dict[str, np.ndarray]:
    """All shapes of the lips."""
    return {**_corner_shapes(r), **_round_shapes(r), **_lip_shapes(r)}


def _corner_shapes(r: Regions) -> dict[str, np.ndarray]:
    corner, wide = _corner(r, 2.1), _corner(r, 1.3, 2.6, 2.4)
    zero = np.zeros_like(corner)
    x, y, _ = r.points.T
    cheek = r.near((4.3, -3.6, 6.6), (1.9, 1.6, 2.6))
    smile = _glided(r, 0.78 * corner, 0.80 * corner, -0.10 * corner) + cheek[:, None] * [0.22, 0.42, 0.38]
    smile += (_lip(r, -1.0) * r.left)[:, None] * [0.0, 0.10, -0.06] + (_lip(r, 1.0) * r.left)[:, None] * [
        0,
        0.08,
        -0.05,
    ]
    chin = r.near((1.0, -8.6, 8.0), (1.6, 1.2, 2.0))
    frown = _glided(r, -0.05 * corner, -0.80 * corner, zero) + chin[:, None] * [0.0, 0.16, 0.12]
    fold = np.exp(-np.square((x - HALF_MOUTH - 0.55) / 0.55) - np.square((y - _CORNER) / 0.8)) * soft_step(
        r.points[:, 2] / 3
    )
    dimple = _glided(r, 0.50 * corner, 0.12 * corner, -0.10 * corner) - fold[:, None] * [0.0, 0.0, 0.35]
    neck = r.near((3.6, -9.2, 4.4), (2.2, 1.8, 3.0))
    stretch = _glided(r, 0.85 * wide, -0.22 * wide, -0.05 * wide) + neck[:, None] * [0.15, -0.28, 0.0]
    press = np.where(np.isfinite(r.share) & (r.side != 0), r.share, 0.0) * r.left * np.clip(1 - r.along**4, 0, 1)
    pressed = np.stack([zero, -0.42 * r.side * press, -0.14 * press], -1)
    around = np.where(np.isfinite(r.share), 0.0, _lip(r, -1.0) + _lip(r, 1.0)) * r.left
    pressed += np.stack([zero, np.sign(r.below) * 0.26 * around, 0.05 * around], -1)
    pressed += _glided(r, 0.16 * corner, 0.0 * corner, -0.10 * corner)
    return {
        "MouthSmileLeft": smile, "MouthFrownLeft": frown, "MouthDimpleLeft": dimple, "MouthStretchLeft": stretch,
        "MouthPressLeft": pressed,
    }  # fmt: skip


def _round_shapes(r: Regions) -> dict[str, np.ndarray]:
    x, y, _ = r.points.T
    both = _both(r)
    lips = np.isfinite(r.share)
    tight = (
        x
        / HALF_MOUTH
        * np.exp(-((x / 3.6) ** 4))
        * np.exp(-np.square((y - MOUTH[1]) / 2.3))
        * soft_step((r.points[:, 2] - 1) / 4)
    )
    upper, lower = _lip(r, 1.0), _lip(r, -1.0)
    flat = np.where(lips, MOUTH[1] + line(r.along), y)
    pucker = np.stack([-1.15 * tight, (MOUTH[1] - 0.05 - flat) * 0.6 * both, 0.75 * both + 0.45 * np.abs(tight)], -1)
    pucker += np.where(lips, np.nan_to_num(r.share) * r.side * np.clip(1 - r.along**6, 0, 1), 0)[:, None] * [
        0.0,
        0.20,
        0.14,
    ]
    funnel = np.stack([-0.92 * tight, (MOUTH[1] - flat) * 0.4 * both, 0.66 * both + 0.40 * np.abs(tight)], -1)
    funnel += (upper - 1.15 * lower)[:, None] * [0.0, 0.42, 0.0] + (upper + lower)[:, None] * [0.0, 0.0, 0.14]
    side = np.exp(-np.square(x / 3.6) - np.square((y - MOUTH[1]) / 2.1)) * soft_step((r.points[:, 2] - 1) / 4)
    left = _glided(r, 0.95 * side, 0.06 * side * np.sign(x) * np.minimum(np.abs(x), 1), 0 * side)
    puffed = r.near((4.0, -5.9, 6.2), (2.0, 1.9, 2.6)) + r.near((-4.0, -5.9, 6.2), (2.0, 1.9, 2.6))
    puff = puffed
    puff_out = np.stack([1.0 * puff * np.sign(x) * np.minimum(np.abs(x) / 4, 1), 0.05 * puff, 0.62 * puff], -1)
    puff_out += np.stack([-0.45 * tight, 0 * x, 0.20 * both], -1)
    return {"MouthPucker": pucker, "MouthFunnel": funnel, "MouthLeft": left, "CheekPuff": puff_out}


def _lip_shapes(r: Regions) -> dict[str, np.ndarray]:
    upper, lower = _lip(r, 1.0), _lip(r, -1.0)
    share = np.nan_to_num(r.share) * np.isfinite(r.share)
    arch = np.clip(1 - r.along**4, 0, 1)
    roll_u, roll_l = (share * (r.side == side) * arch for side in (1.0, -1.0))
    zero = np.zeros_like(upper)
    chin = r.near((0.0, -8.7, 8.2), (2.2, 1.3, 2.2))
    lips = _both(r)
    wing = r.near((1.6, -4.6, 8.2), (1.0, 0.9, 1.4))
    outside = ~np.isfinite(r.share)
    return {
        "MouthRollUpper": np.stack(
            [zero, -0.10 * upper * outside - 0.50 * roll_u - 0.08 * upper, -0.22 * upper - 0.10 * roll_u], -1
        ),
        "MouthRollLower": np.stack(
            [zero, 0.14 * lower * outside + 0.62 * roll_l + 0.08 * lower, -0.24 * lower - 0.12 * roll_l], -1
        ),
        "MouthShrugLower": np.stack(
            [zero, 0.42 * lips * (0.6 + 0.4 * (r.below > 0)) + 0.30 * chin, 0.16 * lips + 0.24 * chin], -1
        )
        + lower[:, None] * [0.0, 0.0, 0.22],
        "MouthShrugUpper": np.stack([zero, 0.34 * lips, 0.10 * lips], -1) + upper[:, None] * [0.0, 0.0, 0.18],
        "MouthUpperUpLeft": (upper * r.left)[:, None] * [0.03, 0.62, 0.05] + wing[:, None] * [0.05, 0.16, 0.0],
        "MouthLowerDownLeft": (lower * r.left)[:, None] * [0.03, -0.70, 0.0],
    }
