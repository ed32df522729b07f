"""The animation of a glTF file -> motion in arkit61: a capture that somebody keeps as .glb, or one of our own.

T frames, K keys, N shapes.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np

from visavis.core.builtin_spaces import ARKIT61, ARKIT_WEIGHTS
from visavis.core.clock import FPS, require_rate
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.retarget import arkit_angles
from visavis.core.rotations import multiply, slerp
from visavis.data.broken import BrokenFile
from visavis.view.mesh import JAW
from visavis.view.rigs.gltf import joint_nodes, target_names
from visavis.view.rigs.gltf_file import FREE, GltfFile, broken_file_for, read_gltf
from visavis.view.rigs.gltf_numbers import position
from visavis.view.shape_names import arkit_name

_USUAL_RATES = np.array([24, 25, 30, 48, 50, 60, 120, 24000 / 1001, 30000 / 1001, 60000 / 1001])
_NEAR = 0.002
_MOST_FRAMES = 250_000
"""Of an animation with fewer keys: more than an hour at 60 frames a second."""
_LEAST_WORK = 100
"""Frames that take as long as whatever takes a shape."""


@dataclass(frozen=True, eq=False)
class Track:
    """What an animation does to one property of one node: keys (K,) [s], and the accessor of their values."""

    node: int
    path: str
    times: np.ndarray
    values: int
    how: str


def read_gltf_motion(path: str | os.PathLike[str]) -> Motion:
    """The face's motion in a .glb or .gltf: shapes with ARKit names, and what head and eyes turn from where they rest.

    The first key is frame 0. The frame rate is the one noted in the file (`extras.fps`), or that of the keys; keys that
    do not lie on frames are interpolated.
    Raises `BrokenFile` where the file is damaged or animates no ARKit shape, where its keys run backwards in time, and
    where its frame rate is none.
    """
    file = read_gltf(path)
    with broken_file_for(file.path):
        tracks = _tracks(file)
        times = _frames(file, tracks)
        columns = _weights(file, [track for track in tracks if track.path == "weights"], times)
        if not columns:
            raise BrokenFile(file.path, "animates no shape with an ARKit name", "give a file with an animated face")
        motion = np.zeros((len(times), ARKIT61.width), np.float32)
        for name in ARKIT_WEIGHTS:
            if name in columns:
                motion[:, ARKIT61.indices(name)[0]] = columns[name]
        for joint, node in joint_nodes(file).items():
            turning = [track for track in tracks if (track.node, track.path) == (node, "rotation")]
            if turning and joint != JAW:
                channels = [ARKIT61.indices(f"{joint}{angle}")[0] for angle in ("Yaw", "Pitch", "Roll")]
                motion[:, channels] = arkit_angles(_turned(file, turning[0], times))
        return Motion(motion, ARKIT61, _rate(file, tracks)).require_finite("its motion")


def _tracks(file: GltfFile) -> list[Track]:
    found: list[Track] = []
    read: dict[int, np.ndarray] = {}
    keys = 0
    nodes = len(file.list_of("nodes"))
    for animation in file.list_of("animations"):
        for channel in animation["channels"]:
            samplers, target = animation["samplers"], channel["target"]
            if "node" not in target:
                continue
            sampler = samplers[position(channel["sampler"], len(samplers), "samplers")]
            given = position(sampler["input"], len(file.list_of("accessors")), "accessors")
            if given not in read:
                keys += file.count(given)
                file.require_at_most(keys, "keys", FREE, 16)
                read[given] = _forward(file.array(given)[:, 0].astype(np.float64))
            node, how = position(target["node"], nodes, "nodes"), sampler.get("interpolation", "LINEAR")
            found.append(Track(node, target["path"], read[given], sampler["output"], how))
    file.require_at_most(sum(len(track.times) for track in found), "keys of all nodes", 16 * FREE, 64)
    return found


def _forward(times: np.ndarray) -> np.ndarray:
    if not np.isfinite(times).all():
        raise VisavisError("its clock shows no numbers; export the animation again")
    back = np.flatnonzero(np.diff(times) < 0)
    if len(back):
        key = int(back[0]) + 1
        problem = f"its clock runs backwards: key {key} is at {times[key]:g} s, after {times[key - 1]:g} s"
        raise VisavisError(f"{problem}; export the animation again")
    return times


def _weights(file: GltfFile, tracks: list[Track], times: np.ndarray) -> dict[str, np.ndarray]:
    """The weight (T,) of every ARKit shape that is animated; of several meshes that have it, the mean."""
    known: dict[int, dict[int, str]] = {}
    for (mesh, target), name in target_names(file).items():
        if (shape := arkit_name(name)) is not None:
            known.setdefault(mesh, {})[target] = shape
    sums: dict[str, np.ndarray] = {}
    counts: dict[str, int] = {}
    read = interpolated = 0
    for track in tracks:
        shapes = known.get(file.list_of("nodes")[track.node]["mesh"], {})
        read += file.count(track.values)
        interpolated += len(shapes) * max(len(times), _LEAST_WORK)
        file.require_at_most(read, "weights of all nodes", 64 * FREE, 64)
        file.require_at_most(interpolated, "weights in all frames", 400 * FREE, 400)
        values = _values(file, track)
        columns = [target for target in shapes if target < values.shape[1]]
        for target, weight in zip(columns, _linear(track, values[:, columns], times).T, strict=True):
            name = shapes[target]
            sums[name] = sums[name] + weight if name in sums else weight
            counts[name] = counts.get(name, 0) + 1
    return {name: total / counts[name] for name, total in sums.items()}


def _values(file: GltfFile, track: Track) -> np.ndarray:
    """The values of a track's keys (K, n)."""
    smooth = track.how == "CUBICSPLINE"  # a tangent, the value, a tangent
    values = file.array(track.values).astype(np.float64)
    return np.asarray(values.reshape(len(track.times), 3 if smooth else 1, -1)[:, 1 if smooth else 0])


