"""A mesh and its motion as one animated .glb, for Blender, three.js and every other reader of glTF 2.0.

Shapes are morph targets in sparse accessors, named as ARKit spells them (`eyeBlinkLeft`); head and eyes are joints of a
skin. Key times are the frames' own, interpolation is linear (spherical in rotations). y up, z ahead, [m].
"""

from __future__ import annotations

import os
from typing import Any

from visavis.core.files import written_whole
from visavis.core.motion import Motion
from visavis.view.exports.glb_figure import (
    animation_entry,
    joint_nodes,
    key_times,
    keys_of,
    material_entry,
    mesh_entry,
    require_mesh,
    skin_entry,
)
from visavis.view.exports.gltf_buffer import GltfBuffer
from visavis.view.mesh import Mesh
from visavis.view.posing import posing

_FACE, _FIRST_JOINT = 0, 1


def write_glb(path: str | os.PathLike[str], mesh: Mesh, motion: Motion | None = None, name: str = "face") -> None:
    """Write a mesh, and motion of any space that can be shown (docs/view.md), as one .glb file.

    The animation keeps the motion's frame rate; weights are written as they are, unclipped.
    Raises `VisavisError` for a mesh without vertices or faces, for a space that cannot be shown, and where the place
    cannot be written.
    """
    require_mesh(path, mesh)
    pose = None if motion is None else posing(motion)
    buffer = GltfBuffer()
    document: dict[str, Any] = {
        "asset": {"version": "2.0", "generator": "visavis"},
        "scene": 0,
        "scenes": [{"nodes": [_FACE, _FIRST_JOINT]}],
        "meshes": [mesh_entry(buffer, mesh, name)],
        "materials": [material_entry(material) for material in mesh.materials],
        "nodes": [{"name": name, "mesh": 0, "skin": 0}, *joint_nodes(mesh, _FIRST_JOINT)],
        "skins": [skin_entry(buffer, mesh, _FIRST_JOINT)],
    }
    if motion is not None and pose is not None:
        times = key_times(buffer, motion)
        keys = [(times, key) for key in keys_of(buffer, mesh, pose, _FACE, _FIRST_JOINT)]
        document["animations"] = [animation_entry(keys, name, motion.fps)]
    with written_whole(path) as temporary:
        temporary.write_bytes(buffer.pack(document))
