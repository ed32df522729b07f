"""Checks of what is pushed into a session: sound, motion and stamps, before anything of them is taken.

Shapes: S samples, T frames, D motion channels.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from visavis.core.bounds import FARTHEST, LOUDEST, require_reach
from visavis.core.clock import FPS, SAMPLE_RATE, require_rate
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.resampling import resampling
from visavis.core.spaces import MotionSpace


def checked_rate(name: str, rate: float | None) -> float | None:
    """The rate of sound [Hz], None where it is 16 kHz. Raises `VisavisError` for what is no sample rate."""
    if rate is None:
        return None
    try:
        source = resampling(rate).source
    except VisavisError as error:
        raise VisavisError(f"{name}: {error}") from error
    return None if source == SAMPLE_RATE else float(source)


def checked_fps(name: str, given: Motion | npt.ArrayLike, rate: float | None) -> float | None:
    """The rate of motion [1/s], as it says itself or as is said, None where that is 25 fps.

    Raises `VisavisError` for what is no frame rate, and where the two differ.
    """
    own = given.fps if isinstance(given, Motion) else None
    if rate is not None and (isinstance(rate, bool) or not isinstance(rate, (int, float, np.number))):
        raise VisavisError(f"{name}: a frame rate is a number, {rate!r:.40} was given; 25, 30 and 60 are usual")
    if rate is not None and own is not None and rate != own:
        raise VisavisError(f"{name} has {own:g} fps by itself and {rate:g} by `rate`; leave one out")
    fps = float(next((one for one in (rate, own) if one is not None), FPS))
    return None if require_rate(fps) == FPS else fps


def checked_sound(name: str, given: npt.ArrayLike) -> np.ndarray:
    """A copy of mono sound (S,) as float32: floats as they are, int16 divided by 32768.

    Raises `VisavisError` for other shapes and types, NaN and samples beyond `LOUDEST`.
    """
    values = np.asarray(given)
    if values.ndim != 1:
        raise VisavisError(f"{name} must be mono, of shape (samples,); {values.shape} was given")
    if values.dtype != np.int16 and values.dtype.kind != "f":
        raise VisavisError(f"{name} must be floats in [-1, 1] or int16; {values.dtype} was given")
    if values.dtype == np.int16:
        return values.astype(np.float32) / np.float32(32768)
    _require_within(name, values, LOUDEST, "sound is in [-1, 1]; divide 16-bit numbers by 32768, or give them as int16")
    return values.astype(np.float32)


def checked_motion(name: str, given: Motion | npt.ArrayLike, space: MotionSpace) -> np.ndarray:
    """A copy of motion (T, D) as float32.

    Raises `VisavisError` for motion of another space or width, NaN and values beyond `FARTHEST`.
    """
    if isinstance(given, Motion):
        if given.space is not space:
            raise VisavisError(
                f"{name} is in {given.space.name}, the session's model speaks {space.name}; "
                f"give motion in {space.name}, or none"
            )
        given = given.require_finite(name).values
    values = np.asarray(given)
    values = values if values.dtype.kind == "f" else values.astype(np.float32)
    if values.ndim != 2 or values.shape[1] != space.width:
        raise VisavisError(
            f"{name} of shape {values.shape} does not fit space {space.name}, which needs (frames, {space.width})"
        )
    _require_within(name, values, FARTHEST, f"weights of {space.name} are near [0, 1], angles in rad")
    return values.astype(np.float32)


def checked_signal(name: str, given: npt.ArrayLike, width: int) -> np.ndarray:
    """A copy of numbers (T, width) as float32.

    Raises `VisavisError` for another width, NaN and values beyond `FARTHEST`.
    """
    values = np.asarray(given)
    values = values if values.dtype.kind == "f" else values.astype(np.float32)
    if values.ndim != 2 or values.shape[1] != width:
        raise VisavisError(f"{name} of shape {values.shape} does not fit; it needs (frames, {width})")
    _require_within(name, values, FARTHEST, "signals are numbers near 1")
    return values.astype(np.float32)


def checked_stamp(at: int | None) -> int | None:
    """A sample of the audio clock; raises `VisavisError` for what is not a whole number from 0 on."""
    if at is None:
        return None
    if isinstance(at, bool) or not isinstance(at, (int, np.integer)) or at < 0:
        raise VisavisError(f"`at` counts samples from the session's start, as a whole number; {at!r} was given")
    return int(at)


def _require_within(name: str, values: np.ndarray, most: float, usual: str) -> None:
    if values.size == 0 or -most <= values.min() <= values.max() <= most:
        return
    if count := int((~np.isfinite(values)).sum()):
        raise VisavisError(f"{name}: {count} values are NaN or infinite; nothing of this push was taken")
    require_reach(name, values, most, f"{usual}; nothing of this push was taken")
