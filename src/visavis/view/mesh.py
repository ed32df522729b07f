"""A head as a mesh that can be animated: the one record between rigs, exports and pictures.

V vertices, F triangles, N shapes, J joints. Space: x to the person's own left, y up, z ahead, [m].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from visavis.core.errors import VisavisError

HEAD, LEFT_EYE, RIGHT_EYE, JAW = "Head", "LeftEye", "RightEye", "Jaw"
JOINTS = (HEAD, LEFT_EYE, RIGHT_EYE, JAW)
"""The joints that motion can turn; parents come before children."""


@dataclass(frozen=True)
class Joint:
    """Where something turns: `at` [m] at rest, in the frame of the whole mesh; `parent` is another joint's name."""

    name: str
    at: tuple[float, float, float]
    parent: str | None = None


@dataclass(frozen=True)
class Material:
    """What a surface looks like: linear colour (red, green, blue, opacity) and roughness, all in [0, 1]."""

    name: str = "skin"
    colour: tuple[float, float, float, float] = (0.8, 0.6, 0.5, 1.0)
    roughness: float = 0.6


@dataclass(frozen=True, eq=False)
class Mesh:
    """A neutral face, what its named shapes add, and the joints it hangs on.

    - `vertices` (V, 3) [m]; `faces` (F, 3), counter-clockwise from outside.
    - `names` and `shapes` (N, V, 3) [m]: what each shape adds at weight 1. Names are those of arkit61 where they mean
      the same; others may be there and are kept.
    - `joints` and `weights` (V, J) in [0, 1]: how far a vertex follows each joint; what is missing to 1 stays.
    - `uv` (V, 2), v downwards; `colours` (V, 4) linear; `materials` with `material_of` (F,).

    Raises `VisavisError` where the sizes do not fit together.
    """

    vertices: np.ndarray
    faces: np.ndarray
    names: tuple[str, ...] = ()
    shapes: np.ndarray | None = None
    joints: tuple[Joint, ...] = ()
    weights: np.ndarray | None = None
    uv: np.ndarray | None = None
    colours: np.ndarray | None = None
    materials: tuple[Material, ...] = (Material(),)
    material_of: np.ndarray | None = None

    def __post_init__(self) -> None:
        count, floats = len(self.vertices), np.float32
        sizes = {
            "vertices": (self.vertices, (count, 3), floats),
            "faces": (self.faces, (len(self.faces), 3), np.int64),
            "shapes": (self.shapes, (len(self.names), count, 3), floats),
            "weights": (self.weights, (count, len(self.joints)), floats),
            "uv": (self.uv, (count, 2), floats),
            "colours": (self.colours, (count, 4), floats),
            "material_of": (self.material_of, (len(self.faces),), np.int64),
        }
        for field, (given, shape, kind) in sizes.items():
            if given is None and field in ("uv", "colours"):
                continue
            array = np.zeros(shape, kind) if given is None else np.asarray(given, kind)
            if array.shape != shape:
                raise VisavisError(f"a mesh's {field} have shape {array.shape}, not {shape}; give one entry for each")
            object.__setattr__(self, field, array)
        if len(self.faces) and not 0 <= self.faces.min() <= self.faces.max() < count:
            raise VisavisError(f"faces of a mesh name vertices up to {self.faces.max()}, it has {count}; repair it")
        known: set[str | None] = {None}
        for joint in self.joints:
            if joint.parent not in known:
                raise VisavisError(f"joint {joint.name} comes before its parent {joint.parent}; put the parent first")
            known.add(joint.name)

    @property
    def offsets(self) -> np.ndarray:
        """`shapes`, zero-sized where there are none."""
        assert self.shapes is not None
        return self.shapes

    @property
    def following(self) -> np.ndarray:
        """`weights`, zero-sized where there are none."""
        assert self.weights is not None
        return self.weights


def normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Unit normals (V, 3) float32 of vertices (V, 3), weighted by the area of their triangles."""
    corners = np.asarray(vertices, np.float64)[faces]
    facing = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    summed = np.stack(
        [np.bincount(faces.ravel(), np.repeat(axis, 3), minlength=len(vertices)) for axis in facing.T], axis=1
    )
    length = np.linalg.norm(summed, axis=1, keepdims=True)
    return np.where(length > 0, summed / np.maximum(length, 1e-300), [0.0, 0.0, 1.0]).astype(np.float32)
