"""The voices of a conversation as one sound file, and what the page shows of them. S samples at 16 kHz."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import soundfile

from visavis.core.clock import SAMPLE_RATE, SAMPLES_PER_FRAME
from visavis.view.soundtrack import stereo

MIME = "audio/flac"
"""Decoded by Chromium, Firefox and Safari alike, and exact to the sample: MP3 and AAC shift the beginning."""
_PLACES = {1: (0.5,), 2: (0.25, 0.75)}


def stereo_flac(voices: Sequence[np.ndarray | None], samples: int) -> bytes:
    """A 16-bit FLAC file of `samples` samples: voices in the order of the heads, from left to right.

    Of two, each leans to its head's side, also where the other is unknown; one is in the middle. Voices are cut or
    filled with silence.
    """
    heard = [fitted(np.zeros(0) if voice is None else voice, samples) for voice in voices]
    file = io.BytesIO()
    soundfile.write(file, stereo(heard, _PLACES[len(voices)]).T, SAMPLE_RATE, format="FLAC", subtype="PCM_16")
    return file.getvalue()


def fitted(voice: np.ndarray, samples: int) -> np.ndarray:
    """A voice (S,) cut, or filled with silence, to (samples,) float32."""
    whole = np.zeros(samples, np.float32)
    whole[: min(len(voice), samples)] = voice[:samples]
    return whole


def whole_frames(voice: np.ndarray, samples: int) -> np.ndarray:
    """`fitted`, with silence up to the next whole frame of 25 a second."""
    return fitted(fitted(voice, samples), -(-samples // SAMPLES_PER_FRAME) * SAMPLES_PER_FRAME)
