"""FLAME (Li et al. 2017): a head from the user's own licensed file, driven by flame56.

V = 5023 vertices, T frames, J = 5 joints (root, neck, jaw, left eye, right eye). Axes: x to the own left, y up,
z ahead, [m]. The file is not part of this package: it comes from flame.is.tue.mpg.de, under its own licence.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from visavis.core.builtin_spaces import FLAME56
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.rotations import to_quaternion
from visavis.data.broken import BrokenFile, listed, read_arrays
from visavis.view.rigs.array_pickle import read_array_pickle
from visavis.view.rigs.fitting import require_extent, require_faces, require_numbers
from visavis.view.rigs.rig import matrices

VERTICES = 5023
NECK, JAW, LEFT_EYE, RIGHT_EYE = 1, 2, 3, 4
_PARENTS = (-1, 0, 1, 1, 1)
_IDENTITIES = 300
_ARRAYS = ("v_template", "shapedirs", "posedirs", "J_regressor", "weights", "f")


@dataclass(frozen=True, eq=False)
class Flame:
    """FLAME's numbers: `template` (V, 3), `identities` (V, 3, 300), `expressions` (V, 3, E), `correctives` (V, 3, 36),
    `regressor` (J, V), `weights` (V, J), `faces` (F, 3).
    """

    template: np.ndarray
    identities: np.ndarray
    expressions: np.ndarray
    correctives: np.ndarray
    regressor: np.ndarray
    weights: np.ndarray
    faces: np.ndarray

    def vertices(
        self,
        expression: np.ndarray,
        jaw: np.ndarray,
        neck: np.ndarray,
        eyes: np.ndarray | None = None,
        identity: Sequence[float] = (),
    ) -> np.ndarray:
        """Vertices (T, V, 3) of expression codes (T, n) and rotation vectors of jaw and neck (T, 3) [rad].

        `eyes` (T, 6) [rad]: left, then right; `identity`: the first identity codes.
        """
        neutral = self.template + self.identities[:, :, : len(identity)] @ np.asarray(identity, np.float64)
        shaped = neutral + np.einsum("te,vce->tvc", expression, self.expressions[:, :, : expression.shape[1]])
        turns = np.tile(np.eye(3), (len(expression), len(_PARENTS), 1, 1))
        vectors = {NECK: neck, JAW: jaw}
        if eyes is not None:
            vectors |= {LEFT_EYE: eyes[:, :3], RIGHT_EYE: eyes[:, 3:]}
        for joint, vector in vectors.items():
            turns[:, joint] = matrices(to_quaternion(vector, "axis-angle"))
        bent = (turns[:, 1:] - np.eye(3)).reshape(len(turns), -1)
        shaped_joints = np.einsum("jv,tvc->tjc", self.regressor, shaped)
        return self._skinned(shaped + np.einsum("tk,vck->tvc", bent, self.correctives), shaped_joints, turns)

    def _skinned(self, points: np.ndarray, joints: np.ndarray, turns: np.ndarray) -> np.ndarray:
        whole, shifts = np.empty_like(turns), np.empty_like(joints)
        moved = np.zeros_like(points)
        for joint, parent in enumerate(_PARENTS):
            at = joints[:, joint]
            if parent >= 0:
                at = np.einsum("tij,tj->ti", whole[:, parent], at - joints[:, parent]) + shifts[:, parent]
            whole[:, joint] = turns[:, joint] if parent < 0 else whole[:, parent] @ turns[:, joint]
            shifts[:, joint] = at
            turned = (points - joints[:, joint, None]) @ np.swapaxes(whole[:, joint], 1, 2) + at[:, None]
            moved += self.weights[:, joint, None] * turned
        return moved


@dataclass(frozen=True, eq=False)
class FlameRig:
    """A FLAME head with one identity, driven by flame56."""

    flame: Flame
    identity: tuple[float, ...] = ()

    @property
    def faces(self) -> np.ndarray:
        """Triangles (F, 3)."""
        return self.flame.faces

    @property
    def drives(self) -> tuple[str, ...]:
        """All channels of flame56."""
        return FLAME56.channels

    def vertices(self, motion: Motion) -> np.ndarray:
        """Vertices (T, V, 3) float32 [m]. Raises `VisavisError` for motion of another space."""
        if motion.space is not FLAME56:
            raise VisavisError(
                f"a FLAME head moves by flame56, the motion is in {motion.space.name}; convert arkit61 with "
                "visavis.view.conversion.to_space"
            )
        found = self.flame.vertices(motion["exp"], motion["jaw"], motion["pose"], identity=self.identity)
        return found.astype(np.float32)


def read_flame(path: str | os.PathLike[str]) -> Flame:
    """FLAME from the published pickle (generic_model.pkl, FLAME2023.pkl, ...), or from an .npz of the same arrays.

    The pickle is read without running anything it holds. Raises `BrokenFile` where the file is no FLAME model.
    """
    place = Path(path)
    if place.suffix.lower() == ".npz":
        arrays = read_arrays(place, [_ARRAYS])
    else:
        arrays = read_array_pickle(place)
    missing = [name for name in _ARRAYS if name not in arrays]
    if missing:
        problem = f"is no FLAME model: it lacks {', '.join(missing)} (arrays: {listed(sorted(arrays))})"
        raise BrokenFile(place, problem, "check the file")
    _require_fitting(place, arrays)
    floats = {name: arrays[name].astype(np.float64) for name in _ARRAYS if name != "f"}
    return Flame(
        floats["v_template"],
        floats["shapedirs"][:, :, :_IDENTITIES],
        floats["shapedirs"][:, :, _IDENTITIES:],
        floats["posedirs"],
        floats["J_regressor"],
        floats["weights"],
        arrays["f"].astype(np.int64),
    )


def _require_fitting(place: Path, arrays: Mapping[str, np.ndarray]) -> None:
    least = _IDENTITIES + len(FLAME56.groups["exp"])
    shape = {name: arrays[name].shape for name in _ARRAYS}
    fitting = {
        "v_template": shape["v_template"] == (VERTICES, 3),
        "shapedirs": len(shape["shapedirs"]) == 3
        and shape["shapedirs"][:2] == (VERTICES, 3)
        and shape["shapedirs"][2] >= least,
        "posedirs": shape["posedirs"] == (VERTICES, 3, 9 * (len(_PARENTS) - 1)),
        "J_regressor": shape["J_regressor"] == (len(_PARENTS), VERTICES),
        "weights": shape["weights"] == (VERTICES, len(_PARENTS)),
        "f": len(shape["f"]) == 2 and shape["f"][1] == 3,
    }
    for name, fits in fitting.items():
        if not fits:
            problem = f"is no FLAME model of {VERTICES} vertices: {name} has shape {shape[name]}"
            raise BrokenFile(place, problem, "give FLAME 2017, 2020 or 2023")
    require_numbers(place, {name: arrays[name] for name in _ARRAYS})
    require_faces(place, "f", arrays["f"], VERTICES)
    require_extent(place, "vertices of v_template", arrays["v_template"])
