"""The animation of a glTF file -> motion in arkit61: a capture that somebody keeps as .glb, or one of our own.

T frames, K keys, N shapes.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np

from visavis.core.builtin_spaces import ARKIT61, ARKIT_WEIGHTS
from visavis.core.clock import FPS
from visavis.core.motion import Motion
from visavis.core.rotations import multiply, slerp
from visavis.data.broken import BrokenFile
from visavis.view.mesh import JAW
from visavis.view.posing import joint_angles
from visavis.view.rigs.gltf import joint_nodes, target_names
from visavis.view.rigs.gltf_file import GltfFile, damage_told, read_gltf
from visavis.view.shape_names import arkit_name

_USUAL_RATES = np.array([24, 25, 30, 48, 50, 60, 120, 24000 / 1001, 30000 / 1001, 60000 / 1001])
_NEAR = 0.002


@dataclass(frozen=True, eq=False)
class Track:
    """What an animation does to one property of one node: keys (K,) [s] and values (K, n)."""

    node: int
    path: str
    times: np.ndarray
    values: np.ndarray
    held: bool


def read_gltf_motion(path: str | os.PathLike[str]) -> Motion:
    """The face's motion in a .glb or .gltf: shapes with ARKit names, and what head and eyes turn from where they rest.

    The first key is frame 0. The frame rate is the one noted in the file (`extras.fps`), or that of the keys; keys that
    do not lie on frames are interpolated.
    Raises `BrokenFile` where the file is damaged or animates no ARKit shape.
    """
    file = read_gltf(path)
    with damage_told(file.path):
        tracks = _tracks(file)
        weights = [track for track in tracks if track.path == "weights"]
        names = target_names(file)
        nodes = file.list_of("nodes")
        columns: dict[str, list[np.ndarray]] = {}
        times = _frames(file, tracks)
        for track in weights:
            values = _linear(track, times)
            for i in range(values.shape[1]):
                known = arkit_name(names.get((nodes[track.node]["mesh"], i), ""))
                if known is not None:
                    columns.setdefault(known, []).append(values[:, i])
        if not columns:
            raise BrokenFile(file.path, "animates no shape with an ARKit name", "give a file with an animated face")
        motion = np.zeros((len(times), ARKIT61.width), np.float32)
        for name in ARKIT_WEIGHTS:
            if name in columns:
                motion[:, ARKIT61.indices(name)[0]] = np.mean(columns[name], axis=0)
        for joint, node in joint_nodes(file).items():
            turning = [track for track in tracks if (track.node, track.path) == (node, "rotation")]
            if turning and joint != JAW:
                channels = [ARKIT61.indices(f"{joint}{angle}")[0] for angle in ("Yaw", "Pitch", "Roll")]
                motion[:, channels] = joint_angles(_turned(file, turning[0], times))
        return Motion(motion, ARKIT61, _rate(file, tracks)).require_finite("its motion")


def _tracks(file: GltfFile) -> list[Track]:
    found: list[Track] = []
    for animation in file.list_of("animations"):
        for channel in animation["channels"]:
            target, sampler = channel["target"], animation["samplers"][channel["sampler"]]
            if "node" not in target:
                continue
            times = file.array(sampler["input"])[:, 0].astype(np.float64)
            values = file.array(sampler["output"]).astype(np.float64)
            how = sampler.get("interpolation", "LINEAR")
            smooth = how == "CUBICSPLINE"  # a tangent, the value, a tangent
            values = values.reshape(len(times), 3 if smooth else 1, -1)[:, 1 if smooth else 0]
            found.append(Track(target["node"], target["path"], times, values, how == "STEP"))
    return found


def _rate(file: GltfFile, tracks: list[Track]) -> float:
    for animation in file.list_of("animations"):
        noted: Any = animation.get("extras", {}).get("fps")
        if isinstance(noted, (int, float)) and 0 < noted < 1e6:
            return float(noted)
    steps = np.concatenate([np.diff(track.times) for track in tracks])
    steps = steps[steps > 0]
    if len(steps) == 0:
        return FPS
    rate = 1 / float(np.median(steps))
    nearest = float(_USUAL_RATES[np.argmin(np.abs(_USUAL_RATES - rate))])
    return nearest if abs(nearest - rate) < _NEAR * rate else rate


def _frames(file: GltfFile, tracks: list[Track]) -> np.ndarray:
    """When the frames are [s]. Keys that lie one on each frame, but for rounding, are taken as they are."""
    if not tracks:
        raise BrokenFile(file.path, "holds no animation", "give a file with an animated face")
    rate = _rate(file, tracks)
    first, last = min(track.times[0] for track in tracks), max(track.times[-1] for track in tracks)
    times = first + np.arange(round((last - first) * rate) + 1) / rate
    longest = max((track.times for track in tracks), key=len)
    if len(longest) == len(times) and np.abs(longest - times).max() < 0.25 / rate:
        return longest
    return np.asarray(times)


def _between(track: Track, times: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The keys before and after each time, and how far between them it lies."""
    after = np.clip(np.searchsorted(track.times, times, side="right"), 1, max(len(track.times) - 1, 1))
    before = after - 1
    after = np.minimum(after, len(track.times) - 1)
    span = track.times[after] - track.times[before]
    share = np.clip((times - track.times[before]) / np.where(span > 0, span, 1), 0, 1)
    return before, after, np.floor(share) if track.held else share


def _linear(track: Track, times: np.ndarray) -> np.ndarray:
    before, after, share = _between(track, times)
    return np.asarray(track.values[before] * (1 - share[:, None]) + track.values[after] * share[:, None])


def _turned(file: GltfFile, track: Track, times: np.ndarray) -> np.ndarray:
    """How far a joint is turned from its rest, as quaternions (T, 4) in the axes of the scene."""
    before, after, share = _between(track, times)
    keys = track.values[:, [3, 0, 1, 2]]
    lengths = np.linalg.norm(keys, axis=1, keepdims=True)
    if not np.all(lengths > _NEAR):
        raise ValueError("a rotation has no direction")
    keys = keys / lengths
    turns = slerp(keys[before], keys[after], share)
    x, y, z, w = file.document["nodes"][track.node].get("rotation", (0.0, 0.0, 0.0, 1.0))
    local = multiply(turns, np.array([w, -x, -y, -z]))
    about = np.array([1.0, 0.0, 0.0, 0.0])
    for node in file.ancestors(track.node)[1:]:
        x, y, z, w = file.document["nodes"][node].get("rotation", (0.0, 0.0, 0.0, 1.0))
        about = multiply(np.array([w, x, y, z]), about)
    return np.asarray(multiply(multiply(about, local), about * np.array([1.0, -1.0, -1.0, -1.0])))
