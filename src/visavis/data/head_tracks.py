"""How a head, its eyes and its lids moved in a recording, whatever the motion space and the frame rate.

T = frames at 25 fps.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr

from visavis.core.clock import FPS, SAMPLES_PER_FRAME
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.rotations import from_quaternion, to_quaternion
from visavis.data.broken import BrokenFile
from visavis.data.motion_files import read_motion
from visavis.data.sound import read_sound

_ENDINGS = (".npz", ".csv")
_LEAST_RAD = 1e-3
"""Angles that spread less than this were not recorded."""


@dataclass(frozen=True, eq=False)
class HeadTrack:
    """What was recorded of one person, None where it was not: head yaw, pitch and roll (T, 3) [rad], gaze yaw and
    pitch (T, 2) [rad], how far the lids are closed (T,) 0 to 1, and where the person speaks (T,) bool."""

    name: str
    head: np.ndarray | None
    gaze: np.ndarray | None
    lids: np.ndarray | None
    speaking: np.ndarray | None


def read_head_track(path: str | os.PathLike[str]) -> HeadTrack:
    """The track of any motion file; a .wav of the same name beside it tells when the person speaks.

    Raises `BrokenFile` as `read_motion` does, and where neither head nor eyes move in it.
    """
    motion = read_motion(path)
    track = head_track(Path(path).stem, motion)
    if track.head is None and track.gaze is None:
        raise BrokenFile(path, "neither head nor eyes move in it", "give a recording with head or eye rotations")
    sound = Path(path).with_suffix(".wav")
    if not sound.is_file():
        return track
    speaking = _loud(read_sound(sound), len(track.head if track.head is not None else motion))
    return HeadTrack(track.name, track.head, track.gaze, track.lids, speaking)


def read_head_tracks(paths: Iterable[str | os.PathLike[str]]) -> list[HeadTrack]:
    """The tracks of files, and of all files in folders that hold head or eye movement.

    Raises `VisavisError` where nothing is found, `BrokenFile` for a named file that cannot be read.
    """
    tracks: list[HeadTrack] = []
    for path in map(Path, paths):
        if not path.is_dir():
            tracks.append(read_head_track(path))
            continue
        for file in sorted(p for p in path.rglob("*") if p.suffix.lower() in _ENDINGS):
            try:
                tracks.append(read_head_track(file))
            except BrokenFile:
                continue
    if not tracks:
        raise VisavisError("no recording of head or eye movement was found; give .npz or .csv files of motion")
    return tracks


def head_track(name: str, motion: Motion) -> HeadTrack:
    """The track of motion in any space, at 25 fps."""
    space = motion.space
    pose = set(space.groups.get("pose", ()))
    rotation = next((turn for turn in space.rotations if set(turn.channels) == pose), None)
    head = None
    if rotation is not None:
        values = motion.values[:, list(rotation.channels)].astype(np.float64)
        if rotation.form != "yaw-pitch-roll":
            values = from_quaternion(to_quaternion(values, rotation.form), "yaw-pitch-roll")
        head = _moving(_at_clock(np.unwrap(values, axis=0), motion.fps))
    gaze = lids = None
    if {"LeftEyeYaw", "RightEyePitch"} <= set(space.channels):
        eyes = [(motion[f"LeftEye{turn}"] + motion[f"RightEye{turn}"]) / 2 for turn in ("Yaw", "Pitch")]
        gaze = _moving(_at_clock(np.concatenate(eyes, axis=1), motion.fps))
    if "blink" in space.parts:
        closed = _moving(_at_clock(motion["blink"].mean(axis=1, keepdims=True), motion.fps))
        lids = None if closed is None else closed[:, 0]
    return HeadTrack(name, head, gaze, lids, None)


def _at_clock(values: np.ndarray, fps: float) -> np.ndarray:
    """(T', n) at `fps` -> (T, n) at 25 fps; what is faster than 12.5 Hz is filtered out, ends are mirrored."""
    if fps == FPS:
        return values.astype(np.float64)
    margin = min(len(values) - 1, round(4 * fps))
    ahead, behind = 2 * values[:1] - values[margin:0:-1], 2 * values[-1:] - values[-2 : -margin - 2 : -1]
    padded = np.concatenate([ahead, values, behind]).astype(np.float64)
    resampled = soxr.resample(padded, fps, FPS, quality="VHQ")
    start = round(margin * FPS / fps)
    return np.asarray(resampled[start : start + max(1, int(len(values) * FPS / fps))])


def _moving(values: np.ndarray) -> np.ndarray | None:
    return values if len(values) > 1 and values.std(axis=0).max() > _LEAST_RAD else None


def _loud(sound: np.ndarray, frames: int) -> np.ndarray:
    """(frames,) where the sound is louder than half way from its quiet to its loud level, gaps of 0.3 s bridged."""
    whole = np.pad(sound, (0, max(0, frames * SAMPLES_PER_FRAME - len(sound))))[: frames * SAMPLES_PER_FRAME]
    level = 10 * np.log10((whole.reshape(frames, SAMPLES_PER_FRAME).astype(np.float64) ** 2).mean(axis=1) + 1e-9)
    quiet, loud = np.percentile(level, (10, 95))
    return np.asarray(np.convolve(level > (quiet + loud) / 2, np.ones(9), "same") > 2)
