"""The parts of the head: skull with jaw and cheeks, hair, nose, ears, neck, shoulders."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from visavis.view.looks import soft_step
from visavis.view.surface import Part, around, boxy, directions, lift, part, skull_points

MOUTH_Y = -0.64
JAW_DROP = 0.27
"""How far a fully open jaw is lowered."""
_SKULL_TOP = np.radians(68.0)
"""Nothing of the skull is seen above this elevation: hair covers it."""


@lru_cache(maxsize=2)
def skull(long_hair: bool) -> Part:
    """The skull with the shapes `jaw` (dropped), `left cheek` and `right cheek` (pushed out)."""
    towards = directions(21, around(36, 0.15), highest=float(_SKULL_TOP))
    grid = skull_points(towards)
    azimuth, elevation = np.arctan2(towards[..., 0], towards[..., 2]), np.arcsin(towards[..., 1])
    hidden = elevation > _hairline(azimuth, long_hair) + np.radians(14.0)
    shapes = {"jaw": _jaw_dropped(grid), "left cheek": _cheek_out(grid, 1.0), "right cheek": _cheek_out(grid, -1.0)}
    return part(grid, hidden=hidden, shapes=shapes)


def _jaw_dropped(grid: np.ndarray) -> np.ndarray:
    _, y, z = np.moveaxis(grid, -1, 0)
    share = soft_step((MOUTH_Y + 0.12 - y) / 0.42) * soft_step((z + 0.55) / 0.7)
    return np.asarray(grid + share[..., None] * np.array([0.0, -JAW_DROP, -0.06]))


def _cheek_out(grid: np.ndarray, side: float) -> np.ndarray:
    x, y, z = np.moveaxis(grid, -1, 0)
    share = np.exp(-(((x - side * 0.56) / 0.26) ** 2) - ((y + 0.42) / 0.26) ** 2) * (z > 0)
    return np.asarray(grid + share[..., None] * np.array([side * 0.10, 0.0, 0.08]))


def _hairline(azimuth: np.ndarray, long_hair: bool) -> np.ndarray:
    """The elevation [rad] where hair begins over each azimuth [rad]: forehead, temples, behind the ears, nape."""
    turned = np.abs(azimuth)
    front = np.radians(40.0)
    side, back = np.radians((-52.0, -52.0) if long_hair else (8.0, -38.0))
    line = front + (side - front) * soft_step((turned - 0.55) / 0.62)
    line = line + (back - line) * soft_step((turned - 1.6) / 0.5)
    if long_hair:
        parting = np.radians(10.0) * np.sin(-azimuth * 1.5 - 0.3)
        return np.asarray(line + parting * (1 - soft_step(turned)))
    return np.asarray(line + np.radians(2.5) * np.cos(azimuth * 5.0) * (1 - soft_step(turned / 0.9)))


@lru_cache(maxsize=2)
def hair(long_hair: bool) -> Part:
    """A shell over the skull above the hairline."""
    azimuth = around(38, 0.5)
    lowest = _hairline(azimuth, long_hair)
    towards = directions(14, azimuth, lowest)
    above = np.arcsin(towards[..., 1]) - lowest
    thickness = 1.005 + (0.125 if long_hair else 0.14) * soft_step((above + 0.05) / 0.55)
    return part(skull_points(towards) * thickness[..., None])


@lru_cache(maxsize=1)
def back_hair() -> Part:
    """Long hair behind face and neck."""
    towards = directions(18, around(30))
    unit = boxy(towards, 2.6)
    grid = unit * np.array([1.06, 1.42, 0.80]) + np.array([0.0, -0.12, -0.38])
    grid[..., 0] *= 1 + 0.10 * soft_step(-unit[..., 1])
    behind_face = (np.abs(np.arctan2(unit[..., 0], unit[..., 2])) < 0.7) & (unit[..., 1] > -0.3)
    return part(grid, hidden=behind_face, strength=np.full(18, 0.82))


@lru_cache(maxsize=1)
def nose() -> Part:
    """The nose, a patch of the face that rises towards its tip; its wings have the shapes `left/right sneer`.

    Towards the edge of the patch it is shaded like the face, so that no edge is seen.
    """
    shapes = {"left sneer": _nose(1.0, 0.0), "right sneer": _nose(0.0, 1.0)}
    raised, flat = part(_nose(0.0, 0.0), shapes=shapes), part(_nose(0.0, 0.0, height=0.0))
    row, column = (np.abs(np.linspace(-1.0, 1.0, count)) for count in (12, 11))
    inner = soft_step((1 - row[:, None]) / 0.2) * soft_step((1 - column) / 0.2)
    return replace(raised, normals=flat.normals + (raised.normals - flat.normals) * inner.reshape(-1, 1))


def _nose(left_sneer: float, right_sneer: float, height: float = 1.0) -> np.ndarray:
    y = np.linspace(-0.50, 0.18, 12)[:, None]
    half = 0.125 + 0.085 * soft_step((-0.12 - y) / 0.16)
    x = half * np.linspace(-1.0, 1.0, 11)
    ridge = soft_step((0.18 - y) / 0.50) ** 1.3 * soft_step((y + 0.47) / 0.13)
    rise = 0.30 * ridge * np.exp(-((x / (0.055 + 0.06 * soft_step((-0.10 - y) / 0.25))) ** 2))
    for side, sneer in ((1.0, left_sneer), (-1.0, right_sneer)):
        wing_y = -0.375 + 0.04 * sneer
        rise = rise + 0.09 * np.exp(-(((x - side * 0.105) / 0.045) ** 2) - ((y - wing_y) / 0.05) ** 2)
    edge = soft_step((half - np.abs(x)) / 0.07)
    return lift(np.stack([x, y + 0 * x], axis=-1), height * rise * edge + 0.004)


@lru_cache(maxsize=2)
def ear(side: float) -> Part:
    """The ear on one side: +1 own left, -1 own right."""
    grid = np.array([side * 0.955, -0.16, -0.08]) + np.array([0.10, 0.22, 0.15]) * directions(8, around(14))
    return part(grid, strength=np.full(8, 0.95))


@lru_cache(maxsize=1)
def neck() -> Part:
    """The neck, whose upper end turns with the head and lies in the shadow of the chin."""
    azimuth = np.linspace(-1.9, 1.9, 15)
    height = np.linspace(-1.86, -0.55, 7)
    y = height[:, None]
    radius = 0.44 + 0.20 * soft_step((-1.45 - y) / 0.45)
    grid = np.stack([radius * np.sin(azimuth), y + 0 * azimuth, 0.9 * radius * np.cos(azimuth) - 0.18], axis=-1)
    share = np.linspace(0.0, 1.0, 7)
    return part(grid, follow=soft_step(share), strength=1 - 0.30 * soft_step((1.1 * share - 0.1) / 0.6))


@lru_cache(maxsize=1)
def shoulders() -> Part:
    """The upper body, which stays where it is when the head turns."""
    grid = np.array([0.0, -3.05, -0.35]) + np.array([1.85, 1.42, 0.85]) * boxy(directions(24, around(96)), 2.6)
    return part(grid, follow=0.0)
