"""Fit how heads, eyes and lids move to recorded people; prints the tables that stand in `liveliness`.

    python -m visavis.data.simulate.liveliness_fit FILE_OR_FOLDER...

T = frames at 25 fps.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from visavis.core.clock import FPS
from visavis.core.program import exit_status
from visavis.core.rotations import to_quaternion
from visavis.data.head_tracks import read_head_tracks
from visavis.data.simulate.liveliness import DWELL_LEVELS, EDGES_HZ, HeadManner, Spectrum, Triple, continual_movement

BANDS_HZ = (0.0, 0.3, 1.0, 2.5, 5.0, 12.6)
"""Bounds of the bands whose shares of the rotation's power are compared with real heads."""
BLINK_LEVELS = (5, 25, 50, 75, 95)
_PIECE = 10 * FPS
_SIMULATED = 12_000
_SEED = 5


@dataclass(frozen=True)
class HeadMeasures:
    """How much a head moves: quantiles of its angular speed [deg/s] and shares of its rotation's power by band.

    `ratio_*`: speed quantiles over the median; `correlation_*`: of the speed with itself 0.2, 0.5 and 1 s later.
    """

    speed_p10: float
    speed_p50: float
    speed_p90: float
    speed_p99: float
    shares: tuple[float, ...]
    kurtosis: float


def angular_speed(head: np.ndarray) -> np.ndarray:
    """(T - 1,) angular speed [deg/s] from each frame to the next of yaw, pitch and roll (T, 3) [rad]."""
    turns = to_quaternion(head, "yaw-pitch-roll")
    cosine = np.abs(np.sum(turns[1:] * turns[:-1], axis=1))
    return np.asarray(np.rad2deg(2 * np.arccos(np.minimum(cosine, 1.0))) * FPS)


