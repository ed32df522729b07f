"""ICT-FaceKit's light head (USC-ICT, MIT licence) -> a rig, from its folder of .obj files or as arrays in an .npz.

V vertices, N shapes. The head is modelled in centimetres, y up, facing z; its vertices are in a published order.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from visavis.data.broken import BrokenFile, listed, read_arrays, require_file, shown
from visavis.view.mesh import HEAD, LEFT_EYE, RIGHT_EYE, Joint, Mesh
from visavis.view.rigs.fitting import require_extent, require_faces, require_numbers
from visavis.view.rigs.rig import MeshRig
from visavis.view.shape_names import arkit_name

_ARRAYS = ("vertices", "quads", "triangles", "names", "deltas")
_IDENTITY = "identity_deltas"
_NEUTRAL = "generic_neutral_mesh.obj"
_METRES = 0.01
_VERTICES = 26719
_EYEBALLS = {LEFT_EYE: slice(21451, 23021), RIGHT_EYE: slice(23021, 24591)}
"""Vertex ranges of the eyeballs, from ICT-FaceKit's README."""
_PIVOT = (0.0, -0.055, -0.005)
_NECK = (-0.17, -0.10)
"""Between these heights [m] the neck goes over from staying to following the head."""


@dataclass(frozen=True, eq=False)
class _Model:
    """As stored: vertices (V, 3) [cm], faces of three and four corners, named shapes (N, V, 3) [cm]."""

    vertices: np.ndarray
    faces: np.ndarray
    names: tuple[str, ...]
    deltas: np.ndarray
    identities: np.ndarray


def read_ict(path: str | os.PathLike[str], identity: Sequence[float] = ()) -> MeshRig:
    """The rig of an ICT-FaceKit head: a folder with `generic_neutral_mesh.obj` (or one above it), or an .npz.

    The .npz holds `vertices` (V, 3) [cm], `quads`, `triangles`, `names` (N,), `deltas` (N, V, 3) and, for `identity`,
    `identity_deltas` (M, V, 3). `identity`: how much of each identity shape, in their order.
    ICT's halves of browInnerUp and cheekPuff make one shape each; it has no tongueOut. Eyes turn about their centres.
    Raises `BrokenFile` where something is missing or does not fit together.
    """
    place = Path(path)
    model = _from_folder(place, len(identity)) if place.is_dir() else _from_arrays(place, len(identity))
    if len(identity) > len(model.identities):
        problem = f"has {len(model.identities)} identity shapes, {len(identity)} were asked for"
        raise BrokenFile(place, problem, "ask for fewer")
    given = np.asarray(identity, np.float32)
    vertices = model.vertices + np.einsum("i,ivc->vc", given, model.identities[: len(given)])
    known = [arkit_name(name) for name in model.names]
    names = tuple(dict.fromkeys(name for name in known if name is not None))
    if not names:
        raise BrokenFile(place, f"no shape has an ARKit name (shapes: {listed(model.names)})", "check what it holds")
    shapes = np.zeros((len(names), *vertices.shape), np.float32)
    for name, delta in zip(known, model.deltas, strict=True):
        if name is not None:
            shapes[names.index(name)] += delta
    vertices = vertices * _METRES
    joints, weights = _joints(vertices)
    return MeshRig(Mesh(vertices, model.faces, names, shapes * _METRES, joints, weights))


def _joints(vertices: np.ndarray) -> tuple[tuple[Joint, ...], np.ndarray]:
    low, high = _NECK
    share = np.clip((vertices[:, 1] - low) / (high - low), 0, 1)
    joints, weights = [Joint(HEAD, _PIVOT)], [share * share * (3 - 2 * share)]
    if len(vertices) == _VERTICES:
        for name, ball in _EYEBALLS.items():
            x, y, z = _centre(vertices[ball]).tolist()
            joints.append(Joint(name, (x, y, z), HEAD))
            follows = np.zeros(len(vertices))
            follows[ball] = 1
            weights[0] = weights[0] * (1 - follows)
            weights.append(follows)
    return tuple(joints), np.stack(weights, axis=1)


def _centre(points: np.ndarray) -> np.ndarray:
    """The centre (3,) of the sphere that lies nearest to points (V, 3): |p|^2 = 2 p.c + k, solved for c and k."""
    points = points.astype(np.float64)
    system = np.concatenate([2 * points, np.ones((len(points), 1))], axis=1)
    solution: np.ndarray = np.linalg.lstsq(system, np.sum(points**2, axis=1), rcond=None)[0]
    return solution[:3]


