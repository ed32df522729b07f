"""What a glTF scene shows at rest: triangles, placed, with the nodes they hang on and the shapes that are asked for.

V vertices of a piece. A small file can ask for much: nodes that show the same mesh, shapes and skins that share their
numbers. All of it is counted before any of it is made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from visavis.core.errors import VisavisError
from visavis.view.rigs.gltf_file import FREE, GltfFile
from visavis.view.rigs.gltf_numbers import position

Shares = Mapping[tuple[int, int], Mapping[str, float]]
"""What a morph target, told by (mesh, number), adds to which named shapes, and how much of it."""

_TRIANGLES, _STRIP, _FAN = 4, 5, 6
_MOST_PIECES = 20_000
_LEAST_WORK = 500
"""Points that take as long as whatever takes a piece."""


@dataclass(frozen=True, eq=False)
class Following:
    """How far vertices follow nodes: `shares` (K,) of `vertices` (K,) and `nodes` (K,), each pair once, by nodes."""

    vertices: np.ndarray
    nodes: np.ndarray
    shares: np.ndarray


@dataclass(frozen=True, eq=False)
class Piece:
    """One primitive of one node in the scene at rest.

    `placed` (V, 4, 4): what its node or skin does to each vertex; `targets`: accessors of its morph targets' offsets.
    """

    mesh: int
    vertices: np.ndarray
    faces: np.ndarray
    placed: np.ndarray
    targets: Mapping[int, int]
    follows: Following

    def offsets(self, file: GltfFile, target: int) -> np.ndarray:
        """What a morph target adds at weight 1 (V, 3)."""
        given = _numbers(file, self.targets[target], len(self.vertices), 3)
        return np.asarray(np.einsum("vij,vj->vi", self.placed[:, :3, :3], given))


@dataclass(frozen=True, eq=False)
class _Skin:
    """The nodes of a skin's joints (J,), and what each does to the vertices that hang on it (J, 4, 4)."""

    joints: np.ndarray
    places: np.ndarray


@dataclass(frozen=True, eq=False)
class _Primitive:
    """A primitive and the node that shows it, before anything is read."""

    node: int
    entry: Mapping[str, Any]
    primitive: Mapping[str, Any]
    targets: Mapping[int, int]

    @property
    def is_skinned(self) -> bool:
        return "skin" in self.entry and "JOINTS_0" in self.primitive["attributes"]


def scene_pieces(file: GltfFile, shares: Shares) -> list[Piece]:
    """Everything that the scene shows as triangles, with those morph targets that have `shares`."""
    primitives = _primitives(file, shares)
    skins = _skins(file, primitives)
    return [_piece(file, one, skins) for one in primitives]


def _primitives(file: GltfFile, shares: Shares) -> list[_Primitive]:
    found: list[_Primitive] = []
    targets: dict[int, dict[int, int]] = {}
    points = moved = corners = 0
    shown = _shown(file)
    for node, entry in enumerate(file.list_of("nodes")):
        if "mesh" not in entry or not shown[node]:
            continue
        mesh = entry["mesh"]
        for primitive in file.entry("meshes", mesh)["primitives"]:
            if primitive.get("mode", _TRIANGLES) not in (_TRIANGLES, _STRIP, _FAN):
                continue
            if id(primitive) not in targets:
                targets[id(primitive)] = _targets(mesh, primitive, shares)
            asked = targets[id(primitive)]
            found.append(_Primitive(node, entry, primitive, asked))
            count = file.count(primitive["attributes"]["POSITION"])
            points += count
            corners += file.count(primitive["indices"]) if "indices" in primitive else count
            named = sum(len(shares[mesh, target]) for target in asked)
            moved += max(count, _LEAST_WORK) * (len(primitive["attributes"]) + len(asked) + named)
            file.require_at_most(len(found), "pieces of meshes", _MOST_PIECES, 0)
            file.require_at_most(points, "points", FREE, 4)
            file.require_at_most(corners, "corners", 8 * FREE, 32)
            file.require_at_most(moved, "numbers of points that shapes and joints move", 100 * FREE, 400)
    return found


def _shown(file: GltfFile) -> np.ndarray:
    """Whether each node hangs in the scene that is shown (nodes,); all do where there are no scenes."""
    if not file.list_of("scenes"):
        return np.ones(len(file.list_of("nodes")), bool)
    roots = file.entry("scenes", file.document.get("scene", 0)).get("nodes", ())
    return np.isin(file.tree.roots, [position(root, len(file.list_of("nodes")), "nodes") for root in roots])


def _targets(mesh: int, primitive: Mapping[str, Any], shares: Shares) -> dict[int, int]:
    """The accessors of the offsets of those morph targets, by number, that have shares."""
    given = enumerate(primitive.get("targets", ()))
    return {number: one["POSITION"] for number, one in given if "POSITION" in one and (mesh, number) in shares}


