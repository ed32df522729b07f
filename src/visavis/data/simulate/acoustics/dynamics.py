"""Levels over time: slow drift, automatic gain, clipping and noise gates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from visavis.core.clock import SAMPLE_RATE
from visavis.data.levels import STEP, power, speech_level

_STEP_S = STEP / SAMPLE_RATE
_PUMPED_DB = 25.0


def peaking_at(sound: np.ndarray, peak_db: float) -> np.ndarray:
    """The sound with its highest sample at `peak_db` [dBFS]; silence stays silence."""
    return np.asarray(sound * np.float32(10 ** (peak_db / 20) / max(float(np.abs(sound).max(initial=0)), 1e-9)))


@dataclass(frozen=True)
class Drift:
    """A speaker who comes nearer and moves away: the gain wanders by `spread_db` (standard deviation)."""

    spread_db: float
    every_s: float = 2.5

    def applied(self, sound: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """The sound with a slowly changing gain."""
        knots = rng.normal(0, self.spread_db, 2 + int(len(sound) / SAMPLE_RATE / self.every_s))
        at = np.arange(-(-len(sound) // STEP)) * _STEP_S / self.every_s
        return _with_gain(sound, np.interp(at, np.arange(len(knots)), knots))


@dataclass(frozen=True)
class AutomaticGain:
    """A gain that follows the voice: turned down within `down_s`, up within `up_s`, by `most_db` at most."""

    down_s: float
    up_s: float
    most_db: float = 15.0

    def applied(self, sound: np.ndarray) -> np.ndarray:
        """The sound with its level brought towards its usual level; it waits where all is 25 dB below that."""
        usual = speech_level(sound)
        if usual == -np.inf:
            return sound
        levels = 10 * np.log10(power(sound) + 1e-12)
        down, up = (1 - np.exp(-_STEP_S / seconds) for seconds in (self.down_s, self.up_s))
        gain = np.zeros(len(levels))
        now = 0.0
        for step, level in enumerate(levels.tolist()):
            if level > usual - _PUMPED_DB:
                wanted = min(max(usual - level, -self.most_db), self.most_db)
                now += (down if wanted < now else up) * (wanted - now)
            gain[step] = now
        return _with_gain(sound, gain)


@dataclass(frozen=True)
class Clipping:
    """An overdriven input: what peaks `over_db` above the limit is cut off, or bent (`soft`)."""

    over_db: float
    soft: bool

    def applied(self, sound: np.ndarray) -> np.ndarray:
        """The sound, nowhere beyond its limit."""
        limit = np.float32(np.abs(sound).max(initial=0) * 10 ** (-self.over_db / 20))
        if limit == 0:
            return sound
        return np.asarray(limit * np.tanh(sound / limit) if self.soft else np.clip(sound, -limit, limit))


@dataclass(frozen=True)
class Gate:
    """A noise gate or suppressor: `hold_s` after the voice all is turned down by `depth_db` (inf: digital silence).

    It opens `ahead_s` before the voice begins, so that no beginning is lost.
    """

    depth_db: float
    hold_s: float
    ahead_s: float = 0.03

    def applied(self, sound: np.ndarray, voice: np.ndarray) -> np.ndarray:
        """The sound where the `voice` (S,), as it was before room and noise, speaks; turned down elsewhere."""
        powers = power(voice)
        loud = float(np.percentile(powers[powers > 0], 95)) if powers.any() else 1.0
        ahead, hold = round(self.ahead_s / _STEP_S), round(self.hold_s / _STEP_S)
        edges = np.zeros(len(powers) + ahead + hold + 2)
        active = np.flatnonzero(powers > loud * 10 ** (-4.5))
        np.add.at(edges, active, 1)
        np.add.at(edges, active + ahead + hold + 1, -1)
        opened = (np.cumsum(edges)[ahead : ahead + len(powers)] > 0).astype(np.float64)
        closed = 0.0 if self.depth_db == np.inf else 10 ** (-self.depth_db / 20)
        return np.asarray(sound * _per_sample(closed + (1 - closed) * opened, len(sound)))


def _with_gain(sound: np.ndarray, decibels: np.ndarray) -> np.ndarray:
    return np.asarray(sound * _per_sample(10 ** (decibels / 20), len(sound)))


def _per_sample(gain: np.ndarray, length: int) -> np.ndarray:
    """A gain at the middle of every 10 ms, on straight lines between them."""
    gain = gain.astype(np.float32)
    before, after = (np.concatenate([[end], gain])[:, None] for end in (gain[0], gain[0]))
    after = np.concatenate([gain, gain[-1:]])[:, None]
    ramp = np.linspace(0, 1, STEP, endpoint=False, dtype=np.float32) + np.float32(0.5 / STEP)
    line = (before + (after - before) * ramp).astype(np.float32).reshape(-1)
    return np.asarray(line[STEP // 2 : STEP // 2 + length])