def _from_arrays(place: Path, identities: int) -> _Model:
    choices = [(*_ARRAYS, _IDENTITY), _ARRAYS]
    arrays = read_arrays(place, choices if identities else choices[1:])
    vertices, deltas, names = arrays["vertices"], arrays["deltas"], arrays["names"]
    count = vertices.shape[0] if vertices.ndim else 0
    moved = arrays.get(_IDENTITY, np.zeros((0, count, 3), np.float32))
    quads, triangles = arrays["quads"], arrays["triangles"]
    fitting = {
        "vertices": vertices.shape == (count, 3),
        "names": names.ndim == 1 and names.dtype.kind == "U",
        "deltas": deltas.shape == (names.size, count, 3),
        _IDENTITY: moved.shape == (len(moved) if moved.ndim else 0, count, 3),
        "quads": quads.shape == (len(quads) if quads.ndim else 0, 4),
        "triangles": triangles.shape == (len(triangles) if triangles.ndim else 0, 3),
    }
    for name, fits in fitting.items():
        if not fits:
            told = f"{name} is {shown(str(arrays[name].dtype))} {arrays[name].shape}"
            raise BrokenFile(place, f"its arrays do not fit together: {told}", "write the head again")
    _require_sound(
        place, {"vertices": vertices, "deltas": deltas, _IDENTITY: moved, "quads": quads, "triangles": triangles}
    )
    return _Model(vertices, _split(quads, triangles), tuple(names.tolist()), deltas, moved)


def _require_sound(place: Path, arrays: Mapping[str, np.ndarray]) -> None:
    require_numbers(place, arrays)
    for name in ("quads", "triangles"):
        require_faces(place, name, arrays[name], len(arrays["vertices"]))
    require_extent(place, "vertices", arrays["vertices"])


def _from_folder(place: Path, identities: int) -> _Model:
    neutral = next(
        (found for found in (place / _NEUTRAL, *sorted(place.glob(f"*/{_NEUTRAL}"))) if found.is_file()), None
    )
    if neutral is None:
        raise BrokenFile(place, f"holds no {_NEUTRAL}", "give ICT-FaceKit's FaceXModel folder")
    vertices, quads, triangles = _read_obj(neutral)
    _require_sound(neutral, {"vertices": vertices, "quads": quads, "triangles": triangles})
    named = sorted(file for file in neutral.parent.glob("*.obj") if arkit_name(file.stem) is not None)
    moved = sorted(neutral.parent.glob("identity*.obj"))[:identities]
    deltas = np.zeros((len(named), *vertices.shape), np.float32)
    shapes = np.zeros((len(moved), *vertices.shape), np.float32)
    for files, into in ((named, deltas), (moved, shapes)):
        for i, file in enumerate(files):
            points = _read_obj(file)[0]
            if points.shape != vertices.shape:
                raise BrokenFile(file, f"has {len(points)} vertices, {_NEUTRAL} has {len(vertices)}", "copy it again")
            require_numbers(file, {"its vertices": points})
            into[i] = points - vertices
    return _Model(vertices, _split(quads, triangles), tuple(file.stem for file in named), deltas, shapes)


def _read_obj(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vertices (V, 3), quads (Q, 4) and triangles (F, 3) of a Wavefront file."""
    points: list[list[float]] = []
    corners: dict[int, list[list[int]]] = {3: [], 4: []}
    place = require_file(path)
    try:
        for line in place.read_text(encoding="utf-8").splitlines():
            words = line.split()
            if words[:1] == ["v"]:
                x, y, z = words[1:4]
                points.append([float(x), float(y), float(z)])
            elif words[:1] == ["f"]:
                corners[len(words) - 1].append([int(word.partition("/")[0]) - 1 for word in words[1:]])
        quads, triangles = (np.array(corners[n], np.int64).reshape(-1, n) for n in (4, 3))
    except KeyError as error:
        raise BrokenFile(path, f"has a face of {error} corners", "give faces of three and four") from error
    except (ValueError, OverflowError) as error:
        raise BrokenFile(path, f"is not a Wavefront file ({shown(str(error), 100)})", "copy it again") from error
    with np.errstate(over="ignore"):  # too large becomes infinite, which is refused
        return np.array(points, np.float32).reshape(-1, 3), quads, triangles


def _split(quads: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    halves = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    return np.concatenate([halves, triangles]).astype(np.int64)