def _skins(file: GltfFile, primitives: Sequence[_Primitive]) -> dict[int, _Skin]:
    """The skins that are in use, by number."""
    used = {position(one.entry["skin"], len(file.list_of("skins")), "skins") for one in primitives if one.is_skinned}
    matrices = 0
    found: dict[int, _Skin] = {}
    for number in sorted(used):
        skin = file.entry("skins", number)
        joints = np.array([position(joint, len(file.list_of("nodes")), "nodes") for joint in skin["joints"]], np.int64)
        places = file.placements[joints]
        if "inverseBindMatrices" in skin:
            matrices += file.count(skin["inverseBindMatrices"])
            file.require_at_most(matrices, "matrices of skins")
            inverse = file.array(skin["inverseBindMatrices"]).astype(np.float64)
            if len(inverse) < len(joints):
                told = f"a skin has {len(joints)} joints and {len(inverse)} matrices"
                raise VisavisError(f"{told}; export or copy it again")
            places = places @ inverse.reshape(-1, 4, 4).transpose(0, 2, 1)[: len(joints)]
        found[number] = _Skin(joints, places)
    return found


def _piece(file: GltfFile, instance: _Primitive, skins: Mapping[int, _Skin]) -> Piece:
    attributes, node = instance.primitive["attributes"], instance.node
    count = file.count(attributes["POSITION"])
    points = _numbers(file, attributes["POSITION"], count, 3)
    if instance.is_skinned:
        placed, follows = _bound(file, skins[int(instance.entry["skin"])], attributes, count)
    else:
        placed = np.broadcast_to(file.placements[node], (count, 4, 4))
        follows = Following(np.arange(count), np.full(count, node), np.ones(count, np.float32))
    faces = _triangles(file, instance.primitive, count)
    if len(faces) and not 0 <= faces.min() <= faces.max() < count:
        raise VisavisError(f"its triangles name points up to {faces.max()} of {count}; export or copy it again")
    if np.linalg.det(placed[0, :3, :3]) < 0:
        faces = faces[:, ::-1]
    vertices = np.einsum("vij,vj->vi", placed[:, :3, :3], points) + placed[:, :3, 3]
    return Piece(instance.entry["mesh"], vertices, faces, placed, instance.targets, follows)


def _numbers(file: GltfFile, accessor: int, count: int, wide: int) -> np.ndarray:
    """The numbers (count, wide) of an attribute of `count` points."""
    found = file.array(accessor).astype(np.float64)
    if found.shape != (count, wide):
        problem = f"an attribute of {count} points has {len(found)} x {found.shape[1]} numbers, not {count} x {wide}"
        raise VisavisError(f"{problem}; export or copy it again")
    return found


def _bound(file: GltfFile, skin: _Skin, attributes: Mapping[str, int], count: int) -> tuple[np.ndarray, Following]:
    """What a skin does to each vertex at rest (V, 4, 4), and the nodes that it hangs on."""
    placed = np.zeros((count, 4, 4))
    nodes, held = [], []
    for number in [name.removeprefix("JOINTS_") for name in attributes if name.startswith("JOINTS_")]:
        chosen = _numbers(file, attributes[f"JOINTS_{number}"], count, 4)
        shares = _numbers(file, attributes[f"WEIGHTS_{number}"], count, 4)
        if count and not 0 <= chosen.min() <= chosen.max() < len(skin.joints):
            told = f"points hang on joint {chosen.max():g} of a skin of {len(skin.joints)}"
            raise VisavisError(f"{told}; export or copy it again")
        for joint, share in zip(chosen.astype(np.int64).T, shares.T, strict=True):
            placed += share[:, None, None] * skin.places[joint]
            nodes.append(skin.joints[joint])
            held.append(share)
    return placed, _following(np.concatenate(nodes), np.concatenate(held), count)


def _following(nodes: np.ndarray, shares: np.ndarray, count: int) -> Following:
    """The sums of what vertices 0 to `count`, over and over, follow nodes."""
    pairs, place = np.unique(nodes * count + np.arange(len(nodes)) % max(count, 1), return_inverse=True)
    total = np.zeros(len(pairs), np.float32)
    np.add.at(total, place, shares)
    return Following(pairs % max(count, 1), pairs // max(count, 1), total)


def _triangles(file: GltfFile, primitive: Mapping[str, Any], count: int) -> np.ndarray:
    line = file.array(primitive["indices"])[:, 0].astype(np.int64) if "indices" in primitive else np.arange(count)
    mode = primitive.get("mode", _TRIANGLES)
    if mode == _TRIANGLES:
        return line.reshape(-1, 3)
    steps = np.arange(len(line) - 2)
    if mode == _FAN:
        return np.stack([line[steps + 1], line[steps + 2], np.broadcast_to(line[:1], len(steps))], axis=1)
    odd = steps % 2
    return np.stack([line[steps], line[steps + 1 + odd], line[steps + 2 - odd]], axis=1)
