"""A mesh and its motion as one animated .glb, for Blender, three.js and every other reader of glTF 2.0.

Shapes are morph targets in sparse accessors, named as ARKit spells them (`eyeBlinkLeft`); head and eyes are joints of a
skin. Key times are the frames' own, interpolation is linear (spherical in rotations). y up, z ahead, [m].
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from visavis.core.builtin_spaces import ARKIT_WEIGHTS
from visavis.core.errors import VisavisError
from visavis.core.files import written_whole
from visavis.core.motion import Motion
from visavis.view.exports.gltf_buffer import INDICES, VERTICES, GltfBuffer
from visavis.view.mesh import Material, Mesh, normals
from visavis.view.posing import Posing, posing
from visavis.view.shape_names import camel_case

STILL = "Body"
"""The joint of all that follows no other."""
_FACE, _FIRST_JOINT = 0, 1
_LEAST = 1e-6
"""Offsets below a thousandth of a millimetre are left out."""
_JOINTS_A_VERTEX = 4


def write_glb(path: str | os.PathLike[str], mesh: Mesh, motion: Motion | None = None, name: str = "face") -> None:
    """Write a mesh, and motion of any space that can be shown (docs/view.md), as one .glb file.

    The animation keeps the motion's frame rate; weights are written as they are, unclipped.
    Raises `VisavisError` for a mesh without vertices or faces, for a space that cannot be shown, and where the place
    cannot be written.
    """
    if not len(mesh.vertices) or not len(mesh.faces):
        raise VisavisError(f"{path}: a mesh of {len(mesh.vertices)} vertices and {len(mesh.faces)} faces is nothing")
    pose = None if motion is None else posing(motion)
    buffer = GltfBuffer()
    document: dict[str, Any] = {
        "asset": {"version": "2.0", "generator": "visavis"},
        "scene": 0,
        "scenes": [{"nodes": [_FACE, _FIRST_JOINT]}],
        "meshes": [_mesh(buffer, mesh, name)],
        "materials": [_material(material) for material in mesh.materials],
        "nodes": [{"name": name, "mesh": 0, "skin": 0}, *_joints(mesh)],
        "skins": [_skin(buffer, mesh)],
    }
    if motion is not None and pose is not None:
        document["animations"] = [_animation(buffer, mesh, motion, pose, name)]
    with written_whole(path) as temporary:
        temporary.write_bytes(buffer.pack(document))


def target_name(name: str) -> str:
    """What a shape is called in the file: Apple's spelling for those of arkit61, its own name for others."""
    return camel_case(name) if name in ARKIT_WEIGHTS else name


def _mesh(buffer: GltfBuffer, mesh: Mesh, name: str) -> dict[str, Any]:
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
        shared | {"indices": _indices(buffer, mesh.faces[mesh.material_of == number]), "material": number}
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


def _joints(mesh: Mesh) -> list[dict[str, Any]]:
    number = {joint.name: _FIRST_JOINT + 1 + j for j, joint in enumerate(mesh.joints)}
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
        above = nodes[0 if joint.parent is None else number[joint.parent] - _FIRST_JOINT]
        above.setdefault("children", []).append(number[joint.name])
    return nodes


def _skin(buffer: GltfBuffer, mesh: Mesh) -> dict[str, Any]:
    binding = np.tile(np.eye(4, dtype=np.float32), (1 + len(mesh.joints), 1, 1))
    for j, joint in enumerate(mesh.joints, 1):
        binding[j, :3, 3] = -np.asarray(joint.at)
    columns = np.ascontiguousarray(binding.transpose(0, 2, 1))
    joints = [_FIRST_JOINT + j for j in range(len(binding))]
    return {"joints": joints, "skeleton": _FIRST_JOINT, "inverseBindMatrices": buffer.add(columns, "MAT4")}


def _material(material: Material) -> dict[str, Any]:
    surface = {"baseColorFactor": list(material.colour), "metallicFactor": 0.0, "roughnessFactor": material.roughness}
    blended = {} if material.colour[3] == 1 else {"alphaMode": "BLEND"}
    return {"name": material.name, "pbrMetallicRoughness": surface} | blended


def _animation(buffer: GltfBuffer, mesh: Mesh, motion: Motion, pose: Posing, name: str) -> dict[str, Any]:
    times = buffer.add((np.arange(len(motion)) / motion.fps).astype(np.float32), "SCALAR", bounded=True)
    outputs: list[tuple[int, str, int]] = []
    if mesh.names:
        outputs.append((_FACE, "weights", buffer.add(pose.for_mesh(mesh).reshape(-1, 1), "SCALAR")))
    turns = pose.turns_of(mesh)
    for j, joint in enumerate(mesh.joints):
        if joint.name in turns:
            values = buffer.add(_as_xyzw(turns[joint.name]), "VEC4")
            outputs.append((_FIRST_JOINT + 1 + j, "rotation", values))
    return {
        "name": name,
        "samplers": [{"input": times, "output": values, "interpolation": "LINEAR"} for *_, values in outputs],
        "channels": [
            {"sampler": i, "target": {"node": node, "path": path}} for i, (node, path, _) in enumerate(outputs)
        ],
        "extras": {"fps": motion.fps},
    }


def _as_xyzw(turns: np.ndarray) -> np.ndarray:
    """glTF's order, and of the two quaternions of a rotation always the one nearer to the frame before."""
    flips = np.sign(np.sum(turns[1:] * turns[:-1], axis=1))
    signs = np.concatenate([[1.0], np.cumprod(np.where(flips < 0, -1.0, 1.0))])
    nearer = np.asarray(turns * signs[:, None], np.float32)
    return nearer[:, [1, 2, 3, 0]]
