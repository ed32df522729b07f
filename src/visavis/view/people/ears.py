"""The ears: a shell whose rim rolls forward round a hollow."""

from __future__ import annotations

import numpy as np

from visavis.view.people.surface_parts import SKIN_GLOSS, Colour, Part, blend, grid_part

PLACE = np.array([7.3, -1.3, -1.1])
_TALL, _WIDE, _FLARE, _LEAN = 2.9, 1.75, np.radians(28.0), np.radians(10.0)
_SECTION = np.array([
    # share of the outline, height above the side of the head
    (0.45, -1.7), (0.80, -0.2), (0.97, 0.45), (1.04, 0.78), (1.02, 0.98), (0.93, 1.00), (0.84, 0.84), (0.77, 0.66),
    (0.68, 0.66), (0.58, 0.74), (0.47, 0.68), (0.36, 0.36), (0.22, 0.12), (0.02, 0.02),
])  # fmt: skip
_AROUND = 30


def ear(skin: Colour, shade: Colour) -> Part:
    """The left ear; the hollow inside it takes the colour `shade`."""
    turn = 2 * np.pi * np.arange(_AROUND) / _AROUND
    reach, height = _SECTION[:, :1], _SECTION[:, 1:]
    lobe = np.clip(-np.sin(turn), 0, 1)
    ahead = np.clip(np.cos(turn), 0, 1)
    outline_x = _WIDE * np.cos(turn) * (1 - 0.42 * lobe**1.5)
    outline_y = _TALL * np.sin(turn) + 0.25 * np.cos(turn)
    inner = np.clip((reach - 0.3) / 0.7, 0, 1)
    x = reach * outline_x + 0.25 * (1 - inner)
    y = reach * outline_y - 0.35 * (1 - inner)
    rim = _rolled(turn)
    rolled = height * np.where(height > 0.5, 0.62 + 0.38 * rim, 1.0) - 0.55 * ahead**1.5 * np.clip(
        2 * reach - 0.5, 0, 1
    )
    out = np.where(reach < 0.5, rolled - 0.25 * (1 - reach / 0.5), rolled)
    tilt, lean = _turn_y(_FLARE), _turn_x(_LEAN)
    colours = blend(skin, shade, np.clip((0.62 - reach) / 0.5, 0, 1) * 0.55 + 0 * turn)
    points = PLACE + np.stack([out, y, x], -1) @ (tilt @ lean).T
    return grid_part(points[:, ::-1], colours[:, ::-1], SKIN_GLOSS, closed=True)


def _turn_y(angle: float) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]])


def _turn_x(angle: float) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[1, 0, 0], [0, c, s], [0, -s, c]])


def _rolled(turn: np.ndarray) -> np.ndarray:
    """How much the rim is rolled: fully above and behind, hardly at the lobe."""
    return np.asarray(np.clip(0.9 + 0.9 * np.sin(turn) - 0.3 * np.cos(turn), 0, 1))
