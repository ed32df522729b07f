"""How two people sound together in one recording: levels, one room, one microphone, noise and a line. S = samples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from visavis.data.levels import speech_level
from visavis.data.simulate.acoustics.chain import Microphone
from visavis.data.simulate.acoustics.filters import Filter, shaped
from visavis.data.simulate.acoustics.noises import Background, Coloured, Fan, Hum, Keys, Noise
from visavis.data.simulate.acoustics.rooms import Room
from visavis.data.simulate.acoustics.transmission import Mp3, Opus, Telephone, Transmission

_LEVEL_DB = -26.0
_SPREAD_DB, _FURTHEST_DB = 4.5, 14.0
_ROOMS, _MICROPHONES, _NOISES, _LINES = 0.45, 0.5, 0.75, 0.15


def mixed(windows: Sequence[Sequence[np.ndarray]], rng: np.random.Generator) -> list[np.ndarray]:
    """Windows of people's voices (S,) as one microphone would have recorded each of them: (S,) float32 each.

    Each person stands at the same place in all windows, in one room; microphone, noise and line stay the same, too.
    """
    people = range(len(windows[0]))
    levels = [max((speech_level(window[person]) for window in windows), default=-np.inf) for person in people]
    wanted = [_LEVEL_DB + float(np.clip(rng.normal(0, _SPREAD_DB), -_FURTHEST_DB, _FURTHEST_DB)) for _ in people]
    gains = [
        0.0 if level == -np.inf else 10 ** ((want - level) / 20) for level, want in zip(levels, wanted, strict=True)
    ]
    paths = _draw_paths(rng, len(people))
    noise = _draw_noise(rng) if rng.random() < _NOISES else None
    line = _draw_line(rng) if rng.random() < _LINES else None
    gain = 10 ** (float(rng.uniform(-20, 6)) / 20)
    sounds = []
    for window in windows:
        voices = (np.float32(level) * voice for level, voice in zip(gains, window, strict=True))
        sound = sum(
            (path.applied(voice) if path is not None and voice.any() else voice)
            for path, voice in zip(paths, voices, strict=True)
        )
        if noise is not None:
            sound = sound + noise.behind(_LEVEL_DB, rng, window[int(rng.integers(len(people)))])
        if line is not None:
            sound = line.applied(np.clip(sound, -1, 1).astype(np.float32))
        sounds.append(np.asarray(np.clip(gain * sound, -1, 1), dtype=np.float32))
    return sounds


def _draw_paths(rng: np.random.Generator, people: int) -> list[Filter | None]:
    """From each mouth to the microphone: a place in the room each, and the one microphone."""
    paths: list[Filter | None] = [None] * people
    if rng.random() < _ROOMS:
        rt60_s = float(rng.uniform(0.12, 0.7))
        near_db = float(rng.uniform(-2, 13))
        paths = [Room(rt60_s, near_db + float(rng.normal(0, 2))).response(rng) for _ in range(people)]
    if rng.random() < _MICROPHONES:
        microphone = shaped(
            Microphone(
                tilt_db=float(rng.uniform(-4, 3)),
                bump_hz=float(rng.uniform(300, 5000)),
                bump_db=float(rng.normal(0, 4)),
                lowest_hz=float(rng.uniform(60, 220)) if rng.random() < 0.6 else 0.0,
                highest_hz=float(rng.uniform(3400, 7500)) if rng.random() < 0.4 else 8000.0,
            ).decibels
        )
        paths = [microphone if path is None else microphone.after(path) for path in paths]
    return paths


def _draw_noise(rng: np.random.Generator) -> Background:
    kinds: list[Noise] = [
        Coloured(float(rng.uniform(-7, 0.5))),
        Fan(float(rng.uniform(80, 1200)), float(rng.uniform(1, 25))),
        Hum(float(rng.choice((50.0, 60.0))), float(rng.uniform(2, 8))),
        Keys(float(rng.uniform(0.3, 3))),
    ]
    kind = kinds[int(rng.choice(len(kinds), p=(0.6, 0.15, 0.1, 0.15)))]
    return Background(kind, float(rng.uniform(4, 45)))


def _draw_line(rng: np.random.Generator) -> Transmission:
    kind = rng.random()
    if kind < 0.5:
        return Telephone("ULAW")
    return Mp3(float(rng.choice((24, 32, 48)))) if kind < 0.7 else Opus(float(rng.choice((8, 12, 16, 24))))
