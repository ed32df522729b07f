"""The head as one mesh: parts, colours, the 52 ARKit shapes, joints; and motion -> vertices.

Head space: x to the person's own left, y up, z ahead, [m]. V vertices, F triangles, J joints, T frames.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from visavis.core.builtin_spaces import ARKIT_WEIGHTS
from visavis.core.motion import Motion
from visavis.view.people.settle import settled
from visavis.view.performance import performance

NECK, HEAD, JAW, LEFT_EYE, RIGHT_EYE = range(5)


@dataclass(frozen=True)
class Joint:
    """A joint: its name, the number of its parent (-1 for none) and where it is at rest (3,) [m]."""

    name: str
    parent: int
    place: tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Head:
    """A person's head and shoulders.

    `points` (V, 3) [m] at rest, `faces` (F, 3) counter-clockwise from outside, `uv` (V, 2), `colours` (V, 3) as seen
    on a screen, `gloss` (V, 3) (see `parts`), `openness` (V,) to the sky, `shapes` (52, V, 3) [m] in the order of
    `ARKIT_WEIGHTS`, `joints` (J) with `weights` (V, J) that sum to one, `parts`: names -> vertices (slices).
    """

    points: np.ndarray
    faces: np.ndarray
    uv: np.ndarray
    colours: np.ndarray
    gloss: np.ndarray
    openness: np.ndarray
    shapes: np.ndarray
    joints: tuple[Joint, ...]
    weights: np.ndarray
    parts: Mapping[str, slice]

    def shaped(self, weights: np.ndarray) -> np.ndarray:
        """Vertices (V, 3) [m] under raw shape weights (52,), before any joint turns."""
        shift = settled(weights).astype(np.float32) @ self.shapes.reshape(len(self.shapes), -1)
        return np.asarray(self.points + shift.reshape(-1, 3), dtype=np.float32)

    def posed(self, weights: np.ndarray, turn: np.ndarray, gaze: np.ndarray) -> np.ndarray:
        """Vertices (V, 3) [m] under weights (52,), head yaw, pitch, roll (3,) and gaze (4,) [rad].

        Gaze is left yaw, left pitch, right yaw, right pitch.
        """
        points = self.shaped(weights)
        for name, joint, look in (("left eye", LEFT_EYE, gaze[:2]), ("right eye", RIGHT_EYE, gaze[2:])):
            ball, place = self.parts[name], np.array(self.joints[joint].place)
            points[ball] = (points[ball] - place) @ rotation(float(look[0]), float(look[1]), 0.0).T + place
        place = np.array(self.joints[HEAD].place, dtype=np.float32)
        turned = (points - place) @ rotation(*map(float, turn)).T.astype(np.float32) + place
        still = self.weights[:, NECK : NECK + 1]
        return np.asarray(turned + still * (points - turned), dtype=np.float32)

    def vertices(self, motion: Motion) -> np.ndarray:
        """Vertices (T, V, 3) float32 [m] of motion of any showable space; see `retarget.performance` for errors."""
        shown = performance(motion)
        poses = [shown.pose(frame) for frame in range(len(shown))]
        return np.stack([self.posed(pose.weights, pose.head, pose.gaze) for pose in poses])


def rotation(yaw: float, pitch: float, roll: float) -> np.ndarray:
    """The matrix (3, 3) that turns head space by a pose of arkit61 [rad]: yaw to the own right, pitch down."""
    cy, sy, cx, sx, cz, sz = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch), np.cos(roll), np.sin(roll)
    turn = np.array([[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]])
    nod = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    tilt = np.array([[cz, sz, 0], [-sz, cz, 0], [0, 0, 1]])
    return np.asarray(turn @ nod @ tilt)


def shape_number(name: str) -> int:
    """Where a shape stands in `Head.shapes`."""
    return ARKIT_WEIGHTS.index(name)
