"""A mesh and its motion as parts of a glTF document: primitives with morph targets, joints of a skin, key frames.

V vertices, J joints, T frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from visavis.core.builtin_spaces import ARKIT_WEIGHTS
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.view.exports.gltf_buffer import INDICES, VERTICES, GltfBuffer
from visavis.view.mesh import Material, Mesh, normals
from visavis.view.posing import Posing
from visavis.view.shape_names import camel_case

STILL = "Body"
"""The joint of all that follows no other."""
_LEAST = 1e-6
"""Offsets below a thousandth of a millimetre are left out."""
_JOINTS_A_VERTEX = 4


@dataclass(frozen=True)
class Keys:
    """What an animation does to one node: the accessor of its values, and whether it is its weights or a rotation."""

    node: int
    path: str
    values: int


def require_mesh(place: object, mesh: Mesh) -> None:
    """Raise `VisavisError` for a mesh without vertices or faces."""
    if not len(mesh.vertices) or not len(mesh.faces):
        raise VisavisError(f"{place}: a mesh of {len(mesh.vertices)} vertices and {len(mesh.faces)} faces is nothing")


def target_name(name: str) -> str:
    """What a shape is called in the file: Apple's spelling for those of arkit61, its own name for others."""
    return camel_case(name) if name in ARKIT_WEIGHTS else name


def mesh_entry(buffer: GltfBuffer, mesh: Mesh, name: str, first_material: int = 0) -> dict[str, Any]:
    """The mesh of a document, a primitive for each of its materials."""
    facing = normals(mesh.vertices, mesh.faces)
    attributes = {
        "POSITION": buffer.add(mesh.vertices, "VEC3", VERTICES, bounded=True),
        "NORMAL": buffer.add(facing, "VEC3", VERTICES),
    }
    if mesh.uv is not None:
        attributes["TEXCOORD_0"] = buffer.add(mesh.uv, "VEC2", VERTICES)
    if mesh.colours is not None:
        attributes["COLOR_0"] = buffer.add(mesh.colours, "VEC4", VERTICES)
    followed, shares = _following(mesh)
    attributes["JOINTS_0"] = buffer.add(followed, "VEC4", VERTICES)
    attributes["WEIGHTS_0"] = buffer.add(shares, "VEC4", VERTICES)
    shared: dict[str, Any] = {"attributes": attributes}
    if mesh.names:
        shared["targets"] = [_target(buffer, mesh, shape, facing) for shape in mesh.offsets]
    assert mesh.material_of is not None
    primitives = [
        shared
        | {"indices": _indices(buffer, mesh.faces[mesh.material_of == number]), "material": first_material + number}
        for number in np.unique(mesh.material_of).tolist()
    ]
    whole: dict[str, Any] = {"name": name, "primitives": primitives}
    if mesh.names:
        whole |= {"weights": [0.0] * len(mesh.names), "extras": {"targetNames": [target_name(n) for n in mesh.names]}}
    return whole


def _indices(buffer: GltfBuffer, faces: np.ndarray) -> int:
    return buffer.add(faces.astype(np.uint32).reshape(-1, 1), "SCALAR", INDICES)


def _target(buffer: GltfBuffer, mesh: Mesh, shape: np.ndarray, facing: np.ndarray) -> dict[str, int]:
    turned = normals(mesh.vertices + shape, mesh.faces) - facing
    rows = np.flatnonzero((np.abs(shape) > _LEAST).any(axis=1) | (np.abs(turned) > 1e-3).any(axis=1))
    if len(rows) == 0:
        rows = np.zeros(1, np.int64)
    view, count = buffer.add_rows(rows.astype(np.uint32)), len(shape)
    return {
        "POSITION": buffer.add_sparse(shape[rows], rows.astype(np.uint32), count, view, bounded=True),
        "NORMAL": buffer.add_sparse(turned[rows], rows.astype(np.uint32), count, view, bounded=False),
    }


