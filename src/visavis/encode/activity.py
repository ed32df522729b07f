"""Voice activity detection from sound alone: loudness and who speaks per motion frame, numpy only.

Shapes: S sound samples at 16 kHz, T frames at 25 fps. An energy detector with an adaptive noise floor; it tells
loud from quiet, not speech from other sounds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from visavis.core.clock import FPS, SAMPLE_RATE, SAMPLES_PER_FRAME, frames_in

SILENCE_DB = -100.0
"""Loudness of digital silence [dB of full scale]."""

_BAND_HZ = (120.0, 4000.0)
_FLOOR_WINDOW = 20 * FPS
_FLOOR_SHARE = 0.1
_TOP_SHARE = 0.95
_RANGE_DB = 45.0
_LEAST_RANGE_DB = 9.0
_FAINTEST_DB = -65.0
_START = 0.45
_STOP = 0.3
_LONGEST_HOLE = round(0.32 * FPS)
_SHORTEST_BURST = round(0.12 * FPS)
_TURN_DB, _TURN_SHARE = 10.0, 0.1


@dataclass(frozen=True, eq=False)
class Voice:
    """Voice activity of one person, frame by frame: `loudness` (T,) float32 [dB] and `speaking` (T,) bool."""

    loudness: np.ndarray
    speaking: np.ndarray

    def __len__(self) -> int:
        return len(self.speaking)


def detect_voice(sound: np.ndarray) -> Voice:
    """Loudness and voice activity of one person's sound (S,)."""
    return Voice(loudness(sound), speech_activity(sound))


def loudness(sound: np.ndarray) -> np.ndarray:
    """Root mean square of every frame [dB of full scale]: (S,) -> (T,) float32, never below `SILENCE_DB`."""
    return _decibel(np.mean(_frames(sound) ** 2, axis=1)).astype(np.float32)


def take_turns(first: np.ndarray, second: np.ndarray) -> bool:
    """Whether two channels of one recording (S,) are two people's: each is at times much louder than the other."""
    one, other = loudness(first), loudness(second)
    heard = np.maximum(one, other) > max(float(np.max([one, other], initial=SILENCE_DB)) - _RANGE_DB, _FAINTEST_DB)
    louder = (one - other)[heard]
    return bool(len(louder)) and min(np.mean(louder > _TURN_DB), np.mean(louder < -_TURN_DB)) > _TURN_SHARE


def speech_activity(sound: np.ndarray) -> np.ndarray:
    """Where somebody speaks: (S,) -> (T,) bool.

    The level between 120 and 4000 Hz is compared with a floor (the tenth percentile of the 20 s around, at most
    45 dB below the loud parts). Speech starts at 45 % of the way from the floor to the loud parts and lasts until
    30 %; pauses up to 0.32 s are bridged and bursts under 0.12 s dropped. Nothing is speech where loud and quiet are
    less than 9 dB apart or everything is below -65 dB.
    """
    if frames_in(len(sound)) == 0:
        return np.zeros(0, dtype=bool)
    level = _band_level(_frames(sound))
    top = float(np.quantile(level, _TOP_SHARE))
    floor = np.maximum(_floor(level), top - _RANGE_DB)
    if top < _FAINTEST_DB or top - float(floor.min()) < _LEAST_RANGE_DB:
        return np.zeros(len(level), dtype=bool)
    place = (level - floor) / np.maximum(top - floor, _LEAST_RANGE_DB)
    active = _hold(place > _START, place > _STOP)
    return _without_short(~_without_short(~active, _LONGEST_HOLE), _SHORTEST_BURST)


def activity_masks(*voices: np.ndarray) -> np.ndarray:
    """Where each of several voices of one length (S,) speaks: (T, people) float32, 1 where somebody does."""
    return np.stack([speech_activity(voice) for voice in voices], axis=1).astype(np.float32)


def runs(active: np.ndarray) -> list[tuple[int, int]]:
    """The stretches of True in (T,) bool as (first frame, frame after the last)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], active, [False]]).astype(np.int8)))
    return [(int(start), int(stop)) for start, stop in zip(edges[::2], edges[1::2], strict=True)]


def _frames(sound: np.ndarray) -> np.ndarray:
    count = frames_in(len(sound))
    return np.asarray(sound[: count * SAMPLES_PER_FRAME], dtype=np.float64).reshape(count, SAMPLES_PER_FRAME)


def _band_level(frames: np.ndarray) -> np.ndarray:
    window = np.hanning(SAMPLES_PER_FRAME)
    power = np.abs(np.fft.rfft(frames * window, axis=1)) ** 2 / (SAMPLES_PER_FRAME * np.sum(window**2) / 2)
    frequency = np.fft.rfftfreq(SAMPLES_PER_FRAME, 1 / SAMPLE_RATE)
    return _decibel(power[:, (frequency >= _BAND_HZ[0]) & (frequency <= _BAND_HZ[1])].sum(axis=1))


def _decibel(power: np.ndarray) -> np.ndarray:
    level: np.ndarray = 10 * np.log10(np.maximum(power, 10 ** (SILENCE_DB / 10)))
    return level


def _floor(level: np.ndarray) -> np.ndarray:
    """The quiet level around every frame (T,), a new one each second."""
    half = _FLOOR_WINDOW // 2
    last = max(0, len(level) - _FLOOR_WINDOW)
    starts = [min(max(0, second - half), last) for second in range(0, len(level), FPS)]
    quiet = [np.quantile(level[start : start + _FLOOR_WINDOW], _FLOOR_SHARE) for start in starts]
    return np.repeat(quiet, FPS)[: len(level)]


def _hold(start: np.ndarray, keep: np.ndarray) -> np.ndarray:
    """Stretches of `keep` that contain a frame of `start`: (T,) bool each."""
    active = np.zeros(len(start), dtype=bool)
    for first, stop in runs(keep | start):
        active[first:stop] = start[first:stop].any()
    return active


def _without_short(active: np.ndarray, shortest: int) -> np.ndarray:
    """`active` (T,) bool without inner stretches of fewer than `shortest` frames."""
    kept = active.copy()
    for first, stop in runs(active):
        if stop - first < shortest and first > 0 and stop < len(active):
            kept[first:stop] = False
    return kept
