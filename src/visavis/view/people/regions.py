"""Where on the skin a vertex lies, in the terms in which the shapes are described."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from visavis.view.people.form import HALF_MOUTH, MOUTH
from visavis.view.people.lids import angles
from visavis.view.people.lip_loops import LIP_LOOPS, line
from visavis.view.people.loops import Net
from visavis.view.people.surface_parts import soft_step

LAID = LIP_LOOPS + 5
"""Loops of lips and pouch, counted from the inside."""


@dataclass(frozen=True, eq=False)
class Regions:
    """The skin's vertices (V, 3) [cm] and what is known of each, (V,).

    `side`: +1 upper lip, -1 lower lip and the pouch behind them, 0 elsewhere; `share`: 1 at the lips' border, 0 where
    they meet, NaN elsewhere; `along`: -1 right to 1 left corner of the mouth, clipped beyond; `below`: how far below
    the line of the mouth [cm]; `across`, `up`, `radius`: angles about the left eye [rad, cm];
    `meet` (V, 3): where the lips meet at the vertex's `along`.
    """

    points: np.ndarray
    side: np.ndarray
    share: np.ndarray
    along: np.ndarray
    below: np.ndarray
    across: np.ndarray
    up: np.ndarray
    radius: np.ndarray
    meet: np.ndarray

    def near(self, centre: tuple[float, float, float], reach: tuple[float, float, float]) -> np.ndarray:
        """1 at a place and softly less around it."""
        return np.asarray(np.exp(-np.square((self.points - np.array(centre)) / np.array(reach)).sum(axis=1)))

    @property
    def left(self) -> np.ndarray:
        """The share of a vertex in the left half of the mouth: that of its mirror image is the rest to one."""
        return soft_step((self.points[:, 0] + 1.1) / 2.2)


def skin_regions(net: Net, points: np.ndarray) -> Regions:
    """Describe the skin's vertices."""
    x, y, _ = points.T
    side, share = np.zeros(len(points)), np.full(len(points), np.nan)
    along = np.clip(x / HALF_MOUTH, -1, 1)
    laid = net.mouth[-LAID:]
    count = laid.shape[1]
    turn = 2 * np.pi * np.arange(count) / count
    flag = np.where(np.isclose(np.sin(turn), 0, atol=1e-9), 0.0, np.sign(np.sin(turn)))
    side[laid] = flag
    along[laid] = np.sign(np.cos(turn)) * np.abs(np.cos(turn)) ** 0.92
    share[laid] = np.array([1.0, 0.78, 0.52, 0.27, 0.08, *[0.0] * 6])[:, None]
    below = MOUTH[1] + line(along) - y
    across, up, radius = angles(points)
    half = np.arange(count // 2, -1, -1)
    meets = points[laid[LIP_LOOPS - 1, half]]
    meet = np.stack([np.interp(along, along[laid[0, half]], meets[:, i]) for i in range(3)], -1)
    return Regions(points, side, share, along, below, across, up, radius, meet)
