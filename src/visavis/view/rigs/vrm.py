"""VRM 0 and VRM 1 models -> rigs: by their ARKit expressions where they have them, else by their presets."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from visavis.core.builtin_spaces import ARKIT_WEIGHTS
from visavis.data.broken import BrokenFile, listed
from visavis.view.mesh import HEAD, JAW, LEFT_EYE, RIGHT_EYE
from visavis.view.rigs.gltf import scene_mesh, target_names
from visavis.view.rigs.gltf_file import GltfFile, broken_file_for, read_gltf
from visavis.view.rigs.rig import MeshRig
from visavis.view.rigs.vrm_presets import PRESETS, VRM0_NAMES
from visavis.view.shape_names import arkit_name

_BONES = {"head": HEAD, "leftEye": LEFT_EYE, "rightEye": RIGHT_EYE, "jaw": JAW}
_PRESET_OF = {name.lower(): preset for preset, name in VRM0_NAMES.items()} | {name.lower(): name for name in PRESETS}
Binds = Mapping[tuple[int, int], float]
"""How much of which morph targets, told by (mesh, number), an expression shows."""


@dataclass(frozen=True)
class Expression:
    """An expression's own name, its preset's VRM 1 name ("" for none), and the morph targets it shows."""

    name: str
    preset: str
    binds: Binds


def read_vrm(path: str | os.PathLike[str]) -> MeshRig:
    """The rig of a .vrm model, VRM 0 or 1.

    An arkit61 weight moves the expression of its name ("perfect sync"), else the morph target of its name, else the
    presets that can say it (`vrm_presets.PRESETS`). Head, eyes and jaw turn as the humanoid's bones.
    Raises `BrokenFile` where the file is damaged, is no VRM, or shows nothing of an ARKit face.
    """
    file = read_gltf(path)
    with broken_file_for(file.path):
        extensions = file.document.get("extensions", {})
        if "VRMC_vrm" in extensions:
            model = extensions["VRMC_vrm"]
            expressions = list(_vrm1_expressions(file, model))
            bones = {name: bone["node"] for name, bone in model["humanoid"]["humanBones"].items()}
        elif "VRM" in extensions:
            model = extensions["VRM"]
            expressions = list(_vrm0_expressions(model))
            bones = {bone["bone"]: bone["node"] for bone in model["humanoid"]["humanBones"]}
        else:
            raise BrokenFile(file.path, "is no VRM model", "export it as VRM, or name it .glb")
        shares = _shares(file, expressions)
        if not shares:
            names = listed(expression.name for expression in expressions)
            problem = f"none of its expressions can be driven (expressions: {names})"
            raise BrokenFile(file.path, problem, "add presets (aa, blinkLeft, ...) or ARKit expressions")
        joints = {_BONES[name]: node for name, node in bones.items() if name in _BONES}
        return MeshRig(scene_mesh(file, shares, joints, turned="VRMC_vrm" not in extensions))


def _vrm1_expressions(file: GltfFile, model: dict[str, Any]) -> Iterator[Expression]:
    groups = model.get("expressions", {})
    for group in ("preset", "custom"):
        for name, entry in groups.get(group, {}).items():
            binds: dict[tuple[int, int], float] = {}
            for bind in entry.get("morphTargetBinds", ()):
                mesh = file.entry("nodes", bind["node"])["mesh"]
                binds[mesh, bind["index"]] = float(bind["weight"])
            yield Expression(name, _PRESET_OF.get(name.lower(), "") if group == "preset" else "", binds)


def _vrm0_expressions(model: dict[str, Any]) -> Iterator[Expression]:
    for entry in model.get("blendShapeMaster", {}).get("blendShapeGroups", ()):
        binds = {(bind["mesh"], bind["index"]): float(bind["weight"]) / 100 for bind in entry.get("binds", ())}
        yield Expression(str(entry["name"]), _PRESET_OF.get(str(entry.get("presetName", "")).lower(), ""), binds)


def _shares(file: GltfFile, expressions: Iterable[Expression]) -> dict[tuple[int, int], dict[str, float]]:
    """What each morph target adds to the shapes of arkit61, from the best source that says each shape."""
    own: dict[str, list[Binds]] = {}
    presets: dict[str, list[Binds]] = {}
    for expression in expressions:
        known = arkit_name(expression.name) if not expression.preset else None
        if known is not None and expression.binds:
            own.setdefault(known, []).append(expression.binds)
        for name, share in PRESETS.get(expression.preset, {}).items():
            presets.setdefault(name, []).append({at: share * weight for at, weight in expression.binds.items()})
    targets: dict[str, list[Binds]] = {}
    for at, target in target_names(file).items():
        known = arkit_name(target)
        if known is not None:
            targets.setdefault(known, []).append({at: 1.0})
    shares: dict[tuple[int, int], dict[str, float]] = {}
    for name in ARKIT_WEIGHTS:
        for binds in own.get(name) or targets.get(name) or presets.get(name) or ():
            for at, weight in binds.items():
                held = shares.setdefault(at, {})
                held[name] = held.get(name, 0.0) + weight
    return shares
