"""Voice activity detection by WebRTC, the detector that ARIG's paper uses. The one door to it.

Shapes: S sound samples at 16 kHz, T frames at 25 fps. It compares the energies of six bands with Gaussian models of
speech and noise that it adapts; it knows the past alone.
"""

from __future__ import annotations

import numpy as np

from visavis.core.clock import SAMPLE_RATE, SAMPLES_PER_FRAME, frames_in
from visavis.core.errors import missing_extra

_AGGRESSIVENESS = 3
"""Of 0 to 3: how sure it must be; at less it hears most room tone as speech."""
_PIECES = 2
_PIECE = SAMPLES_PER_FRAME // _PIECES
_FULL_SCALE = 32767


def webrtc_activity(sound: np.ndarray) -> np.ndarray:
    """Where somebody speaks, by WebRTC's detector: (S,) -> (T,) bool, where either half of a frame is speech.

    Nothing after a frame's end counts for it. Raises `VisavisError` where webrtcvad-wheels is missing.
    """
    try:
        import webrtcvad
    except ImportError:
        raise missing_extra("webrtcvad-wheels", "states", "voice activity detection by WebRTC") from None
    detector = webrtcvad.Vad(_AGGRESSIVENESS)
    frames = frames_in(len(sound))
    loud = np.clip(np.asarray(sound[: frames * SAMPLES_PER_FRAME], np.float64), -1, 1)
    pieces = np.round(loud * _FULL_SCALE).astype("<i2").reshape(frames * _PIECES, _PIECE)
    spoken = np.array([detector.is_speech(piece.tobytes(), SAMPLE_RATE) for piece in pieces], dtype=bool)
    return np.asarray(spoken.reshape(frames, _PIECES).any(axis=1))
