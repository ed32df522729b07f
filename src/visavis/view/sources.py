"""Motion from any file that holds some: motion files, and faces animated by others."""

from __future__ import annotations

import os
from pathlib import Path

from visavis.core.motion import Motion
from visavis.core.spaces import MotionSpace
from visavis.data.broken import BrokenFile
from visavis.data.motion_files import read_motion
from visavis.view.rigs.gltf_motion import read_gltf_motion

_ANIMATED = (".glb", ".gltf", ".vrm")


def read_source(path: str | os.PathLike[str], space: MotionSpace | None = None) -> Motion:
    """The motion of a motion file (`data.motion_files`), or of an animated .glb, .gltf or .vrm (arkit61).

    At the file's own frame rate. Raises `BrokenFile` where it holds none, is damaged, or holds another space than
    `space`.
    """
    if Path(path).suffix.lower() not in _ANIMATED:
        return read_motion(path, space)
    motion = read_gltf_motion(path)
    if space is not None and motion.space is not space:
        problem = f"holds motion in {motion.space.name}, not {space.name}"
        raise BrokenFile(path, problem, f"give motion in {space.name}")
    return motion
