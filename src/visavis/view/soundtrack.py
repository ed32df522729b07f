"""Soundtracks of films and players: voices fitted in length, their levels, who is heard, and the stereo mix.

S samples at 16 kHz, T frames at 25 fps.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Sequence

import numpy as np
import soundfile

from visavis.core.clock import FPS, SAMPLE_RATE, SAMPLES_PER_FRAME
from visavis.core.errors import VisavisError
from visavis.data.inputs import TOLERANCE_S

_BREAK = 3 * FPS // 10
_ACROSS, _GAIN_LEFT = (0.25, 0.5, 0.75), (0.90, 0.70, 0.35)
MIME = "audio/flac"
"""Decoded by Chromium, Firefox and Safari alike, and exact to the sample: MP3 and AAC shift the beginning."""
_HEADS = {1: (0.5,), 2: (0.25, 0.75)}


def require_voice(voice: np.ndarray) -> None:
    """Raise `VisavisError` unless a voice is one row of finite samples."""
    if voice.ndim != 1:
        raise VisavisError(f"a voice is one row of samples, one of shape {voice.shape} was given; mix it down first")
    if not np.isfinite(voice).all():
        raise VisavisError("a voice holds NaN or infinite samples; repair or cut the recording")


def require_equal_length(voice: np.ndarray, seconds: float, whose: str) -> None:
    """Raise `VisavisError` if a voice (S,) is more than half a second longer or shorter than a motion [s]."""
    if len(voice) and abs(len(voice) / SAMPLE_RATE - seconds) > TOLERANCE_S:
        raise VisavisError(
            f"the voice of {whose} lasts {len(voice) / SAMPLE_RATE:.2f} s, the motion {seconds:.2f} s; give both of "
            "one length, or have the voice cut or filled with silence (--fit)"
        )


def fitted(voice: np.ndarray, samples: int) -> np.ndarray:
    """A voice (S,) cut, or filled with silence, to (samples,) float32."""
    whole = np.zeros(samples, np.float32)
    whole[: min(len(voice), samples)] = voice[:samples]
    return whole


def levels(voice: np.ndarray) -> np.ndarray:
    """How loud a voice (S,) is in each frame (T,), from 0 (its background noise, or 32 dB down) to 1 (its loudest)."""
    power = np.mean(np.square(voice.reshape(-1, SAMPLES_PER_FRAME), dtype=np.float64), axis=1)
    loudness = 10 * np.log10(power + 1e-12)
    noise, loudest = np.quantile(loudness, (0.1, 0.98))
    top = max(float(loudest), -40.0)
    low = min(max(top - 32.0, float(noise) + 6.0), top - 12.0)
    return np.asarray(np.clip((loudness - low) / (top - low), 0, 1))


def speaking(level: np.ndarray) -> np.ndarray:
    """The frames (T,) bool in which a voice of these levels is heard, breaks of up to 0.3 s filled."""
    heard = level > 0.25
    loud = np.flatnonzero(heard)
    for before, after in itertools.pairwise(loud):
        if after - before <= _BREAK:
            heard[before:after] = True
    return np.asarray(heard)


def stereo(voices: Sequence[np.ndarray], places: Sequence[float]) -> np.ndarray:
    """Voices (S,) of one length as (2, S) float32, each from its place: 0 (left edge) to 1 (right edge).

    From a quarter of the way or less it is heard 0.90 left and 0.35 right, from the middle 0.70 on both. Quieter as a
    whole where it would clip.
    """
    if not voices:
        return np.zeros((2, 0), np.float32)
    sound = np.zeros((2, len(voices[0])), np.float32)
    for voice, place in zip(voices, places, strict=True):
        for side, across in enumerate((place, 1 - place)):
            sound[side] += np.float32(np.interp(across, _ACROSS, _GAIN_LEFT)) * voice.astype(np.float32)
    return np.asarray(sound / np.float32(max(1.0, float(np.abs(sound).max(initial=0.0)))))


def stereo_flac(voices: Sequence[np.ndarray | None], samples: int) -> bytes:
    """A 16-bit FLAC file of `samples` samples: voices in the order of the heads, from left to right.

    Of two, each leans to its head's side, also where the other is unknown; one is in the middle. Voices are cut or
    filled with silence.
    """
    heard = [fitted(np.zeros(0) if voice is None else voice, samples) for voice in voices]
    file = io.BytesIO()
    soundfile.write(file, stereo(heard, _HEADS[len(voices)]).T, SAMPLE_RATE, format="FLAC", subtype="PCM_16")
    return file.getvalue()


def whole_frames(voice: np.ndarray, samples: int) -> np.ndarray:
    """`fitted`, with silence up to the next whole frame of 25 a second."""
    return fitted(fitted(voice, samples), -(-samples // SAMPLES_PER_FRAME) * SAMPLES_PER_FRAME)
