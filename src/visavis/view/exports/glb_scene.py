"""People in one room as one animated .glb: each a node that stands and turns where they do, with a face below it.

The node of a person carries their name; its translation and rotation are keyed where body and head move about. Below
it are the mesh with its morph targets and the joints of its skin, as in a file of one head (`glb`). y up, [m].
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from visavis.core.files import written_whole
from visavis.core.motion import Motion
from visavis.core.rotations import to_quaternion
from visavis.view.exports.glb_figure import (
    Keys,
    animation_entry,
    as_xyzw,
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


@dataclass(frozen=True, eq=False)
class Member:
    """Somebody in a scene: a name, a head, its motion on shoulders that look ahead, and where they are.

    `positions` (T, 3) [m] of the head and `headings` (T,) [rad] of the shoulders about y; one frame of them does not
    move. Without motion a head stands still.
    """

    name: str
    mesh: Mesh
    motion: Motion | None
    positions: np.ndarray
    headings: np.ndarray


def write_glb_scene(path: str | os.PathLike[str], members: Sequence[Member]) -> None:
    """Write people where they are in a room, with their motion, as one .glb file.

    The motions have one frame rate; weights are written as they are, unclipped. Raises `VisavisError` for a mesh
    without vertices or faces, for a space that cannot be shown, and where the place cannot be written.
    """
    buffer = GltfBuffer()
    document: dict[str, Any] = {
        "asset": {"version": "2.0", "generator": "visavis"},
        "scene": 0,
        "scenes": [{"nodes": []}],
        **{part: [] for part in ("meshes", "materials", "nodes", "skins")},
    }
    keys: list[tuple[int, Keys]] = []
    for member in members:
        require_mesh(path, member.mesh)
        keys += _stand(document, buffer, member)
    rates = [member.motion.fps for member in members if member.motion is not None]
    if keys:
        document["animations"] = [animation_entry(keys, "conversation", max(rates))]
    with written_whole(path) as temporary:
        temporary.write_bytes(buffer.pack(document))


def _stand(document: dict[str, Any], buffer: GltfBuffer, member: Member) -> list[tuple[int, Keys]]:
    """Put somebody into a document; what is to be animated of them, with the accessor of its times."""
    mesh, nodes = member.mesh, document["nodes"]
    root, face, first = len(nodes), len(nodes) + 1, len(nodes) + 2
    document["scenes"][0]["nodes"].append(root)
    nodes.append(
        {
            "name": member.name,
            "translation": member.positions[0].tolist(),
            "rotation": _upright(member.headings[:1])[0].tolist(),
            "children": [face, first],
        }
    )
    nodes.append({"name": f"{member.name} face", "mesh": len(document["meshes"]), "skin": len(document["skins"])})
    nodes += joint_nodes(mesh, first)
    document["meshes"].append(mesh_entry(buffer, mesh, member.name, len(document["materials"])))
    document["materials"] += [material_entry(material) for material in mesh.materials]
    document["skins"].append(skin_entry(buffer, mesh, first))
    if member.motion is None:
        return []
    times = key_times(buffer, member.motion)
    keys = keys_of(buffer, mesh, posing(member.motion), face, first)
    if len(member.positions) > 1:
        keys.append(Keys(root, "translation", buffer.add(member.positions.astype(np.float32), "VEC3")))
        keys.append(Keys(root, "rotation", buffer.add(_upright(member.headings), "VEC4")))
    return [(times, key) for key in keys]


def _upright(headings: np.ndarray) -> np.ndarray:
    """Turns about y (T, 4) in glTF's order."""
    return as_xyzw(to_quaternion(np.stack([0 * headings, headings, 0 * headings], axis=1), "axis-angle"))
