"""Head and eyes as a BVH file, which Blender, MotionBuilder and most animation programs open.

Centimetres and degrees; y up, z ahead, x to the person's own left. Rotations are about y, then x, then z.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

import numpy as np

from visavis.core.files import written_whole
from visavis.core.motion import Motion
from visavis.core.rotations import from_quaternion
from visavis.view.mesh import HEAD, LEFT_EYE, RIGHT_EYE, Mesh
from visavis.view.posing import posing

_PLACES: Mapping[str, tuple[float, float, float]] = {
    HEAD: (0.0, 0.09, 0.0),
    LEFT_EYE: (0.031, 0.15, 0.08),
    RIGHT_EYE: (-0.031, 0.15, 0.08),
}
"""Where the joints of a common head are, counted from where the neck begins [m]."""
_TURNS = "Yrotation Xrotation Zrotation"
_CENTIMETRES = 100


def write_bvh(path: str | os.PathLike[str], motion: Motion, mesh: Mesh | None = None) -> None:
    """Write how head and eyes turn, at the motion's frame rate; joints are where `mesh` has them.

    Raises `VisavisError` for a space that cannot be shown, for motion without frames, and where the place cannot be
    written.
    """
    pose = posing(motion)
    places = dict(_PLACES)
    if mesh is not None:
        places |= {joint.name: joint.at for joint in mesh.joints if joint.name in _PLACES}
    angles = [np.degrees(from_quaternion(pose.turns[joint], "yaw-pitch-roll")) for joint in _PLACES]
    rows = np.concatenate([np.zeros((len(motion), 6)), *angles], axis=1)
    lines = [
        "HIERARCHY",
        *_joints(places),
        "MOTION",
        f"Frames: {len(motion)}",
        f"Frame Time: {1 / motion.fps:.10f}",
        *(" ".join(f"{value:.6f}" for value in row) for row in rows.tolist()),
    ]
    with written_whole(path) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _joints(places: Mapping[str, tuple[float, float, float]]) -> list[str]:
    head = np.asarray(places[HEAD])
    eyes = [line for eye in (LEFT_EYE, RIGHT_EYE) for line in _joint("JOINT", eye, places[eye] - head, [], 3)]
    inner = _joint("JOINT", HEAD, head, eyes, 3)
    return _joint("ROOT", "Neck", np.zeros(3), inner, 6)


def _joint(kind: str, name: str, offset: np.ndarray, inner: list[str], channels: int) -> list[str]:
    moves = "Xposition Yposition Zposition " if channels == 6 else ""
    end = ["End Site", "{", "\tOFFSET 0.0000 0.0000 3.0000", "}"]
    return [
        f"{kind} {name}",
        "{",
        f"\tOFFSET {_numbers(offset)}",
        f"\tCHANNELS {channels} {moves}{_TURNS}",
        *("\t" + line for line in inner or end),
        "}",
    ]


def _numbers(offset: np.ndarray) -> str:
    return " ".join(f"{value:.4f}" for value in (_CENTIMETRES * offset).tolist())
