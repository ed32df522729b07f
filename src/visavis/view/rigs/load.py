"""A rig from whatever file it comes in."""

from __future__ import annotations

import os
from pathlib import Path

from visavis.data.broken import BrokenFile, read_arrays
from visavis.view.rigs.flame import FlameRig, read_flame
from visavis.view.rigs.gltf import read_arkit_gltf
from visavis.view.rigs.ict import read_ict
from visavis.view.rigs.rig import MeshRig
from visavis.view.rigs.vrm import read_vrm


def read_rig(path: str | os.PathLike[str]) -> MeshRig | FlameRig:
    """The rig in a file, chosen by its ending.

    - `.vrm`: VRM 0 or 1. `.glb`, `.gltf`: shapes with ARKit names.
    - a folder: ICT-FaceKit. `.npz`: ICT-FaceKit's arrays, or FLAME's. `.pkl`: FLAME as published.

    Raises `BrokenFile` where the file is none of these or is damaged.
    """
    place = Path(path)
    ending = place.suffix.lower()
    if place.is_dir():
        return read_ict(place)
    if ending == ".vrm":
        return read_vrm(place)
    if ending in (".glb", ".gltf"):
        return read_arkit_gltf(place)
    if ending == ".pkl":
        return FlameRig(read_flame(place))
    if ending == ".npz":
        is_flame = "v_template" in read_arrays(place, [("v_template",), ("vertices",)])
        return FlameRig(read_flame(place)) if is_flame else read_ict(place)
    problem = f"a head cannot be read from {ending or 'a name without ending'}"
    raise BrokenFile(place, problem, "use .glb, .gltf, .vrm, ICT-FaceKit (folder or .npz) or FLAME (.pkl or .npz)")
