"""The lips and the pouch of the mouth behind them, as loops round the line where the lips meet.

N points of a loop run from the own left corner over the upper lip to the right corner and back along the lower lip.
"""

from __future__ import annotations

import numpy as np

from visavis.view.people.clay import Form, struck
from visavis.view.people.form import HALF_MOUTH, MOUTH, Measures

_BORDER_TO_LINE = (1.0, 0.78, 0.52, 0.27, 0.08, 0.0)
"""Where the loops of the lips lie between their border (1) and the line where they meet (0)."""
LIP_LOOPS = len(_BORDER_TO_LINE)
_POUCH = ((0.2, 0.2, 0.0), (0.42, 0.75, 0.1), (0.55, 1.6, 0.3), (2.4, 1.9, 0.6), (4.6, 1.5, 0.4))
"""Loops behind the lips: depth behind the line, half height, and how much wider than the mouth [cm]."""
INNER_LOOPS = len(_POUCH)


def lip_loops(form: Form, count: int, measures: Measures) -> np.ndarray:
    """The loops (11, N, 3) from the lips' border to the end of the pouch."""
    turn = 2 * np.pi * np.arange(count) / count
    along = np.sign(np.cos(turn)) * np.abs(np.cos(turn)) ** 0.92
    is_upper = np.sin(turn) >= 0
    side = np.where(is_upper, 1.0, -1.0)
    loops = []
    for share in _BORDER_TO_LINE:
        x = along * (HALF_MOUTH + 0.22 * share)
        y = MOUTH[1] + line(along) + side * share * _height(along, is_upper, measures)
        flat = np.stack([x, y, np.full(count, 16.0)], -1)
        loops.append(struck(form, flat, np.broadcast_to([0.0, 0.0, -1.0], flat.shape)))
    full = np.clip(1 - along**2, 0, 1) ** 0.5
    for loop, share in zip(loops, _BORDER_TO_LINE, strict=True):
        loop[:, 2] += _profile(share, is_upper, measures) * full
        loop[:, 2] -= 0.12 * (1 - share) * (1 - full)
    meet = loops[-1]
    for depth, half_height, wider in _POUCH:
        pouch = meet.copy()
        pouch[:, 0] = along * (HALF_MOUTH + wider)
        pouch[:, 1] = MOUTH[1] + line(along) * max(0.0, 1 - depth) + side * half_height * np.abs(np.sin(turn)) ** 0.6
        pouch[:, 2] = np.minimum(meet[:, 2] - depth * (0.9 + 0.1 * full), meet[count // 4, 2] - depth)
        loops.append(pouch)
    return np.stack(loops)


def line(along: np.ndarray) -> np.ndarray:
    """Height [cm] of the line where the lips meet, from corner (-1) to corner (1): a friendly bow."""
    middle = np.exp(-np.square(along / 0.22))
    return np.asarray(0.34 * along**2 - 0.02 - 0.07 * middle)


def _height(along: np.ndarray, is_upper: np.ndarray, m: Measures) -> np.ndarray:
    arch = np.clip(1 - along**2, 0, 1) ** 0.62
    bow = np.exp(-np.square((np.abs(along) - 0.22) / 0.24)) * 0.14 - 0.05 * np.exp(-np.square(along / 0.10))
    upper = (0.62 + 0.12 * m.lips) * arch + bow * arch
    lower = (0.80 + 0.18 * m.lips) * np.clip(1 - along**2, 0, 1) ** 0.75
    return np.asarray(np.where(is_upper, upper, lower) + 0.015)


def _profile(share: float, is_upper: np.ndarray, m: Measures) -> np.ndarray:
    """How far the lips stand out [cm]: fullest in the middle, and turned in where they meet."""
    swell = np.sin(np.pi * np.clip(share, 0, 1) ** 0.7)
    full = np.where(is_upper, 0.30, 0.38) + 0.10 * m.lips
    rolled = -0.10 * (1 - share) ** 3
    return np.asarray(full * swell + rolled + np.where(is_upper, 0.10, 0.02) * (1 - share))
