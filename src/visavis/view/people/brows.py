"""Brows that lie on the skin, and lashes along the upper lids."""

from __future__ import annotations

import numpy as np

from visavis.view.people.clay import Form, struck
from visavis.view.people.form import EYE
from visavis.view.people.surface_parts import Colour, Gloss, Part, grid_part

_HAIRY = Gloss(0.05, 0.2, 0.2)
_COLUMNS, _AROUND = 22, 8
_LASHES = 21


def brow(form: Form, colour: Colour, thickness: float, arch: float) -> Part:
    """The left brow, from the nose to the temple: a soft wedge whose middle lies on the skin."""
    way = np.linspace(0, 1, _COLUMNS) ** 1.4
    x = 1.45 + 4.05 * way
    y = 2.95 + (0.75 + arch) * np.sin(np.pi * np.clip(way * 0.86, 0, 1)) - 0.55 * way
    start = np.stack([x, y, 0 * x + 16], -1)
    line = struck(form, start, np.broadcast_to([0.0, 0.0, -1.0], start.shape))
    wide = thickness * (0.62 + 0.5 * np.sin(np.pi * np.clip(way * 1.15 + 0.12, 0, 1)) ** 0.8) * (1 - way**3.2 * 0.92)
    wide = wide * np.sqrt(1 - np.square(1 - np.clip(way / 0.07, 0, 1) * 0.97))
    along = np.gradient(line, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    out = line - np.array([0.55 * EYE[0], 1.0, -2.0]) * np.ones((_COLUMNS, 1))
    out -= along * (out * along).sum(1, keepdims=True)
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    up = np.cross(out, along)
    around = 2 * np.pi * np.arange(_AROUND) / _AROUND
    grid = line + wide[:, None] * (
        0.5 * np.cos(around)[:, None, None] * up + 0.34 * np.sin(around)[:, None, None] * out
    )
    ends = np.repeat(line[None, [0, -1]], _AROUND, axis=0)
    grid = np.concatenate([ends[:, :1], grid, ends[:, 1:]], axis=1)
    return grid_part(np.concatenate([grid, grid[:1]])[::-1], colour, _HAIRY, closed=False)


def lashes(inner: np.ndarray, edge: np.ndarray, colour: Colour, length: float) -> Part:
    """A dark fringe along the left upper lid, given its inner and outer edge (21, 3) from temple to nose.

    Its rows are: inner edge, tips, outer edge; each vertex belongs to the lid's vertex in its column.
    """
    outward = edge - EYE
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    way = np.linspace(0, 1, _LASHES)
    reach = length * np.sin(np.pi * np.clip(0.08 + 0.88 * (1 - way), 0, 1)) ** 0.7 * (1.15 - 0.75 * way)
    tips = edge + reach[:, None] * (outward + np.array([0.0, 0.35, 0.0]))
    tips[:, 0] += 0.5 * reach * (1 - way)
    grid = np.stack([inner + 0.01 * outward, tips, edge + 0.035 * outward + [0.0, 0.05, 0.0]])
    return grid_part(grid[:, ::-1], colour, _HAIRY, closed=False)
