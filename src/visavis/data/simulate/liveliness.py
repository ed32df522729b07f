"""Heads that live: small continual movement of the head in rests and bursts, and eyes that wander over a face.

The numbers are fitted to recorded people by `python -m visavis.data.simulate.liveliness_fit FILE_OR_FOLDER...`,
which prints the tables below. Shapes: T frames, R recorded people.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from visavis.core.clock import FPS
from visavis.data.simulate.timing import Levels

EDGES_HZ = (0.05, 0.2, 0.35, 0.6, 1.0, 1.6, 2.5, 4.0, 6.0, 9.0, 12.6)
"""Bounds of the bands in which the spectrum of angular velocity is told."""
SLOWEST_HZ = 0.05
BLINK_LEVELS = (5, 25, 50, 75, 95)
DWELL_LEVELS = (1, 10, 25, 50, 75, 90, 99)
Spectrum = tuple[float, ...]
Triple = tuple[float, float, float]


@dataclass(frozen=True)
class HeadManner:
    """How one person's head moves, for a median speed of 1 deg/s.

    `yaw`, `pitch`, `roll`: power of the angular velocity by band [dB re (deg/s)²/Hz], before bursts are laid over it.
    `coupling`: correlation of the velocities of yaw and pitch, yaw and roll, pitch and roll.
    A head rests and moves in bursts: the velocity is multiplied by `rest` + log(1 + exp(`contrast` g + `activity`)),
    where g is unit-variance noise that changes at about `burst_hz`.
    """

    yaw: Spectrum
    pitch: Spectrum
    roll: Spectrum
    coupling: Triple
    rest: float
    contrast: float
    activity: float
    burst_hz: float


RECORDED = (
    HeadManner(
        yaw=(11.5, 10.1, 10.8, 11.4, 8.7, 9.0, 3.0, 2.6, -1.4, -10.4),
        pitch=(-17.4, -5.3, 8.5, 8.4, 5.8, 4.1, 4.3, 5.4, 0.5, -2.4),
        roll=(6.6, 9.7, 8.0, -2.8, 0.3, 1.3, 1.0, -0.4, -2.1, -6.0),
        coupling=(0.22, -0.03, -0.03),
        rest=0.301,
        contrast=1.823,
        activity=-0.888,
        burst_hz=1.682,
    ),
    HeadManner(
        yaw=(-12.6, -13.0, -10.3, 3.0, 7.1, 2.9, -2.1, -4.4, -4.4, -2.4),
        pitch=(-13.5, -7.9, 0.8, 4.8, 1.7, 4.1, 4.2, 2.4, 1.4, 2.8),
        roll=(-5.2, -5.3, -2.9, -5.4, -0.9, 1.2, -0.9, -3.4, -5.2, -4.5),
        coupling=(-0.23, 0.09, 0.4),
        rest=0.372,
        contrast=2.609,
        activity=-0.574,
        burst_hz=0.927,
    ),
    HeadManner(
        yaw=(-2.4, 2.0, 6.6, 9.0, 7.6, 5.3, 4.5, 3.4, -0.2, -4.6),
        pitch=(-6.2, 0.7, 3.2, 2.1, 1.4, 1.6, 1.5, 1.0, -0.6, -5.6),
        roll=(-14.0, -5.4, 0.2, 2.0, 2.4, 1.4, -0.2, -1.9, -5.4, -9.7),
        coupling=(-0.05, 0.42, 0.04),
        rest=0.142,
        contrast=2.56,
        activity=-0.079,
        burst_hz=0.374,
    ),
    HeadManner(
        yaw=(0.3, 8.5, 12.3, 11.6, 8.9, 6.0, 2.9, -1.8, -7.7, -14.8),
        pitch=(-15.7, -5.3, 0.1, 1.3, 0.9, -0.6, -1.4, -1.9, -6.4, -10.6),
        roll=(4.2, 6.6, 5.4, 3.7, 2.1, -0.4, -2.9, -5.8, -10.8, -16.6),
        coupling=(0.0, 0.09, 0.17),
        rest=0.15,
        contrast=2.178,
        activity=0.172,
        burst_hz=1.107,
    ),
    HeadManner(
        yaw=(4.1, 10.1, 12.9, 11.9, 8.5, 5.8, 1.0, -2.6, -8.7, -15.1),
        pitch=(-6.7, -2.7, 0.0, 0.4, 0.2, -0.1, -2.0, -3.1, -8.4, -16.7),
        roll=(-15.0, -5.7, 0.1, 2.3, 0.2, -1.0, -1.9, -3.8, -10.0, -16.7),
        coupling=(0.06, 0.53, 0.08),
        rest=0.098,
        contrast=1.953,
        activity=0.477,
        burst_hz=0.617,
    ),
)
"""A person before a phone, one in a video conversation, three who sit and talk: the corners of how people move."""
SLOWEST_DEG_S, LIVELIEST_DEG_S = 6.1, 30.6
"""Median speeds of the calmest and the liveliest of them."""
LISTENING_SHARE = 0.48
"""How fast a listening head moves beside the same head speaking (the video conversation, the only one with sound)."""
DWELL_S: Levels = (0.12, 0.12, 0.16, 0.33, 0.52, 0.78, 1.66)
"""Quantiles at `DWELL_LEVELS` of how long the eyes stay within 3 degrees."""
STEP_DEG: Levels = (0.64, 1.76, 2.61, 3.66, 5.2, 7.94, 15.24)
"""Quantiles at `DWELL_LEVELS` of how far they go then."""
BLINK_S: Levels = (0.078, 0.113, 0.125, 0.147, 0.181)
"""Quantiles at `BLINK_LEVELS` of the time that the lids are more than half closed."""
BLINK_INTERVAL_S: Levels = (1.416, 2.2, 3.44, 5.28, 8.104)
"""Quantiles at `BLINK_LEVELS` of the time from one blink to the next."""


def blend(weights: np.ndarray, people: tuple[HeadManner, ...] = RECORDED) -> HeadManner:
    """The manner that lies between (or, with weights outside [0, 1], beyond) people; `weights` (R,) sum to 1."""

    def mixed(name: str) -> np.ndarray:
        return np.asarray(weights @ np.array([getattr(person, name) for person in people]))

    def mixed_ratio(name: str) -> float:
        return float(np.exp(weights @ np.log([getattr(person, name) for person in people])))

    return HeadManner(
        *(tuple(mixed(axis)) for axis in ("yaw", "pitch", "roll")),
        coupling=_triple(np.clip(mixed("coupling"), -0.6, 0.6)),
        rest=mixed_ratio("rest"),
        contrast=mixed_ratio("contrast"),
        activity=float(mixed("activity")),
        burst_hz=mixed_ratio("burst_hz"),
    )


def beside_gestures(manner: HeadManner) -> HeadManner:
    """The manner less the slow movement that gestures and following the partner's head add."""
    less = np.array([_SLOW_DB, _SLOW_DB, *[0.0] * (len(EDGES_HZ) - 3)])
    yaw, pitch, roll = (tuple(np.add(axis, less)) for axis in (manner.yaw, manner.pitch, manner.roll))
    return replace(manner, yaw=yaw, pitch=pitch, roll=roll)


