"""A face in a glTF file, with shapes named as ARKit names them -> a rig.

V vertices, J joints. The scene at rest becomes one mesh: nodes and skins are applied, head and eyes stay joints.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from visavis.data.broken import BrokenFile
from visavis.view.mesh import HEAD, JAW, JOINTS, LEFT_EYE, RIGHT_EYE, Joint, Mesh
from visavis.view.rigs.gltf_file import GltfFile, damage_told, read_gltf
from visavis.view.rigs.rig import MeshRig
from visavis.view.shape_names import arkit_name

Shares = Mapping[tuple[int, int], Mapping[str, float]]
"""What a morph target, told by (mesh, number), adds to which named shapes, and how much of it."""

_TRIANGLES, _STRIP, _FAN = 4, 5, 6
_SPELLINGS = {
    HEAD: ("head", "cchead", "ccbasehead", "jbipchead", "mixamorighead", "headbone"),
    LEFT_EYE: ("lefteye", "eyeleft", "leye", "eyel", "grpeyeleft", "eyeballleft", "ccbaseleye", "jadjlfaceeye"),
    RIGHT_EYE: ("righteye", "eyeright", "reye", "eyer", "grpeyeright", "eyeballright", "ccbasereye", "jadjrfaceeye"),
    JAW: ("jaw", "jawbone", "lowerjaw", "jawroot", "ccbasejawroot", "mixamorigjaw"),
}
_PIVOT = np.array([0.5, 0.2, 0.4])
"""Where a head without joints turns, as a share of its box: left to right, bottom to top, back to front."""


@dataclass(frozen=True, eq=False)
class Piece:
    """One primitive of one node in the scene at rest."""

    mesh: int
    vertices: np.ndarray
    faces: np.ndarray
    targets: np.ndarray
    follows: np.ndarray
    """Weights (V, nodes) of the nodes that it hangs on."""


def read_arkit_gltf(path: str | os.PathLike[str]) -> MeshRig:
    """The rig of a .glb or .gltf whose morph targets carry ARKit names, in any usual spelling.

    Joints are found by name (Head, LeftEye, eye_L, ...); without a head joint the whole mesh turns about a pivot in its
    lower third. The file must stand as glTF asks: y up, facing z, in metres.
    Raises `BrokenFile` where the file is damaged or none of its shapes has an ARKit name (which it names).
    """
    file = read_gltf(path)
    with damage_told(file.path):
        names = target_names(file)
        shares = {at: {known: 1.0} for at, name in names.items() if (known := arkit_name(name)) is not None}
        if not shares:
            found = ", ".join(sorted(set(names.values()))) or "none"
            problem = f"no shape has an ARKit name (shapes: {found}); what moves is head and eyes at most"
            raise BrokenFile(file.path, problem, "rename them to eyeBlinkLeft, jawOpen, ...")
        return MeshRig(scene_mesh(file, shares, joint_nodes(file)))


def target_names(file: GltfFile) -> dict[tuple[int, int], str]:
    """The name of every morph target, told by (mesh, number)."""
    found: dict[tuple[int, int], str] = {}
    for number, mesh in enumerate(file.list_of("meshes")):
        first = mesh["primitives"][0]
        names = mesh.get("extras", {}).get("targetNames") or first.get("extras", {}).get("targetNames") or ()
        found |= {(number, i): str(name) for i, name in enumerate(names)}
    return found


def joint_nodes(file: GltfFile) -> dict[str, int]:
    """The node of each joint, found by name.

    A head that does not carry the eyes gives way to what carries all. The left eye is the one at the own left, whatever
    the names say: some files count left and right as the viewer sees them.
    """
    found: dict[str, int] = {}
    names = [re.sub(r"[^a-z]", "", str(node.get("name", "")).lower()) for node in file.list_of("nodes")]
    for joint, spellings in _SPELLINGS.items():
        known = [spelling for spelling in spellings if spelling in names]
        if known:
            found[joint] = names.index(known[-1])
    if LEFT_EYE in found and RIGHT_EYE in found and _across(file, found[LEFT_EYE]) < _across(file, found[RIGHT_EYE]):
        found[LEFT_EYE], found[RIGHT_EYE] = found[RIGHT_EYE], found[LEFT_EYE]
    carried = [file.ancestors(node) for joint, node in found.items() if joint != JAW]
    if HEAD in found and len(carried) > 1:
        common = [node for node in carried[0] if all(node in line for line in carried)]
        if common:
            found[HEAD] = common[0]
    return found


def scene_mesh(file: GltfFile, shares: Shares, nodes: Mapping[str, int], turned: bool = False) -> Mesh:
    """Everything that the scene shows, at rest, as one mesh in which `nodes` are joints.

    `turned`: the file faces backwards (VRM 0) and is turned round.
    """
    pieces = _pieces(file)
    if not pieces:
        raise BrokenFile(file.path, "shows no triangles", "export it with its mesh")
    names = tuple(dict.fromkeys(name for share in shares.values() for name in share))
    about = np.array([-1.0, 1.0, -1.0]) if turned else np.ones(3)
    starts = np.cumsum([0, *(len(piece.vertices) for piece in pieces)])
    shapes = np.zeros((len(names), starts[-1], 3), np.float32)
    for piece, start in zip(pieces, starts, strict=False):
        for target, offsets in enumerate(piece.targets):
            for name, share in shares.get((piece.mesh, target), {}).items():
                shapes[names.index(name), start : start + len(offsets)] += share * offsets * about
    vertices = np.concatenate([piece.vertices for piece in pieces]) * about
    if not (np.isfinite(vertices).all() and np.isfinite(shapes).all()):
        raise ValueError("some positions are no numbers")
    faces = np.concatenate([piece.faces + start for piece, start in zip(pieces, starts, strict=False)])
    follows = np.concatenate([piece.follows for piece in pieces])
    joints, weights = _joints(file, follows, nodes, about)
    if not joints:
        low, high = vertices.min(axis=0), vertices.max(axis=0)
        x, y, z = (low + _PIVOT * (high - low)).tolist()
        joints, weights = (Joint(HEAD, (x, y, z)),), np.ones((len(vertices), 1))
    return Mesh(vertices, faces, names, shapes, joints, weights)


def _across(file: GltfFile, node: int) -> float:
    return float(file.placements[node, 0, 3])


def _pieces(file: GltfFile) -> list[Piece]:
    pieces: list[Piece] = []
    for node, entry in enumerate(file.list_of("nodes")):
        if "mesh" in entry and _is_shown(file, node):
            mesh = file.document["meshes"][entry["mesh"]]
            pieces += [
                _piece(file, node, entry, primitive)
                for primitive in mesh["primitives"]
                if primitive.get("mode", _TRIANGLES) in (_TRIANGLES, _STRIP, _FAN)
            ]
    return pieces


def _is_shown(file: GltfFile, node: int) -> bool:
    scenes = file.list_of("scenes")
    if not scenes:
        return True
    return file.ancestors(node)[-1] in scenes[file.document.get("scene", 0)].get("nodes", ())


def _piece(file: GltfFile, node: int, entry: dict[str, Any], primitive: dict[str, Any]) -> Piece:
    attributes = primitive["attributes"]
    points = file.array(attributes["POSITION"]).astype(np.float64)
    follows = np.zeros((len(points), len(file.list_of("nodes"))), np.float32)
    if "skin" in entry and "JOINTS_0" in attributes:
        placed = _bound(file, entry["skin"], attributes, follows)
    else:
        placed = np.broadcast_to(file.placements[node], (len(points), 4, 4))
        follows[:, node] = 1
    targets = [
        np.einsum("vij,vj->vi", placed[:, :3, :3], file.array(target["POSITION"]).astype(np.float64))
        if "POSITION" in target
        else np.zeros_like(points)
        for target in primitive.get("targets", ())
    ]
    vertices = np.einsum("vij,vj->vi", placed[:, :3, :3], points) + placed[:, :3, 3]
    faces = _triangles(file, primitive, len(points))
    if np.linalg.det(placed[0, :3, :3]) < 0:
        faces = faces[:, ::-1]
    stacked = np.stack(targets) if targets else np.zeros((0, *points.shape))
    return Piece(entry["mesh"], vertices, faces, stacked, follows)


def _bound(file: GltfFile, skin: int, attributes: dict[str, int], follows: np.ndarray) -> np.ndarray:
    """What a skin does to each vertex at rest (V, 4, 4); notes in `follows` (V, nodes) the nodes it hangs on."""
    entry = file.document["skins"][skin]
    joints = np.array(entry["joints"], np.int64)
    inverse = np.tile(np.eye(4), (len(joints), 1, 1))
    if "inverseBindMatrices" in entry:
        inverse = file.array(entry["inverseBindMatrices"]).astype(np.float64).reshape(-1, 4, 4).transpose(0, 2, 1)
    places = file.placements[joints] @ inverse[: len(joints)]
    placed = np.zeros((len(follows), 4, 4))
    sets = [name.removeprefix("JOINTS_") for name in attributes if name.startswith("JOINTS_")]
    for number in sets:
        chosen = file.array(attributes[f"JOINTS_{number}"]).astype(np.int64)
        shares = file.array(attributes[f"WEIGHTS_{number}"]).astype(np.float64)
        for column in range(4):
            placed += shares[:, column, None, None] * places[chosen[:, column]]
            np.add.at(follows, (np.arange(len(follows)), joints[chosen[:, column]]), shares[:, column])
    return placed


def _triangles(file: GltfFile, primitive: dict[str, Any], count: int) -> np.ndarray:
    line = file.array(primitive["indices"])[:, 0].astype(np.int64) if "indices" in primitive else np.arange(count)
    mode = primitive.get("mode", _TRIANGLES)
    if mode == _TRIANGLES:
        return line.reshape(-1, 3)
    steps = np.arange(len(line) - 2)
    if mode == _FAN:
        return np.stack([line[steps + 1], line[steps + 2], np.broadcast_to(line[:1], len(steps))], axis=1)
    odd = steps % 2
    return np.stack([line[steps], line[steps + 1 + odd], line[steps + 2 - odd]], axis=1)


def _joints(
    file: GltfFile, follows: np.ndarray, nodes: Mapping[str, int], about: np.ndarray
) -> tuple[tuple[Joint, ...], np.ndarray]:
    """The joints among `nodes`, and how far each vertex follows them (V, J): what hangs below a joint follows it."""
    chosen = {nodes[name]: name for name in reversed(JOINTS) if name in nodes}
    joints: list[Joint] = []
    for name in (name for name in JOINTS if name in nodes):
        above = next((chosen[node] for node in file.ancestors(nodes[name])[1:] if node in chosen), None)
        x, y, z = (file.placements[nodes[name], :3, 3] * about).tolist()
        joints.append(Joint(name, (x, y, z), above))
    joints.sort(key=lambda joint: joint.parent is not None)
    weights = np.zeros((len(follows), len(joints)), np.float32)
    column = {joint.name: j for j, joint in enumerate(joints)}
    for node in np.flatnonzero(follows.any(axis=0)).tolist():
        holder = next((chosen[above] for above in file.ancestors(node) if above in chosen), None)
        if holder is not None:
            weights[:, column[holder]] += follows[:, node]
    return tuple(joints), weights
