"""Motion files, chosen by ending: our `.npz`, DualTalk's `.npz` and `.npy`, Live Link Face `.csv`.

T = frames, D = channels.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from visavis.core import spaces
from visavis.core.builtin_spaces import FLAME56
from visavis.core.clock import FPS
from visavis.core.errors import VisavisError
from visavis.core.files import written_whole
from visavis.core.motion import Motion
from visavis.core.spaces import MotionSpace, space_named
from visavis.data.broken import BrokenFile, read_array, read_arrays, require_stored_rate
from visavis.data.colocated import colocated_motion
from visavis.data.livelink import read_livelink, write_livelink

_OURS = ("motion", "space", "fps")
_DUALTALK = ("exp", "pose")
_COLOCATED = ("head_eye_deg",)
_ENDINGS = ".npz, .npy or .csv"


def read_motion(path: str | os.PathLike[str], space: MotionSpace | None = None) -> Motion:
    """The motion of a file at the file's own frame rate; all values are finite and there is at least one frame.

    - `.npz` with `motion` (T, D), `space` and `fps`: ours; with `known`, names of the channels that were captured, and
      `state` (T,), names of the conversation states that a model told; with `counted` (T,) bool, the frames in which
      what is known was captured.
    - `.npz` with `exp` (T, 50) and `pose` (T, 6) = neck, jaw: DualTalk recordings, flame56 at 25 fps.
    - `.npz` with `head_eye_deg` (T, 5) [deg]: head and eyes of a seated conversation, arkit61 at 60 fps.
    - `.npy` (T, D): bare frames at 25 fps, such as DualTalk predictions (exp, jaw, neck = flame56).
      The space is `space`, or else the one registered space of that width.
    - `.csv`: a Live Link Face capture, arkit61.

    Raises `BrokenFile` when the file is missing or damaged, is none of these, or holds another space than `space`.
    """
    ending = Path(path).suffix.lower()
    try:
        if ending == ".npz":
            motion = _read_npz(path)
        elif ending == ".npy":
            motion = _read_npy(path, space)
        elif ending == ".csv":
            motion = read_livelink(path)
        else:
            raise BrokenFile(path, f"motion cannot be read from {ending or 'a name without ending'}", f"use {_ENDINGS}")
        motion.require_finite("motion")
    except BrokenFile:
        raise
    except VisavisError as error:
        raise BrokenFile.because(path, error) from error
    if len(motion) == 0:
        raise BrokenFile(path, "holds no frames", "record it again or leave it out")
    if space is not None and motion.space.name != space.name:
        raise BrokenFile(path, f"holds motion in {motion.space.name}, not {space.name}", f"give motion in {space.name}")
    return motion


def write_motion(motion: Motion, path: str | os.PathLike[str]) -> None:
    """Write motion to `.npz` (ours), `.npy` (bare frames at 25 fps) or `.csv` (Live Link Face, arkit61 only).

    `read_motion` gives the same motion back, from `.csv` to 1e-6.
    Only our `.npz` remembers which channels are known, which frames count, and states.
    Raises `VisavisError` for other endings and where the format cannot hold this motion.
    """
    ending = Path(path).suffix.lower()
    if ending == ".csv":
        write_livelink(motion, path)
    elif ending == ".npy":
        if motion.fps != FPS:
            raise VisavisError(
                f"{path}: .npy holds {FPS} fps, the motion has {motion.fps:g}; resample it or write .npz"
            )
        with written_whole(path) as temporary:
            np.save(temporary, motion.values)
    elif ending == ".npz":
        arrays: dict[str, Any] = {"motion": motion.values, "space": motion.space.name, "fps": np.float64(motion.fps)}
        if motion.known is not None:
            arrays["known"] = np.array(sorted(motion.known), dtype=np.str_)
        if motion.state is not None:
            arrays["state"] = motion.state
        if motion.counted is not None:
            arrays["counted"] = motion.counted
        with written_whole(path) as temporary:
            np.savez(temporary, **arrays)
    else:
        raise VisavisError(f"{path}: motion cannot be written to {ending or 'a name without ending'}; use {_ENDINGS}")


def _read_npz(path: str | os.PathLike[str]) -> Motion:
    arrays = read_arrays(path, [_OURS, _DUALTALK, _COLOCATED], ("known", "state", "counted"))
    if "head_eye_deg" in arrays:
        return colocated_motion(path, arrays["head_eye_deg"])
    if "exp" in arrays:
        return _from_dualtalk(path, arrays["exp"], arrays["pose"])
    fps, name = arrays["fps"], arrays["space"]
    if name.shape != () or name.dtype.kind != "U":
        raise BrokenFile(path, "`space` is not a text", "write the name of a motion space")
    require_stored_rate(path, fps)
    values, space = _numbers(path, arrays["motion"]), space_named(str(name))
    return Motion(values, space, float(fps), _known(path, arrays), _state(path, arrays), arrays.get("counted"))


def _known(path: str | os.PathLike[str], arrays: dict[str, np.ndarray]) -> frozenset[str] | None:
    names = arrays.get("known")
    if names is None:
        return None
    if names.ndim != 1 or names.dtype.kind != "U":
        raise BrokenFile(path, "`known` is not a list of texts", "write the names of channels")
    return frozenset(map(str, names))


def _state(path: str | os.PathLike[str], arrays: dict[str, np.ndarray]) -> np.ndarray | None:
    names = arrays.get("state")
    if names is None:
        return None
    if names.dtype.kind != "U" or not all(name.isprintable() for name in np.unique(names).tolist()):
        raise BrokenFile(
            path, "`state` is not a list of texts", "write the name of a conversation state for each frame"
        )
    return names


def _from_dualtalk(path: str | os.PathLike[str], exp: np.ndarray, pose: np.ndarray) -> Motion:
    jaw, neck = FLAME56.indices("jaw"), FLAME56.indices("pose")
    need = (len(FLAME56.indices("exp")), len(neck) + len(jaw))
    if exp.ndim != 2 or pose.ndim != 2 or (exp.shape[1], pose.shape[1]) != need or len(exp) != len(pose):
        raise BrokenFile(
            path, f"exp {exp.shape} and pose {pose.shape} do not fit", f"they must be (T, {need[0]}) and (T, {need[1]})"
        )
    values = np.empty((len(exp), FLAME56.width), dtype=np.float32)
    values[:, FLAME56.indices("exp")] = _numbers(path, exp)
    values[:, neck], values[:, jaw] = np.split(_numbers(path, pose), [len(neck)], axis=1)
    return Motion(values, FLAME56, FPS)


def _read_npy(path: str | os.PathLike[str], space: MotionSpace | None) -> Motion:
    values = _numbers(path, read_array(path))
    if space is None:
        fitting = [known for known in spaces.registered_spaces() if values.ndim == 2 and known.width == values.shape[1]]
        if len(fitting) != 1:
            names = ", ".join(known.name for known in fitting) or "none of the known motion spaces"
            raise BrokenFile(path, f"an array of shape {values.shape} fits {names}", "name the motion space")
        space = fitting[0]
    return Motion(values, space, FPS)


def _numbers(path: str | os.PathLike[str], array: np.ndarray) -> np.ndarray:
    if array.dtype.kind not in "iuf":
        raise BrokenFile(path, f"holds {array.dtype} values", "write real numbers")
    with np.errstate(over="ignore"):  # too large becomes infinite, which is refused afterwards
        return array.astype(np.float32, copy=False)
