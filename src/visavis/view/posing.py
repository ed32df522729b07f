"""Motion -> what turns and bends a mesh: weights of the arkit61 shapes, and joints as rotations.

T frames. Quaternions are (w, x, y, z) in the axes of a mesh: x to the own left, y up, z ahead.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from visavis.core.builtin_spaces import ARKIT61, ARKIT_WEIGHTS, JAW_FULLY_OPEN
from visavis.core.motion import Motion
from visavis.core.retarget import arkit_turns, to_arkit
from visavis.core.rotations import to_quaternion
from visavis.view.mesh import JAW, LEFT_EYE, RIGHT_EYE, Mesh
from visavis.view.performance import performance

_EYES = (LEFT_EYE, RIGHT_EYE)
_WEIGHTS = np.concatenate([ARKIT61.indices(name) for name in ARKIT_WEIGHTS])
_JAW_OPEN, _GAZE = int(ARKIT61.indices("JawOpen")[0]), ARKIT61.indices("gaze")
_ANGLES = {rotation.name: list(rotation.channels) for rotation in ARKIT61.rotations}
"""The angles of each joint that arkit61 turns: its rotations carry the joints' names."""


@dataclass(frozen=True, eq=False)
class Posing:
    """`weights` (T, 52) of the arkit61 shapes; `turns` gives every joint's rotation (T, 4) relative to its parent."""

    weights: np.ndarray
    turns: dict[str, np.ndarray]

    def for_mesh(self, mesh: Mesh) -> np.ndarray:
        """Weights (T, N) of a mesh's own shapes; shapes that arkit61 does not know stay at 0."""
        column = {name: i for i, name in enumerate(ARKIT_WEIGHTS)}
        weights = np.zeros((len(self.weights), len(mesh.names)), np.float32)
        for i, name in enumerate(mesh.names):
            if name in column:
                weights[:, i] = self.weights[:, column[name]]
        return weights

    def turns_of(self, mesh: Mesh) -> dict[str, np.ndarray]:
        """Rotations (T, 4) of a mesh's joints; a jaw turns only where no shape opens the mouth."""
        names = [joint.name for joint in mesh.joints if joint.name in self.turns]
        return {name: self.turns[name] for name in names if name != JAW or "JawOpen" not in mesh.names}


def posing(motion: Motion) -> Posing:
    """What motion does to a mesh, as far as its space can say (docs/view.md).

    Where all eye angles are 0 the eyes turn as the look weights say. Weights are not clipped.
    Raises `VisavisError` for a space that cannot be shown, and for motion that is empty or not finite.
    """
    shown = to_arkit(motion.require_finite("motion to show"))
    turns = {name: arkit_turns(shown.values[:, columns]) for name, columns in _ANGLES.items()}
    if not np.any(shown.values[:, _GAZE]):
        gaze = np.asarray(performance(motion).gaze, np.float64)
        level = np.zeros(len(gaze))
        for eye, (yaw, pitch) in zip(_EYES, (gaze[:, :2].T, gaze[:, 2:].T), strict=True):
            turns[eye] = arkit_turns(np.stack([yaw, pitch, level], axis=1))
    opening = np.zeros((len(shown), 3))
    opening[:, 0] = JAW_FULLY_OPEN * shown.values[:, _JAW_OPEN]
    turns[JAW] = to_quaternion(opening, "axis-angle")
    return Posing(shown.values[:, _WEIGHTS], turns)