def _following(mesh: Mesh) -> tuple[np.ndarray, np.ndarray]:
    """The up to four joints (V, 4) uint8 that each vertex follows most, and how far (V, 4); joint 0 stays still."""
    held = np.maximum(1 - mesh.following.sum(axis=1, keepdims=True), 0)
    shares = np.concatenate([held, mesh.following], axis=1)
    most = np.argsort(-shares, axis=1, kind="stable")[:, :_JOINTS_A_VERTEX]
    kept = np.take_along_axis(shares, most, axis=1)
    padding = ((0, 0), (0, _JOINTS_A_VERTEX - kept.shape[1]))
    kept, most = np.pad(kept, padding), np.pad(np.where(kept > 0, most, 0), padding)
    return most.astype(np.uint8), (kept / kept.sum(axis=1, keepdims=True)).astype(np.float32)


def joint_nodes(mesh: Mesh, first: int) -> list[dict[str, Any]]:
    """The node of all that stays, number `first` of a document, and below it those of the joints."""
    number = {joint.name: first + 1 + j for j, joint in enumerate(mesh.joints)}
    place = {joint.name: np.asarray(joint.at) for joint in mesh.joints}
    nodes: list[dict[str, Any]] = [{"name": STILL}]
    nodes += [
        {
            "name": joint.name,
            "translation": (place[joint.name] - (0 if joint.parent is None else place[joint.parent])).tolist(),
        }
        for joint in mesh.joints
    ]
    for joint in mesh.joints:
        above = nodes[0 if joint.parent is None else number[joint.parent] - first]
        above.setdefault("children", []).append(number[joint.name])
    return nodes


def skin_entry(buffer: GltfBuffer, mesh: Mesh, first: int) -> dict[str, Any]:
    """The skin of a mesh whose joints are the nodes from `first` on."""
    binding = np.tile(np.eye(4, dtype=np.float32), (1 + len(mesh.joints), 1, 1))
    for j, joint in enumerate(mesh.joints, 1):
        binding[j, :3, 3] = -np.asarray(joint.at)
    columns = np.ascontiguousarray(binding.transpose(0, 2, 1))
    joints = [first + j for j in range(len(binding))]
    return {"joints": joints, "skeleton": first, "inverseBindMatrices": buffer.add(columns, "MAT4")}


def material_entry(material: Material) -> dict[str, Any]:
    """A material of a document."""
    surface = {"baseColorFactor": list(material.colour), "metallicFactor": 0.0, "roughnessFactor": material.roughness}
    blended = {} if material.colour[3] == 1 else {"alphaMode": "BLEND"}
    return {"name": material.name, "pbrMetallicRoughness": surface} | blended


def keys_of(buffer: GltfBuffer, mesh: Mesh, pose: Posing, face: int, first: int) -> list[Keys]:
    """Key values of a mesh that is node `face`, and of its joints, which are the nodes from `first` on."""
    found: list[Keys] = []
    if mesh.names:
        found.append(Keys(face, "weights", buffer.add(pose.for_mesh(mesh).reshape(-1, 1), "SCALAR")))
    turns = pose.turns_of(mesh)
    for j, joint in enumerate(mesh.joints):
        if joint.name in turns:
            found.append(Keys(first + 1 + j, "rotation", buffer.add(as_xyzw(turns[joint.name]), "VEC4")))
    return found


def key_times(buffer: GltfBuffer, motion: Motion) -> int:
    """The accessor of a motion's frame times [s]."""
    return buffer.add((np.arange(len(motion)) / motion.fps).astype(np.float32), "SCALAR", bounded=True)


def animation_entry(keys: Sequence[tuple[int, Keys]], name: str, fps: float) -> dict[str, Any]:
    """An animation of a document, from key values and the accessor of the times of each."""
    return {
        "name": name,
        "samplers": [{"input": times, "output": key.values, "interpolation": "LINEAR"} for times, key in keys],
        "channels": [{"sampler": i, "target": {"node": k.node, "path": k.path}} for i, (_, k) in enumerate(keys)],
        "extras": {"fps": fps},
    }


def as_xyzw(turns: np.ndarray) -> np.ndarray:
    """glTF's order, and of the two quaternions of a rotation always the one nearer to the frame before."""
    flips = np.sign(np.sum(turns[1:] * turns[:-1], axis=1))
    signs = np.concatenate([[1.0], np.cumprod(np.where(flips < 0, -1.0, 1.0))])
    nearer = np.asarray(turns * signs[:, None], np.float32)
    return nearer[:, [1, 2, 3, 0]]
