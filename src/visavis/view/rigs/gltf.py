"""A face in a glTF file, with shapes named as ARKit names them -> a rig.

V vertices, J joints. The scene at rest becomes one mesh: nodes and skins are applied, head and eyes stay joints.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence

import numpy as np

from visavis.data.broken import BrokenFile, listed
from visavis.view.mesh import HEAD, JAW, JOINTS, LEFT_EYE, RIGHT_EYE, Joint, Mesh
from visavis.view.rigs.fitting import require_extent
from visavis.view.rigs.gltf_file import GltfFile, broken_file_for, read_gltf
from visavis.view.rigs.gltf_numbers import position
from visavis.view.rigs.gltf_pieces import Piece, Shares, scene_pieces
from visavis.view.rigs.rig import MeshRig
from visavis.view.shape_names import arkit_name

_SPELLINGS = {
    HEAD: ("head", "cchead", "ccbasehead", "jbipchead", "mixamorighead", "headbone"),
    LEFT_EYE: ("lefteye", "eyeleft", "leye", "eyel", "grpeyeleft", "eyeballleft", "ccbaseleye", "jadjlfaceeye"),
    RIGHT_EYE: ("righteye", "eyeright", "reye", "eyer", "grpeyeright", "eyeballright", "ccbasereye", "jadjrfaceeye"),
    JAW: ("jaw", "jawbone", "lowerjaw", "jawroot", "ccbasejawroot", "mixamorigjaw"),
}
_FARTHEST = 1e9
_PIVOT = np.array([0.5, 0.2, 0.4])
"""Where a head without joints turns, as a share of its box: left to right, bottom to top, back to front."""


def read_arkit_gltf(path: str | os.PathLike[str]) -> MeshRig:
    """The rig of a .glb or .gltf whose morph targets carry ARKit names, in any usual spelling.

    Joints are found by name (Head, LeftEye, eye_L, ...); without a head joint the whole mesh turns about a pivot in its
    lower third. The file must stand as glTF asks: y up, facing z, in metres.
    Raises `BrokenFile` where the file is damaged or none of its shapes has an ARKit name (which it names).
    """
    file = read_gltf(path)
    with broken_file_for(file.path):
        names = target_names(file)
        shares = {at: {known: 1.0} for at, name in names.items() if (known := arkit_name(name)) is not None}
        if not shares:
            found = listed(sorted(set(names.values())))
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
        common = set.intersection(*map(set, carried))
        if common:
            found[HEAD] = next(node for node in carried[0] if node in common)
    return found


def scene_mesh(file: GltfFile, shares: Shares, nodes: Mapping[str, int], turned: bool = False) -> Mesh:
    """Everything that the scene shows, at rest, as one mesh in which `nodes` are joints.

    `turned`: the file faces backwards (VRM 0) and is turned round.
    """
    nodes = {name: position(node, len(file.list_of("nodes")), "nodes") for name, node in nodes.items()}
    pieces = scene_pieces(file, shares)
    if not pieces:
        raise BrokenFile(file.path, "shows no triangles", "export it with its mesh")
    about = np.array([-1.0, 1.0, -1.0]) if turned else np.ones(3)
    starts = np.cumsum([0, *(len(piece.vertices) for piece in pieces)])
    vertices = np.concatenate([piece.vertices for piece in pieces]) * about
    faces = np.concatenate([piece.faces + start for piece, start in zip(pieces, starts, strict=False)])
    names = tuple(dict.fromkeys(name for share in shares.values() for name in share))
    shapes = np.zeros((len(names), len(vertices), 3), np.float32)
    for piece, start in zip(pieces, starts, strict=False):
        for target in piece.targets:
            offsets = piece.offsets(file, target)
            for name, share in shares[piece.mesh, target].items():
                shapes[names.index(name), start : start + len(offsets)] += share * offsets * about
    joints, weights = _joints(file, pieces, nodes, about)
    places = np.array([joint.at for joint in joints])
    held = (each for each in (vertices, shapes, weights, places) if each.size)
    if not all(-_FARTHEST <= each.min() <= each.max() <= _FARTHEST for each in held):
        raise ValueError("some positions are no numbers, or beyond 1e9")
    require_extent(file.path, "vertices", vertices)
    if not joints:
        low, high = vertices.min(axis=0), vertices.max(axis=0)
        x, y, z = (low + _PIVOT * (high - low)).tolist()
        joints, weights = (Joint(HEAD, (x, y, z)),), np.ones((len(vertices), 1))
    return Mesh(vertices, faces, names, shapes, joints, weights)


def _across(file: GltfFile, node: int) -> float:
    return float(file.placements[node, 0, 3])


def _joints(
    file: GltfFile, pieces: Sequence[Piece], nodes: Mapping[str, int], about: np.ndarray
) -> tuple[tuple[Joint, ...], np.ndarray]:
    """The joints among `nodes`, and how far each vertex follows them (V, J): what hangs below a joint follows it."""
    chosen = {nodes[name]: name for name in reversed(JOINTS) if name in nodes}
    joints: list[Joint] = []
    for name in (name for name in JOINTS if name in nodes):
        above = next((chosen[node] for node in file.ancestors(nodes[name])[1:] if node in chosen), None)
        x, y, z = (file.placements[nodes[name], :3, 3] * about).tolist()
        joints.append(Joint(name, (x, y, z), above))
    joints.sort(key=lambda joint: joint.parent is not None)
    column = {joint.name: j for j, joint in enumerate(joints)}
    held_by = file.tree.inherited({node: column[name] for node, name in chosen.items()}, -1)
    weights = np.zeros((sum(len(piece.vertices) for piece in pieces), len(joints)), np.float32)
    start = 0
    for piece in pieces:
        columns = held_by[piece.follows.nodes]
        held = columns >= 0
        np.add.at(weights, (start + piece.follows.vertices[held], columns[held]), piece.follows.shares[held])
        start += len(piece.vertices)
    return tuple(joints), weights
