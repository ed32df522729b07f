"""The one door to hibari-tts: how English is pronounced, its network, and synthesis from what that describes."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from visavis.core.errors import missing_extra

RATE = 24_000
"""Samples a second of what is synthesised."""


@lru_cache(maxsize=1)
def hibari() -> Any:
    """The package's voice. Raises `VisavisError` when it is not installed."""
    try:
        import hibari
    except ImportError:
        raise missing_extra("hibari-tts", "voices", "a natural voice") from None
    return hibari.Hibari()


def pronounce(text: str) -> str:
    """English text in misaki's letters, stress and punctuation included."""
    return str(hibari().g2p(text))


def letter_numbers(letters: str) -> list[int]:
    """The network's numbers of misaki's letters, with one of silence at either end."""
    return list(hibari().ids(letters))


def network_path() -> Path:
    """The network of the packaged voice."""
    return Path(hibari().model_path)


def synthesise(described: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Sound at `RATE` from envelopes and phases (bins, F) of harmonics, noise and rest, and F0 (F,) [Hz]."""
    hibari()
    from hibari import dsp

    return np.asarray(dsp.synth(*described, rng), dtype=np.float32)
