"""The form of the head in clay, and its measures.

Head space: x to the person's own left, y up, z ahead, [cm]; the middle between the eyes lies at (0, 0, about 8).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from visavis.view.people.clay import Form, carved, ellipsoid, joined, rod

EYE_RADIUS = 2.0
LID = 1.135
"""Radius of the lids' outer side, in eyeball radii."""
MARGIN = 1.075
"""Radius of the lids' inner edge, in eyeball radii: a lid that closes on a straight way still passes the eyeball."""


@dataclass(frozen=True)
class Measures:
    """What makes one head differ from another [cm], as departures from the common form where 0 is common."""

    jaw: float = 0.0
    chin: float = 0.0
    cheek: float = 0.0
    nose_width: float = 0.0
    nose_length: float = 0.0
    brow: float = 0.0
    lips: float = 0.0
    neck: float = 0.0


COMMON = Measures()
EYE = np.array([3.42, 0.0, 5.55])
"""The centre of the left eyeball; the right one is its mirror image."""
MOUTH = np.array([0.0, -6.55, 0.0])
HALF_MOUTH = 2.35


def on_the_left(points: np.ndarray) -> np.ndarray:
    """Points (P, 3), those of the right half as their mirror images."""
    return np.asarray(np.concatenate([np.abs(points[:, :1]), points[:, 1:]], axis=1))


def nostril_place(measures: Measures) -> np.ndarray:
    """The middle (3,) of the left nostril's opening."""
    return np.array([0.62 + 0.15 * measures.nose_width, -4.40 - measures.nose_length, 8.82])


def nostrils(points: np.ndarray, measures: Measures) -> np.ndarray:
    """Distance of points (P, 3) from the hollows of the nostrils; it is symmetric in x."""
    x, y, z = nostril_place(measures).tolist()
    return ellipsoid(on_the_left(points), (x, y, z), (0.31, 0.52, 0.40))


def head_form(measures: Measures) -> Form:
    """The skin's surface as clay; it is symmetric in x."""

    def distance(points: np.ndarray) -> np.ndarray:
        return _face(on_the_left(points), measures)

    return distance


def _face(p: np.ndarray, m: Measures) -> np.ndarray:
    skull = ellipsoid(p, (0, 3.4, -1.0), (7.6, 7.9, 8.9))
    face = ellipsoid(p, (0, -2.8, 1.7), (6.7 + 0.5 * m.jaw, 7.6, 6.6))
    d = joined(skull, face, 3.0)
    jaw = rod(p, (4.6 + m.jaw, -5.0, 1.2), (0.9 + 0.4 * m.jaw, -8.7 - m.chin, 5.7), 1.6, 1.75)
    d = joined(d, jaw, 2.8)
    d = joined(d, ellipsoid(p, (0.0, -8.9 - m.chin, 6.7), (2.0 + 0.5 * m.jaw, 1.45, 1.5)), 2.2)
    d = joined(d, ellipsoid(p, (3.5, -3.9, 4.7), (2.75 + 0.3 * m.cheek, 2.6, 2.75 + 0.3 * m.cheek)), 1.8)
    d = joined(d, ellipsoid(p, (0, -6.5, 4.9), (3.4, 2.5, 3.45)), 1.6)
    d = joined(d, rod(p, (0.0, 2.7, 6.9), (4.7, 2.5, 5.1), 0.75 + 0.25 * m.brow, 0.7 + 0.2 * m.brow), 1.6)
    d = carved(d, ellipsoid(p, (3.15, 0.0, 8.5), (2.25, 1.75, 1.75)), 1.3)
    d = _with_nose(d, p, m)
    d = joined(d, np.linalg.norm(p - EYE, axis=1) - LID * EYE_RADIUS, 0.6)
    neck = rod(p, (0, -5.0, -1.9), (0, -22.0, -3.2), 4.0 + m.neck, 4.5 + m.neck)
    return joined(d, neck, 2.2)


def _with_nose(d: np.ndarray, p: np.ndarray, m: Measures) -> np.ndarray:
    long, wide = m.nose_length, m.nose_width
    bridge = rod(p, (0, 1.8, 6.75), (0, -3.1 - long, 8.75), 0.72, 0.85 + 0.15 * wide)
    d = joined(d, bridge, 1.1)
    d = joined(d, ellipsoid(p, (0, -3.5 - long, 9.1), (0.95 + 0.2 * wide, 0.88, 0.92)), 0.7)
    wing = ellipsoid(p, (1.12 + 0.3 * wide, -3.85 - long, 8.1), (0.68 + 0.1 * wide, 0.66, 0.85))
    d = joined(d, wing, 0.45)
    return carved(d, nostrils(p, m), 0.16)
