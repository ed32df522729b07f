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
    """How one person's head moves, for a median speed of 1 deg/s; theirs was `speed` [deg/s].

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
    speed: float


RECORDED = (
    HeadManner(
        yaw=(12.0, 8.2, 9.3, 10.6, 7.9, 8.1, 2.5, 2.6, -0.3, -10.1),
        pitch=(-18.6, -6.5, 7.4, 8.6, 5.4, 3.7, 4.4, 5.5, 1.4, -1.0),
        roll=(4.7, 9.2, 7.2, -4.4, -0.9, 0.2, 0.1, -0.8, -1.2, -4.6),
        coupling=(0.27, 0.01, -0.04),
        rest=0.239,
        contrast=1.988,
        activity=-0.665,
        burst_hz=1.18,
        speed=7.4,
    ),
    HeadManner(
        yaw=(-12.5, -13.0, -10.7, -0.8, 2.3, -2.3, -6.6, -7.3, -4.5, 0.0),
        pitch=(-14.0, -9.5, -4.0, 0.4, -2.6, -0.1, 1.0, -0.1, 1.1, 5.5),
        roll=(-9.4, -9.8, -7.4, -9.8, -5.3, -3.3, -5.5, -6.7, -5.6, -2.1),
        coupling=(-0.33, 0.13, 0.5),
        rest=0.4,
        contrast=4.641,
        activity=-0.428,
        burst_hz=0.824,
        speed=6.1,
    ),
    HeadManner(
        yaw=(-7.1, -2.5, 2.8, 5.2, 3.5, 1.5, 1.3, 1.5, 0.7, -2.5),
        pitch=(-11.6, -2.9, -0.8, -1.3, -1.6, -1.3, -0.4, -0.1, 0.1, -3.4),
        roll=(-15.3, -8.8, -4.2, -2.1, -1.5, -2.7, -4.1, -4.1, -4.8, -7.4),
        coupling=(-0.07, 0.54, 0.05),
        rest=0.093,
        contrast=3.776,
        activity=0.567,
        burst_hz=0.282,
        speed=22.4,
    ),
    HeadManner(
        yaw=(-5.0, 7.2, 12.8, 12.6, 9.6, 6.7, 4.0, -0.0, -4.4, -11.6),
        pitch=(-16.8, -5.2, 0.3, 2.6, 2.1, 0.7, 0.5, 0.4, -3.0, -6.4),
        roll=(5.4, 7.9, 6.3, 4.2, 2.5, 0.3, -2.1, -4.4, -7.5, -12.5),
        coupling=(-0.01, 0.16, 0.22),
        rest=0.056,
        contrast=2.197,
        activity=0.154,
        burst_hz=1.278,
        speed=30.6,
    ),
    HeadManner(
        yaw=(-3.3, 6.1, 10.7, 9.9, 6.3, 3.7, -0.2, -2.9, -6.9, -13.0),
        pitch=(-7.3, -4.1, -2.2, -1.2, -1.5, -1.5, -2.7, -3.1, -6.9, -14.8),
        roll=(-16.6, -8.1, -2.6, 0.1, -1.9, -3.4, -4.0, -4.5, -8.5, -14.4),
        coupling=(0.07, 0.69, 0.09),
        rest=0.065,
        contrast=2.37,
        activity=1.032,
        burst_hz=0.531,
        speed=24.5,
    ),
)
"""A person before a phone, one in a video conversation, three who sit and talk: the corners of how people move."""
LISTENING_SHARE = 0.48
"""How fast a listening head moves beside the same head speaking (the video conversation, the only one with sound)."""
DWELL_S: Levels = (0.12, 0.12, 0.16, 0.33, 0.52, 0.78, 1.66)
"""Quantiles at `DWELL_LEVELS` of how long the eyes stay within 3 degrees."""
STEP_DEG: Levels = (0.64, 1.76, 2.61, 3.66, 5.2, 7.94, 15.24)
"""Quantiles at `DWELL_LEVELS` of how far they go then."""
BLINK_S: Levels = (0.078, 0.112, 0.124, 0.145, 0.18)
"""Quantiles at `BLINK_LEVELS` of the time that the lids are more than half closed."""
DOUBLE_SHARE = 0.026
"""How many blinks follow another within 0.7 s."""
BLINK_INTERVAL_S: Levels = (1.234, 1.79, 2.46, 4.57, 7.458)
"""Quantiles at `BLINK_LEVELS` of the time from one blink to the next."""


def blend(weights: np.ndarray, people: tuple[HeadManner, ...] = RECORDED) -> HeadManner:
    """The manner that lies between (or, with weights outside [0, 1], beyond) people; `weights` (R,) sum to 1."""

    def mixed(name: str) -> np.ndarray:
        return np.asarray(weights @ np.array([getattr(person, name) for person in people]))

    def mixed_ratio(name: str) -> float:
        return float(np.exp(weights @ np.log([getattr(person, name) for person in people])))

    return HeadManner(
        yaw=tuple(mixed("yaw").tolist()),
        pitch=tuple(mixed("pitch").tolist()),
        roll=tuple(mixed("roll").tolist()),
        coupling=_triple(np.clip(mixed("coupling"), -0.9, 0.9)),
        rest=mixed_ratio("rest"),
        contrast=mixed_ratio("contrast"),
        activity=float(mixed("activity")),
        burst_hz=mixed_ratio("burst_hz"),
        speed=mixed_ratio("speed"),
    )


def beside_gestures(manner: HeadManner) -> HeadManner:
    """The manner with less slow and more small movement, so that the shares are right together with gestures, glances
    and following the partner's head, which are slow."""
    yaw, pitch, roll = (_raised(axis, _BESIDE_DB) for axis in (manner.yaw, manner.pitch, manner.roll))
    return replace(manner, yaw=yaw, pitch=pitch, roll=roll)


