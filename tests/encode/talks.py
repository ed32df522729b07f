"""Talks whose windows are told as a perfect network would tell them: people in any order, voices with noise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from visavis.encode.speaker_windows import Windowed, alone, starts_of

WINDOW, HOP = 250, 62
VOICES = np.linalg.qr(np.random.default_rng(5).standard_normal((16, 16)))[0]


def turns(frames: int, people: int, seed: int = 0, longest: int = 100) -> np.ndarray:
    """People who speak in turn, (T, people) bool, with pauses and now and then both."""
    rng, speaking, now = np.random.default_rng(seed), np.zeros((frames, people), bool), 0
    while now < frames:
        person, length = int(rng.integers(people)), int(rng.integers(20, longest))
        speaking[now : now + length, person] = True
        now += length + int(rng.integers(-8, 20))
    return speaking


def windows_of(
    speaking: np.ndarray, likeness: float = 0.9, seed: int = 1, voices: Sequence[int] | None = None, known: bool = True
) -> list[Windowed]:
    """Windows of who speaks (T, people), each with the two that speak longest in it, shuffled.

    likeness: cosine between a person's voice and what a window hears of it.
    """
    rng, found = np.random.default_rng(seed), []
    frames, people = speaking.shape
    names = list(range(people)) if voices is None else list(voices)
    for start in starts_of(frames, WINDOW, HOP):
        part = np.zeros((WINDOW, people))
        part[: min(WINDOW, frames - start)] = speaking[start : start + WINDOW]
        order = np.argsort(-alone(part).sum(0), kind="stable")[:2]
        order = rng.permutation(np.resize(order, 2) if people > 1 else [0, -1])
        activity = np.stack([part[:, one] if one >= 0 else 0 * part[:, 0] for one in order], axis=1)
        heard = np.stack([_heard(VOICES[names[one]] if one >= 0 else VOICES[-1], likeness, rng) for one in order])
        found.append(Windowed(start, activity, heard if known else None))
    return found


def _heard(voice: np.ndarray, likeness: float, rng: np.random.Generator) -> np.ndarray:
    noise = rng.standard_normal(len(voice))
    noise -= (noise @ voice) * voice
    mixed: np.ndarray = likeness * voice + np.sqrt(1 - likeness**2) * noise / np.linalg.norm(noise)
    return mixed
