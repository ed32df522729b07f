"""What is inside the mouth: teeth in their gums, and the tongue."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from visavis.view.people.form import MOUTH
from visavis.view.people.surface_parts import TOOTH_GLOSS, Colour, Gloss, Part, blend, grid_part, merged

TOOTH: Colour = (1.0, 0.975, 0.925)
GUM: Colour = (0.80, 0.42, 0.42)
TONGUE: Colour = (0.84, 0.45, 0.45)
_MOIST = Gloss(0.35, 0.55, 0.9)
_UPPER = ((0.80, 1.02), (0.66, 0.92), (0.70, 1.00), (0.62, 0.84), (0.66, 0.78))
_LOWER = ((0.50, 0.86), (0.54, 0.86), (0.62, 0.94), (0.62, 0.80), (0.66, 0.76))
"""Widths and heights [cm] of the teeth from the middle outwards."""
BEHIND_LIPS = 0.64
"""How far the upper teeth stand behind the line where the lips meet [cm]."""


@dataclass(frozen=True)
class Arch:
    """The curve along which teeth stand: its foremost point z [cm] and how it bends back."""

    z: float
    bend: float

    def at(self, way: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """x, z and the direction in which it points outwards [rad from ahead], after `way` [cm] from the middle."""
        x = np.linspace(0, 4, 400)
        z = self.z - self.bend * x**2
        travelled = np.append(0, np.cumsum(np.hypot(np.diff(x), np.diff(z))))
        at = np.interp(np.abs(way), travelled, x)
        side = np.sign(way)
        return side * at, self.z - self.bend * at**2, side * np.arctan(2 * self.bend * at)


def teeth(lips_z: float) -> tuple[Part, Part]:
    """The upper teeth with their gum, and the lower ones, when the lips meet at `lips_z` [cm]."""
    y = MOUTH[1]
    upper, lower = Arch(lips_z - BEHIND_LIPS, 0.195), Arch(lips_z - BEHIND_LIPS - 0.28, 0.21)
    return (
        merged([*_row(upper, _UPPER, y - 0.20, 1.0), _gum(upper, y + 0.98, 1.0)]),
        merged([*_row(lower, _LOWER, y - 0.26, -1.0), _gum(lower, y - 1.22, -1.0)]),
    )


def _row(arch: Arch, sizes: tuple[tuple[float, float], ...], edge: float, up: float) -> list[Part]:
    parts, way = [], 0.0
    for number, (width, height) in enumerate(sizes):
        for side in (1.0, -1.0):
            parts.append(_tooth(arch, side * (way + width / 2), width, height, edge + 0.05 * up * (number == 1), up))
        way += width
    return parts


def _tooth(arch: Arch, way: float, width: float, height: float, edge: float, up: float) -> Part:
    v, u = np.meshgrid(np.linspace(-np.pi / 2, np.pi / 2, 7), 2 * np.pi * np.arange(10) / 10, indexing="ij")

    def power(value: np.ndarray, exponent: float) -> np.ndarray:
        return np.asarray(np.sign(value) * np.abs(value) ** exponent)

    flat = np.stack([power(np.cos(v), 0.45) * power(np.sin(u), 0.6), power(np.sin(v), 0.6),
                     power(np.cos(v), 0.45) * power(np.cos(u), 0.7)], -1)  # fmt: skip
    taper = 1 - 0.07 * (1 + flat[..., 1] * up) / 2
    local = flat * np.array([width * 0.515, height * 0.6, 0.26])
    local[..., 0] *= taper
    x, z, turn = (float(value) for value in arch.at(np.array(way)))
    points = np.stack(
        [
            x + local[..., 0] * np.cos(turn) + local[..., 2] * np.sin(turn),
            edge + up * height / 2 + local[..., 1],
            z - 0.26 + local[..., 2] * np.cos(turn) - local[..., 0] * np.sin(turn),
        ],
        axis=-1,
    )
    root = np.clip((flat[..., 1] * up - 0.2) / 0.8, 0, 1)
    return grid_part(points, blend(TOOTH, (0.93, 0.87, 0.80), root), TOOTH_GLOSS, closed=True)


def _gum(arch: Arch, y: float, up: float) -> Part:
    way = np.linspace(-3.6, 3.6, 25)
    x, z, turn = arch.at(way)
    around = -2 * np.pi * np.arange(10) / 10
    out, high = 0.40 * np.cos(around)[:, None], 0.62 * np.sin(around)[:, None]
    waves = 0.05 * np.cos(way * 2 * np.pi / 0.7) * (high * up < 0)
    grid = np.stack([x + out * np.sin(turn), y + high + waves, z - 0.44 + out * np.cos(turn)], -1)
    grid = np.concatenate([grid, grid[:1]])
    return grid_part(grid[::-1], GUM, _MOIST, closed=False)


def tongue(lips_z: float) -> Part:
    """The tongue, lying behind the lower teeth; its rows run from root to tip, v of `uv` is how far along."""
    v, u = np.meshgrid(np.linspace(0.02, 1.0, 16), 2 * np.pi * np.arange(18) / 18, indexing="ij")
    z = lips_z - BEHIND_LIPS - 0.75 - 5.2 * (1 - v)
    body = np.sqrt(np.clip(1 - np.clip((v - 0.72) / 0.2801, 0, 1) ** 2, 0, 1)) * (0.75 + 0.25 * v)
    wide, thick = 1.55 * body, 0.55 * body
    groove = 0.16 * np.exp(-np.square(np.sin(u) / 0.30)) * (np.cos(u) > 0) * body
    x = wide * np.sin(u)
    y = MOUTH[1] - 0.95 - 0.25 * v + thick * np.cos(u) + 0.45 * np.sin(np.pi * v) - groove
    colours = blend(TONGUE, (0.72, 0.34, 0.36), np.clip(0.55 - v, 0, 1))
    return grid_part(np.stack([x, y, z], -1)[:, ::-1], colours, _MOIST, closed=True)