_SLOW_DB = -3.5


def continual_movement(rng: np.random.Generator, manner: HeadManner, speed: np.ndarray) -> np.ndarray:
    """(T, 3) yaw, pitch and roll [rad] around 0 of a head that is never still; any sign is as likely as the other.

    `speed` (T,) or (T, 3): the median angular speed at each frame [deg/s].
    """
    frames = len(speed)
    size = 1 << int(np.ceil(np.log2(frames + 8 * FPS)))
    hertz = np.fft.rfftfreq(size, 1 / FPS)
    spread = np.linalg.cholesky(_correlations(manner.coupling)).T
    levels = np.stack([_power(hertz, axis) for axis in (manner.yaw, manner.pitch, manner.roll)], axis=1)
    drawn = rng.standard_normal((2, len(hertz), 3)) @ spread * np.sqrt(levels)
    velocity = np.fft.irfft(drawn[0] + 1j * drawn[1], size, axis=0) * np.sqrt(size / 4)
    velocity *= _bursts(rng, manner, size)
    velocity *= np.pad(speed.reshape(frames, -1), ((0, size - frames), (0, 0)), mode="edge")
    slow = (hertz / SLOWEST_HZ) ** 2
    summed = slow / (1 + slow) / (2j * np.pi * np.maximum(hertz, hertz[1]))
    angle = np.fft.irfft(np.fft.rfft(velocity, axis=0) * summed[:, None], size, axis=0)
    return np.asarray(np.deg2rad(angle[:frames]))