def band_shares(head: np.ndarray) -> tuple[float, ...]:
    """Shares of the power of yaw, pitch and roll (T, 3) together in `BANDS_HZ`, over pieces of 10 s."""
    pieces = _pieces(head, _PIECE // 2)
    power = _periodogram(pieces).sum(axis=1)
    hertz = np.fft.rfftfreq(pieces.shape[1], 1 / FPS)
    found = np.array([power[_within(hertz, low, high)].sum() for low, high in pairwise(BANDS_HZ)])
    return tuple(float(share) for share in found / found.sum())


def measure(head: np.ndarray) -> HeadMeasures:
    """The measures of yaw, pitch and roll (T, 3) [rad]."""
    p10, p50, p90, p99 = (float(q) for q in np.percentile(angular_speed(head), (10, 50, 90, 99)))
    velocity = np.diff(head, axis=0)
    kurtosis = float((((velocity - velocity.mean(axis=0)) / velocity.std(axis=0)) ** 4).mean())
    return HeadMeasures(p10, p50, p90, p99, band_shares(head), kurtosis)


def fit_head(head: np.ndarray, tries: int = 60) -> HeadManner:
    """The manner whose continual movement has the spectra, speeds and bursts of yaw, pitch and roll (T, 3) [rad].

    Bursts are found by a seeded random search for speed quantiles and the speed's autocorrelation, the spectra by
    correcting what the simulated movement has too much or too little of, in turn, four times; `tries` steps of the
    search each time.
    """
    recorded = float(np.median(angular_speed(head)))
    coupling, spectra = _coupling(head), _spectra(head) - 20 * np.log10(recorded)
    manner = HeadManner(
        *_told(spectra), coupling=_clipped(coupling), rest=0.2, contrast=3.0, activity=0.0, burst_hz=0.8, speed=1.0
    )
    wanted = _features(head)
    rng = np.random.default_rng(0)
    for turn in range(4):
        manner = _corrected(manner, spectra, coupling)
        least = float(((_features(_moved(manner)) - wanted) ** 2).sum())
        for _ in range(tries):
            tried = _varied(rng, manner, 1 / (1 + 0.7 * turn))
            distance = float(((_features(_moved(tried)) - wanted) ** 2).sum())
            if distance < least:
                least, manner = distance, tried
    manner = _corrected(manner, spectra, coupling)
    return replace(_rounded(manner, float(np.median(angular_speed(_moved(manner))))), speed=round(recorded, 1))


@dataclass(frozen=True)
class EyeMeasures:
    """Quantiles at `DWELL_LEVELS`: how long a gaze dwells within 3 degrees [s], how far it goes from one dwell to the
    next [deg]."""

    dwell_s: tuple[float, ...]
    step_deg: tuple[float, ...]


@dataclass(frozen=True)
class BlinkMeasures:
    """Quantiles at `BLINK_LEVELS` of a blink's length at half its height [s] and of the time from one onset to the
    next [s]; `doubles` is the share that follows another within 0.7 s."""

    length_s: tuple[float, ...]
    interval_s: tuple[float, ...]
    doubles: float


def fit_gaze(gazes: list[np.ndarray]) -> EyeMeasures:
    """The dwells and steps of gazes (T, 2) [rad], every recording counting the same."""
    found = [dwells(gaze) for gaze in gazes]
    return EyeMeasures(
        *(_mean_quantiles([getattr(one, name) for one in found], DWELL_LEVELS) for name in ("dwell_s", "step_deg"))
    )


def dwells(gaze: np.ndarray) -> Dwells:
    """Stretches of 0.12 s and more in which yaw and pitch (T, 2) [rad] stay within 3 degrees."""
    degrees = np.rad2deg(gaze)
    lengths: list[float] = []
    centres: list[np.ndarray] = []
    start = 0
    while start < len(degrees):
        low = high = degrees[start]
        stop = start + 1
        while stop < len(degrees):
            low, high = np.minimum(low, degrees[stop]), np.maximum(high, degrees[stop])
            if (high - low).max() > _WITHIN_DEG:
                break
            stop += 1
        if stop - start >= _SHORTEST_DWELL:
            lengths.append((stop - start) / FPS)
            centres.append(degrees[start:stop].mean(axis=0))
            start = stop
        else:
            start += 1
    steps = np.linalg.norm(np.diff(np.array(centres).reshape(-1, 2), axis=0), axis=1)
    return Dwells(np.array(lengths), steps)


@dataclass(frozen=True, eq=False)
class Dwells:
    """Lengths of dwells [s] and distances between successive ones [deg]."""

    dwell_s: np.ndarray
    step_deg: np.ndarray


def fit_blinks(lids: list[np.ndarray]) -> BlinkMeasures:
    """Lengths, intervals and doubles of the blinks in lids (T,) from 0 to 1; lids that stay closed are no blinks."""
    closures = [_closures(closed) for closed in lids]
    lengths = [length for one in closures for _, length in one if length < _LONGEST_BLINK_S]
    intervals = np.concatenate([np.diff([onset for onset, _ in one]) for one in closures])
    doubles = float(np.mean(intervals < _DOUBLE_S))
    return BlinkMeasures(_quantiles(lengths, BLINK_LEVELS), _quantiles(intervals, BLINK_LEVELS), round(doubles, 3))


def _closures(closed: np.ndarray) -> list[tuple[float, float]]:
    """(onset, length at half height) [s] of all peaks 0.25 above the median of 3 s around."""
    resting = np.array([np.median(closed[max(0, i - 37) : i + 38]) for i in range(len(closed))])
    raised = np.pad(closed - resting, 1)
    found: list[tuple[float, float]] = []
    edges = np.flatnonzero(np.diff((raised > 0.25).astype(int)))
    for first, stop in zip(edges[::2] + 1, edges[1::2] + 1, strict=True):
        top = first + int(raised[first:stop].argmax())
        half = raised[top] / 2
        left, right = top, top
        while raised[left - 1] > half:
            left -= 1
        while raised[right + 1] > half:
            right += 1
        rise = (raised[left] - half) / (raised[left] - raised[left - 1])
        fall = (raised[right] - half) / (raised[right] - raised[right + 1])
        found.append(((left - 1) / FPS, float(right - left + rise + fall) / FPS))
    return found


def main(paths: list[str]) -> None:
    """Fit everything that the recordings tell and print it as Python."""
    tracks = read_head_tracks(paths)
    print("RECORDED = (")
    for track in tracks:
        if track.head is not None:
            print(f"    # {track.name}: {measure(track.head)}")
            print(f"    {fit_head(track.head)},")
    print(")")
    for track in tracks:
        if track.head is not None and track.speaking is not None:
            print(f"LISTENING_SHARE = {listening_ratio(track.head, track.speaking)}  # {track.name}")
    print("GAZE =", fit_gaze([track.gaze for track in tracks if track.gaze is not None]))
    print("BLINKS =", fit_blinks([track.lids for track in tracks if track.lids is not None]))


def listening_ratio(head: np.ndarray, speaking: np.ndarray) -> float:
    """Median speed of a head (T, 3) while the person listens over that while speaking (T,) bool."""
    speed, said = angular_speed(head), speaking[1 : len(head)]
    return round(float(np.median(speed[~said]) / np.median(speed[said])), 2)


_WITHIN_DEG = 3.0
_SHORTEST_DWELL = 3
_DOUBLE_S = 0.7
_LONGEST_BLINK_S = 0.3


def _mean_quantiles(samples: list[np.ndarray], levels: tuple[int, ...]) -> tuple[float, ...]:
    return tuple(
        round(float(np.exp(q)), 2) for q in np.log([np.percentile(one, levels) for one in samples]).mean(axis=0)
    )


def _quantiles(values: Sequence[float] | np.ndarray, levels: tuple[int, ...]) -> tuple[float, ...]:
    return tuple(round(float(q), 3) for q in np.percentile(values, levels))


def _pieces(values: np.ndarray, hop: int) -> np.ndarray:
    """(n, 250, columns) pieces of 10 s (or one piece of all there is) around their mean."""
    length = min(_PIECE, len(values))
    starts = range(0, len(values) - length + 1, hop)
    pieces = np.stack([values[start : start + length] for start in starts])
    return np.asarray(pieces - pieces.mean(axis=1, keepdims=True))


def _periodogram(pieces: np.ndarray) -> np.ndarray:
    """(F, columns) mean power of pieces (n, length, columns) under a Hann window."""
    window = np.hanning(pieces.shape[1])[:, None]
    return np.asarray((np.abs(np.fft.rfft(pieces * window, axis=1)) ** 2).mean(axis=0))


def _within(hertz: np.ndarray, low: float, high: float) -> np.ndarray:
    return (hertz > max(low, 1e-9) - 1e-9) & (hertz < high - 1e-9)


def _spectra(head: np.ndarray) -> np.ndarray:
    """(3, bands) power of the velocity of yaw, pitch and roll in `EDGES_HZ` [dB]."""
    pieces = _pieces(np.diff(np.rad2deg(head), axis=0) * FPS, _PIECE // 4)
    power = _periodogram(pieces) / pieces.shape[1]
    hertz = np.fft.rfftfreq(pieces.shape[1], 1 / FPS)
    bands = [power[_within(hertz, low, high)].mean(axis=0) for low, high in pairwise(EDGES_HZ)]
    return np.asarray(10 * np.log10(np.stack(bands, axis=1)))


def _features(head: np.ndarray) -> np.ndarray:
    """What bursts show in, weighted: speed quantiles over the median, those of each axis, autocorrelation of speed."""
    speed = angular_speed(head)
    p10, p25, p50, p75, p90, p99 = np.percentile(speed, (10, 25, 50, 75, 90, 99))
    axes = np.percentile(np.abs(np.diff(head, axis=0)), (25, 50, 75, 90, 99), axis=0)
    later = [np.corrcoef(speed[:-lag], speed[lag:])[0, 1] for lag in (5, 12, 25)]
    around = 3 * np.log(np.array((p10, p25, p75, p90, p99)) / p50)
    return np.concatenate([around, 2 * np.log(axes[[0, 2, 3, 4]] / axes[1]).mean(axis=1), 3 * np.array(later)])


def _moved(manner: HeadManner) -> np.ndarray:
    return continual_movement(np.random.default_rng(_SEED), manner, np.ones(_SIMULATED))


def _coupling(head: np.ndarray) -> np.ndarray:
    """(3,) correlations of the velocities of yaw and pitch, yaw and roll, pitch and roll."""
    return np.asarray(np.corrcoef(np.diff(head, axis=0).T)[np.triu_indices(3, 1)])


def _clipped(coupling: np.ndarray) -> Triple:
    first, second, third = (float(value) for value in np.clip(coupling, -_MOST_COUPLED, _MOST_COUPLED))
    return first, second, third


_MOST_COUPLED = 0.85


def _corrected(manner: HeadManner, wanted: np.ndarray, coupling: np.ndarray) -> HeadManner:
    """The manner whose movement comes closer to the `wanted` spectra (3, bands) [dB] and to the coupling (3,)."""
    for _ in range(3):
        lacking = coupling - _coupling(_moved(manner))
        manner = replace(manner, coupling=_clipped(np.array(manner.coupling) + lacking))
        levels = np.array([manner.yaw, manner.pitch, manner.roll])
        levels = np.maximum(levels + 0.6 * (wanted - _spectra(_moved(manner))), wanted - 6)
        levels = np.apply_along_axis(_smoothed, 1, levels)
        yaw, pitch, roll = _told(levels)
        manner = replace(manner, yaw=yaw, pitch=pitch, roll=roll)
    return manner


def _smoothed(levels: np.ndarray) -> np.ndarray:
    """Levels of neighbouring bands do not differ at random, as those of a short recording do."""
    return np.convolve(np.pad(levels, 1, mode="reflect", reflect_type="odd"), (0.1, 0.8, 0.1), mode="valid")


def _told(levels: np.ndarray) -> tuple[Spectrum, Spectrum, Spectrum]:
    yaw, pitch, roll = (tuple(float(level) for level in axis) for axis in levels)
    return yaw, pitch, roll


def _varied(rng: np.random.Generator, manner: HeadManner, reach: float) -> HeadManner:
    rest, contrast, activity, burst = (
        reach * np.array((0.5, 0.8, 0.7, 0.5)) * rng.normal(size=4) * (rng.random(4) < 0.6)
    )
    return replace(
        manner,
        rest=float(np.clip(manner.rest * np.exp(rest), 0.02, 0.4)),
        contrast=float(np.clip(manner.contrast + contrast, 1, 7)),
        activity=float(np.clip(manner.activity + activity, -5, 2)),
        burst_hz=float(np.clip(manner.burst_hz * np.exp(burst), 0.15, 3)),
    )


def _rounded(manner: HeadManner, speed: float) -> HeadManner:
    """The manner at a median speed of 1 deg/s instead of `speed`, in few digits."""
    loud = 20 * np.log10(speed)
    yaw, pitch, roll = (
        tuple(round(float(level - loud), 1) for level in axis) for axis in (manner.yaw, manner.pitch, manner.roll)
    )
    first, second, third = (round(value, 2) for value in manner.coupling)
    return replace(
        manner,
        yaw=yaw,
        pitch=pitch,
        roll=roll,
        coupling=(first, second, third),
        rest=round(manner.rest, 3),
        contrast=round(manner.contrast, 3),
        activity=round(manner.activity, 3),
        burst_hz=round(manner.burst_hz, 3),
    )


if __name__ == "__main__":
    sys.exit(exit_status(lambda: main(sys.argv[1:])))
