"""The net of the skin: a grid round the head with holes for eyes and mouth, each ringed by loops of quads.

The grid has COLUMNS columns, from the middle of the back round by the own right to the own left, and rows from the
neck to the crown. Everything is laid out mirror-symmetrically: column c mirrors column COLUMNS - c.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

COLUMNS, ROWS = 70, 70
MIDDLE = COLUMNS // 2


@dataclass(frozen=True)
class Hole:
    """A block of the grid that is cut out (column and row bounds) and ringed by `rings` loops inwards."""

    left: int
    right: int
    low: int
    high: int
    rings: int

    def rim(self) -> list[tuple[int, int]]:
        """The (row, column) on its edge, counter-clockwise from the middle of the side at the higher columns."""
        c, r = self.right, (self.low + self.high) // 2
        path = [(row, c) for row in range(r, self.high)]
        path += [(self.high, column) for column in range(self.right, self.left, -1)]
        path += [(row, self.left) for row in range(self.high, self.low, -1)]
        path += [(self.low, column) for column in range(self.left, self.right)]
        return path + [(row, c) for row in range(self.low, r)]


EYE_HOLE = Hole(MIDDLE + 7, MIDDLE + 19, 40, 48, 9)
MOUTH_HOLE = Hole(MIDDLE - 12, MIDDLE + 12, 22, 28, 15)


@dataclass(frozen=True, eq=False)
class Net:
    """Vertices by number: `grid` (ROWS, COLUMNS), -1 where cut; loops (rings, n) from outside in, the rim first."""

    grid: np.ndarray
    crown: int
    left_eye: np.ndarray
    right_eye: np.ndarray
    mouth: np.ndarray
    throat: int
    quads: np.ndarray
    triangles: np.ndarray
    mirror: np.ndarray

    @property
    def size(self) -> int:
        """How many vertices there are."""
        return len(self.mirror)

    def faces(self) -> np.ndarray:
        """All faces as triangles (F, 3), counter-clockwise from outside, laid out symmetrically."""
        q = self.quads
        first = np.concatenate([q[:, [0, 1, 2]], q[:, [0, 2, 3]]])
        return np.concatenate([first, self.triangles])

    def neighbours(self) -> np.ndarray:
        """Edges (E, 2) of the quads and fans, each in both directions, once."""
        sides = [self.quads[:, [i, (i + 1) % 4]] for i in range(4)]
        sides += [self.triangles[:, [i, (i + 1) % 3]] for i in range(3)]
        edges = np.concatenate(sides)
        return np.unique(np.concatenate([edges, edges[:, ::-1]]), axis=0)


@lru_cache(maxsize=1)
def skin_net() -> Net:
    """The one net that all heads share."""
    grid = np.arange(ROWS * COLUMNS).reshape(ROWS, COLUMNS)
    keep = np.ones_like(grid, dtype=bool)
    solid = np.ones((ROWS - 1, COLUMNS), dtype=bool)
    right_hole = Hole(COLUMNS - EYE_HOLE.right, COLUMNS - EYE_HOLE.left, EYE_HOLE.low, EYE_HOLE.high, EYE_HOLE.rings)
    for hole in (EYE_HOLE, right_hole, MOUTH_HOLE):
        keep[hole.low + 1 : hole.high, hole.left + 1 : hole.right] = False
        solid[hole.low : hole.high, hole.left : hole.right] = False
    number = np.full(grid.shape, -1)
    number[keep] = np.arange(keep.sum())
    count = int(keep.sum())
    loops = {}
    for name, hole in (("left", EYE_HOLE), ("mouth", MOUTH_HOLE)):
        rim = np.array([number[row, column] for row, column in hole.rim()])
        inner = count + np.arange(hole.rings * len(rim)).reshape(hole.rings, -1)
        loops[name] = np.concatenate([rim[None], inner])
        count += inner.size
    rim = np.array([number[row, (COLUMNS - column) % COLUMNS] for row, column in EYE_HOLE.rim()])
    inner = count + np.arange(EYE_HOLE.rings * len(rim)).reshape(EYE_HOLE.rings, -1)
    loops["right"] = np.concatenate([rim[None], inner])
    count += inner.size
    crown, throat = count, count + 1
    rows, columns = np.nonzero(solid)
    after = (columns + 1) % COLUMNS
    quads = [
        np.stack([number[rows, columns], number[rows, after], number[rows + 1, after], number[rows + 1, columns]], -1)
    ]
    for name, turn in (("left", 1), ("mouth", 1), ("right", -1)):
        outer, inner = loops[name][:-1], loops[name][1:]
        quad = np.stack([outer, np.roll(outer, -1, 1), np.roll(inner, -1, 1), inner], -1).reshape(-1, 4)
        quads.append(quad if turn > 0 else quad[:, ::-1])
    top, last = number[-1], loops["mouth"][-1]
    fan = np.stack([top, np.roll(top, -1), np.full(COLUMNS, crown)], -1)
    close = np.stack([last, np.roll(last, -1), np.full(len(last), throat)], -1)
    mirror = np.arange(count + 2)
    flipped = number[:, (-np.arange(COLUMNS)) % COLUMNS]
    mirror[number[keep]] = flipped[keep]
    mirror[loops["left"]], mirror[loops["right"]] = loops["right"], loops["left"]
    n = loops["mouth"].shape[1]
    mirror[loops["mouth"]] = loops["mouth"][:, (n // 2 - np.arange(n)) % n]
    return Net(
        number, crown, loops["left"], loops["right"], loops["mouth"], throat, np.concatenate(quads),
        np.concatenate([fan, close]), mirror,
    )  # fmt: skip