def wandering_gaze(rng: np.random.Generator, frames: int, dwell: float) -> np.ndarray:
    """(T, 2) yaw and pitch [rad] around the target of eyes that dwell here and there on a face.

    `dwell`: the person's dwells as a factor of the usual ones. Any sign is as likely as the other.
    """
    most = int(frames / (_SHORTEST_DWELL_S * dwell * FPS)) + 2
    lengths = np.interp(100 * rng.random(most), DWELL_LEVELS, DWELL_S) * dwell * FPS
    starts = np.cumsum(lengths) - lengths
    count = int(np.searchsorted(starts, frames)) + 1
    places = rng.normal(0, np.deg2rad(_MEDIAN_STEP_DEG) / _MEDIAN_OF_STEPS, (count, 2))
    at = np.arange(frames) + 0.5
    current = np.clip(np.searchsorted(starts[:count], at, "right") - 1, 0, count - 1)
    before = places[np.maximum(current - 1, 0)]
    arrived = np.clip((at - starts[current]) / _SACCADE_FRAMES, 0, 1)[:, None]
    return np.asarray(before + (places[current] - before) * arrived)


_SHORTEST_DWELL_S = DWELL_S[0]
_MEDIAN_STEP_DEG = STEP_DEG[3]
_MEDIAN_OF_STEPS = float(np.sqrt(2 * np.log(2)) * np.sqrt(2))
"""Median distance of two places of unit variance in two dimensions."""
_SACCADE_FRAMES = 1.5


def _bursts(rng: np.random.Generator, manner: HeadManner, size: int) -> np.ndarray:
    """(size, 3) factor of the velocity: two thirds of what changes it is shared by the three axes."""
    hertz = np.fft.rfftfreq(size, 1 / FPS)
    power = np.exp(-((hertz / _BURST_TOP_HZ) ** 2)) / (1 + (hertz / manner.burst_hz) ** 2)
    power[0] = 0
    drawn = rng.standard_normal((2, len(hertz), 4)) * np.sqrt(power)[:, None]
    noise = np.fft.irfft(drawn[0] + 1j * drawn[1], size, axis=0) * size / np.sqrt(4 * power.sum())
    shared = np.sqrt(1 - _OWN) * noise[:, :1] + np.sqrt(_OWN) * noise[:, 1:]
    return np.asarray(manner.rest + np.logaddexp(0, manner.contrast * shared + manner.activity))


_BURST_TOP_HZ = 4.0
_OWN = 0.33
_CENTRES = np.log(np.sqrt(np.array(EDGES_HZ[1:]) * np.array(EDGES_HZ[:-1])))


def _power(hertz: np.ndarray, levels: Spectrum) -> np.ndarray:
    """(F,) power between the bands' centres by straight lines in dB over log frequency, falling off below 0.1 Hz."""
    told = np.interp(np.log(np.maximum(hertz, 0.02)), _CENTRES, levels)
    return np.asarray(10 ** (told / 10) * np.minimum(1, (hertz / 0.1) ** 2))


def _correlations(coupling: Triple) -> np.ndarray:
    yaw_pitch, yaw_roll, pitch_roll = coupling
    return np.array([[1, yaw_pitch, yaw_roll], [yaw_pitch, 1, pitch_roll], [yaw_roll, pitch_roll, 1]])


def _triple(values: np.ndarray) -> Triple:
    first, second, third = (float(value) for value in values)
    return first, second, third
