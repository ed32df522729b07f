"""What every rig promises, and the rig that any mesh with named shapes makes.

T frames, V vertices, F triangles, J joints.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from visavis.core.builtin_spaces import ARKIT_WEIGHTS
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.view.mesh import Mesh
from visavis.view.posing import Posing, posing
from visavis.view.shape_names import missing_names


class Rig(Protocol):
    """Motion -> vertices. `faces` (F, 3); `drives` names the channels of motion that it shows."""

    @property
    def faces(self) -> np.ndarray:
        """Triangles (F, 3), counter-clockwise from outside."""
        ...

    @property
    def drives(self) -> tuple[str, ...]:
        """Channels of motion that move it."""
        ...

    def vertices(self, motion: Motion) -> np.ndarray:
        """Vertices (T, V, 3) float32 [m]: x to the own left, y up, z ahead.

        Long motion is cheaper in pieces (`motion.cut`). Raises `VisavisError` for motion of a space that it cannot
        show.
        """
        ...


@dataclass(frozen=True, eq=False)
class MeshRig:
    """A mesh whose shapes carry arkit61 names, driven by any motion that can be shown."""

    mesh: Mesh

    @property
    def faces(self) -> np.ndarray:
        """Triangles (F, 3)."""
        return self.mesh.faces

    @property
    def drives(self) -> tuple[str, ...]:
        """Channels of arkit61 that move it."""
        shapes = [name for name in ARKIT_WEIGHTS if name in self.mesh.names]
        turns = [joint.name for joint in self.mesh.joints if joint.name in ("Head", "LeftEye", "RightEye")]
        return (*shapes, *(f"{joint}{angle}" for joint in turns for angle in ("Yaw", "Pitch", "Roll")))

    @property
    def missing(self) -> tuple[str, ...]:
        """The arkit61 weights that it has no shape for."""
        return missing_names(self.mesh.names)

    def require(self, *names: str) -> MeshRig:
        """Itself; raises `VisavisError` if any of these channels does not move it, naming what does."""
        lacking = [name for name in names if name not in self.drives]
        if lacking:
            able = ", ".join(self.drives) or "nothing"
            raise VisavisError(f"the mesh has no shape for {', '.join(lacking)}; what can be driven: {able}")
        return self

    def vertices(self, motion: Motion) -> np.ndarray:
        """Vertices (T, V, 3) float32 [m]."""
        return self.posed(posing(motion))

    def posed(self, pose: Posing) -> np.ndarray:
        """Vertices (T, V, 3) float32 [m] of motion that is made ready."""
        mesh = self.mesh
        shaped = pose.for_mesh(mesh) @ mesh.offsets.reshape(len(mesh.names), -1)
        points = shaped.reshape(len(pose.weights), -1, 3) + mesh.vertices
        return skinned(points, mesh, pose.turns_of(mesh))


def skinned(points: np.ndarray, mesh: Mesh, turns: dict[str, np.ndarray]) -> np.ndarray:
    """Points (T, V, 3) of a mesh at rest -> as its joints turn them (linear blend skinning)."""
    placed: dict[str | None, tuple[np.ndarray, np.ndarray]] = {None: (np.eye(3), np.zeros(3))}
    moved = points.copy()
    for j, joint in enumerate(mesh.joints):
        turn, shift = placed[joint.parent]
        if joint.name in turns:
            own = matrices(turns[joint.name])
            at = np.asarray(joint.at)
            turn, shift = turn @ own, shift + np.einsum("...ij,...j->...i", turn, at - own @ at)
        placed[joint.name] = turn, shift
        follows = np.flatnonzero(mesh.following[:, j])
        share = mesh.following[follows, j][:, None]
        part = points[:, follows]
        there = part @ np.swapaxes(turn, -1, -2).astype(np.float32) + shift[..., None, :].astype(np.float32)
        moved[:, follows] += share * (there - part)
    return moved


def matrices(quaternions: np.ndarray) -> np.ndarray:
    """Rotation matrices (..., 3, 3) of unit quaternions (..., 4) = (w, x, y, z)."""
    w, x, y, z = np.moveaxis(np.asarray(quaternions, np.float64), -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)