_BESIDE_DB: Spectrum = (-4.5, -4.5, 1.5, 1.5, 0, 0, 0, 0, 0, 0)


def _raised(levels: Spectrum, by: Spectrum) -> Spectrum:
    return tuple(float(level + more) for level, more in zip(levels, by, strict=True))


def continual_movement(rng: np.random.Generator, manner: HeadManner, speed: np.ndarray) -> np.ndarray:
    """(T, 3) yaw, pitch and roll [rad] around 0 of a head that is never still; any sign is as likely as the other.

    `speed` (T,) or (T, 3): the median angular speed at each frame [deg/s].
    """
    frames = len(speed)
    size = 1 << int(np.ceil(np.log2(frames + 8 * FPS)))
    hertz = np.fft.rfftfreq(size, 1 / FPS)
    spread = np.linalg.cholesky(_correlations(manner.coupling)).T
    levels = np.stack([_power(hertz, axis) for axis in (manner.yaw, manner.pitch, manner.roll)], axis=1)
    bursts = _bursts(rng, manner, size)
    quick = (1 / (1 + (_QUICK_HZ / np.maximum(hertz, hertz[1])) ** 4))[:, None]
    velocity = np.zeros((size, 3))
    for share, factor in ((1 - quick, bursts), (quick, bursts**_QUICK_GROWTH)):
        drawn = rng.standard_normal((2, len(hertz), 3)) @ spread * np.sqrt(levels * share)
        velocity += factor * np.fft.irfft(drawn[0] + 1j * drawn[1], size, axis=0) * np.sqrt(size / 4)
    velocity *= np.pad(speed.reshape(frames, -1), ((0, size - frames), (0, 0)), mode="edge")
    velocity /= (1 + (velocity / _FASTEST_DEG_S) ** 4) ** 0.25
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


_FASTEST_DEG_S = 350.0
"""Nothing about one axis is faster; the fastest of the recordings turns at 434 deg/s."""
_QUICK_HZ, _QUICK_GROWTH = 5.0, 0.45
"""Movement faster than this grows less with bursts: about as the root of the speed, in all recordings."""
_BURST_TOP_HZ = 4.0
_OWN = 0.33
_CENTRES = np.log(np.sqrt(np.array(EDGES_HZ[1:]) * np.array(EDGES_HZ[:-1])))


def _power(hertz: np.ndarray, levels: Spectrum) -> np.ndarray:
    """(F,) power between the bands' centres by straight lines in dB over log frequency, falling off below 0.1 Hz."""
    at = np.log(np.maximum(hertz, 0.02))
    beyond = np.maximum(at - _CENTRES[-1], 0) / (_CENTRES[-1] - _CENTRES[-2]) * min(levels[-1] - levels[-2], 0.0)
    told = np.interp(at, _CENTRES, levels) + beyond
    return np.asarray(10 ** (told / 10) * np.minimum(1, (hertz / 0.1) ** 2))


def _correlations(coupling: Triple) -> np.ndarray:
    yaw_pitch, yaw_roll, pitch_roll = coupling
    return np.array([[1, yaw_pitch, yaw_roll], [yaw_pitch, 1, pitch_roll], [yaw_roll, pitch_roll, 1]])


def _triple(values: np.ndarray) -> Triple:
    first, second, third = (float(value) for value in values)
    return first, second, third
