"""The opening between the lids, in angles about the eye: where the lid loops lie and how they travel.

Angles are seen from the centre of the left eyeball, along its own axis, which is turned a little outwards:
`across` is positive to the temple, `up` positive upwards [rad]. N points of a loop run from the outer corner over the
upper lid to the inner corner and back under it.
"""

from __future__ import annotations

import numpy as np

from visavis.view.people.clay import Form, struck
from visavis.view.people.form import EYE, EYE_RADIUS, LID, MARGIN

OUTWARDS, TILT = np.radians(4.0), np.radians(4.0)
WIDTH = np.radians(47.0)
UPPER, LOWER = np.radians(22.0), np.radians(21.0)
SHUT = np.radians(-11.0)
"""Where the lids meet, in the middle of the eye."""
_FOLDS = np.radians([17.0, 9.0, 3.5, 0.0])
"""How far outside of the opening the loops of the lid's skin lie; the last one is its edge."""


def opening(count: int) -> tuple[np.ndarray, np.ndarray]:
    """The lids' edge when the eye is open, as (across, up), each (N,)."""
    turn = 2 * np.pi * np.arange(count) / count
    across = WIDTH * np.sign(np.cos(turn)) * np.abs(np.cos(turn)) ** 1.05
    lean = 1 - 0.10 * np.cos(turn)
    high = np.where(np.sin(turn) >= 0, UPPER * lean, LOWER * (2 - lean) * 0.98)
    up = high * np.sign(np.sin(turn)) * np.abs(np.sin(turn)) ** 0.92
    return across, up


def edge(across: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The upper and the lower lid's edge (up) over `across`; beyond the corners both lie where the lids meet."""
    x, y = opening(160)
    order = np.argsort(x[:81])
    upper = np.interp(across, x[:81][order], y[:81][order])
    below_x, below_y = np.append(x[80:], x[0]), np.append(y[80:], y[0])
    order = np.argsort(below_x)
    return upper, np.interp(across, below_x[order], below_y[order])


def seam(across: np.ndarray) -> np.ndarray:
    """Where closed lids meet (up) over `across`."""
    return np.asarray(SHUT * np.clip(1 - np.square(across / WIDTH), 0, 1))


def basis() -> np.ndarray:
    """Rows: across, up and ahead of the left eye's opening, in head space (3, 3)."""
    ahead = np.array([np.sin(OUTWARDS), 0.0, np.cos(OUTWARDS)])
    across = np.array([np.cos(OUTWARDS), 0.0, -np.sin(OUTWARDS)])
    up = np.array([0.0, 1.0, 0.0])
    return np.stack([np.cos(TILT) * across + np.sin(TILT) * up, np.cos(TILT) * up - np.sin(TILT) * across, ahead])


def towards(across: np.ndarray, up: np.ndarray) -> np.ndarray:
    """Unit vectors (N, 3) in head space: turned by `across`, then lifted by `up`."""
    local = np.stack([np.sin(across) * np.cos(up), np.sin(up), np.cos(across) * np.cos(up)], -1)
    return np.asarray(local @ basis())


def angles(points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points (N, 3) around the left eye -> across, up [rad], radius [cm]."""
    local = (points - EYE) @ basis().T
    radius = np.linalg.norm(local, axis=1)
    return np.arctan2(local[:, 0], local[:, 2]), np.arcsin(np.clip(local[:, 1] / radius, -1, 1)), radius


def lid_loops(form: Form, count: int) -> np.ndarray:
    """The loops of the left eye's lids (6, N, 3) from outside in: skin, edge, inner edge, and a fold behind it."""
    across, up = opening(count)
    turn = 2 * np.pi * np.arange(count) / count
    loops = []
    for fold in _FOLDS:
        inward = np.where(np.cos(turn) < 0, 0.3, 1.0)
        ray = towards(across + fold * inward * np.cos(turn), up + fold * np.sin(turn))
        start = EYE + LID * EYE_RADIUS * ray
        nasal = np.clip(1.3 * -np.cos(turn), 0, 1)[:, None]
        out = ray + nasal * ([0.0, 0.0, 1.0] - ray)
        hit = struck(lambda points: -form(points), start, out / np.linalg.norm(out, axis=1, keepdims=True))
        loops.append(start if fold == 0 else np.where(form(start)[:, None] < 0, hit, start))
    inner = EYE + MARGIN * EYE_RADIUS * towards(across, up)
    hidden = EYE + 1.02 * EYE_RADIUS * towards(across * 1.06, up + np.radians(7.0) * np.sin(turn))
    return np.stack([*loops, inner, hidden])