def _rate(file: GltfFile, tracks: list[Track]) -> float:
    for animation in file.list_of("animations"):
        noted: Any = animation.get("extras", {}).get("fps")
        if isinstance(noted, (int, float)) and 0 < noted < 1e6:
            return require_rate(float(noted))
    steps = np.concatenate([np.diff(track.times) for track in tracks])
    steps = steps[steps > 0]
    if len(steps) == 0:
        return FPS
    rate = 1 / float(np.median(steps))
    nearest = float(_USUAL_RATES[np.argmin(np.abs(_USUAL_RATES - rate))])
    return require_rate(nearest if abs(nearest - rate) < _NEAR * rate else rate)


def _frames(file: GltfFile, tracks: list[Track]) -> np.ndarray:
    """When the frames are [s]. Keys that lie one on each frame, but for rounding, are taken as they are."""
    if not tracks:
        raise BrokenFile(file.path, "holds no animation", "give a file with an animated face")
    rate = _rate(file, tracks)
    first, last = min(track.times[0] for track in tracks), max(track.times[-1] for track in tracks)
    longest = max((track.times for track in tracks), key=len)
    count, most = round((last - first) * rate) + 1, max(_MOST_FRAMES, len(longest))
    if count > most:
        problem = f"its keys lie {last - first:g} s apart, which are {count:,} frames, {most:,} are possible"
        raise VisavisError(f"{problem}; cut the animation")
    times = first + np.arange(count) / rate
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
    return before, after, np.floor(share) if track.how == "STEP" else share


def _linear(track: Track, values: np.ndarray, times: np.ndarray) -> np.ndarray:
    """The values (K, n) of a track's keys -> at other times (T, n)."""
    before, after, share = _between(track, times)
    return np.asarray(values[before] * (1 - share[:, None]) + values[after] * share[:, None])


def _turned(file: GltfFile, track: Track, times: np.ndarray) -> np.ndarray:
    """How far a joint is turned from its rest, as quaternions (T, 4) in the axes of the scene."""
    before, after, share = _between(track, times)
    keys = _values(file, track)[:, [3, 0, 1, 2]]
    lengths = np.linalg.norm(keys, axis=1, keepdims=True)
    if not np.all(lengths > _NEAR):
        raise ValueError("a rotation has no direction")
    keys = keys / lengths
    turns = slerp(keys[before], keys[after], share)
    nodes = file.list_of("nodes")
    x, y, z, w = nodes[track.node].get("rotation", (0.0, 0.0, 0.0, 1.0))
    local = multiply(turns, np.array([w, -x, -y, -z]))
    about = np.array([1.0, 0.0, 0.0, 0.0])
    for node in file.ancestors(track.node)[1:]:
        x, y, z, w = nodes[node].get("rotation", (0.0, 0.0, 0.0, 1.0))
        about = multiply(np.array([w, x, y, z]), about)
    return np.asarray(multiply(multiply(about, local), about * np.array([1.0, -1.0, -1.0, -1.0])))
