"""The detectors of voice activity, by the names that the command knows them by. Shapes: S samples, T frames."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from visavis.core.errors import unknown
from visavis.encode.activity import speech_activity
from visavis.encode.silero import silero_activity
from visavis.encode.webrtc import webrtc_activity

VoiceDetector = Callable[[np.ndarray], np.ndarray]
"""Sound (S,) -> where somebody speaks, (T,) bool."""

VOICE_DETECTORS: Mapping[str, VoiceDetector] = MappingProxyType(
    {"silero": silero_activity, "webrtc": webrtc_activity, "loudness": speech_activity}
)
"""`silero` and `webrtc` need the extra `states` and know the past alone; `loudness` is our own and knows it all."""


def voice_detector(name: str) -> VoiceDetector:
    """The detector of a name; raises `VisavisError` for a name that is none."""
    if name not in VOICE_DETECTORS:
        raise unknown("voice activity detector", name, VOICE_DETECTORS)
    return VOICE_DETECTORS[name]
