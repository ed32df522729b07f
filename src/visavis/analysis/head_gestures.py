"""When heads nod and shake: the head swings up and down or to and fro, in any space with a head rotation.

Shapes: T frames. Detectors give onset frames in ascending order; docs/metrics.md states each in words.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from visavis.analysis.head import head_angles
from visavis.analysis.listening import only_while
from visavis.core.clock import FPS
from visavis.core.motion import Motion
from visavis.encode.activity import runs


@dataclass(frozen=True)
class Swings:
    """What counts as an oscillation: `count` or more swings in alternating directions, without a rest between them.

    Every swing covers `least_rad` or more in `shortest` to `longest` frames, one of them `largest_rad` or more.
    """

    count: int
    least_rad: float
    largest_rad: float
    shortest: int
    longest: int


NOD = Swings(count=2, least_rad=0.03, largest_rad=0.06, shortest=2, longest=12)
SHAKE = Swings(count=3, least_rad=0.04, largest_rad=0.08, shortest=2, longest=12)
SLOWEST = 0.15
"""A swing is faster than this from its first to its last frame [rad/s]; slower is a change of posture."""
LONGEST_REST = 4
"""Frames between two swings of one oscillation, at most."""


def nods(motion: Motion, listening: np.ndarray | None = None) -> list[int]:
    """Onsets of nods: the head pitch swings down, then up, and so on (see `NOD`).

    With `listening` (T,) bool only those that begin while it is true; speaking people also make head beats.
    """
    return only_while(_oscillations(head_angles(motion)[:, 1], NOD, down_first=True), listening)


def shakes(motion: Motion, listening: np.ndarray | None = None) -> list[int]:
    """Onsets of head shakes: the head yaw swings to one side and the other, three times or more (see `SHAKE`)."""
    return only_while(_oscillations(head_angles(motion)[:, 0], SHAKE, down_first=False), listening)


def _oscillations(angle: np.ndarray, kind: Swings, *, down_first: bool) -> list[int]:
    """Onsets of runs of swings in `angle` (T,) [rad]; `down_first`: the first swing goes down (positive)."""
    onsets: list[int] = []
    run: list[_Swing] = []
    for swing in [*_swings(angle, kind.least_rad), None]:
        if run and (swing is None or not _goes_on(run[-1], swing)):
            if len(run) >= kind.count and max(abs(done.size) for done in run) >= kind.largest_rad:
                onsets.append(run[0].start)
            run = []
        fits = swing is not None and kind.shortest <= swing.stop - swing.start <= kind.longest
        if swing is not None and fits and (run or swing.size > 0 or not down_first):
            run.append(swing)
    return onsets


def _goes_on(last: _Swing, swing: _Swing) -> bool:
    return last.size * swing.size < 0 and swing.start - last.stop <= LONGEST_REST


@dataclass(frozen=True)
class _Swing:
    """A movement in one direction: its first frame, the frame it ends in, its size [rad], positive = up in value."""

    start: int
    stop: int
    size: float


def _swings(angle: np.ndarray, least: float) -> list[_Swing]:
    """Movements of `least` or more that are faster than `SLOWEST`, in either direction, by onset."""
    if len(angle) < 2:
        return []
    smooth = np.convolve(np.pad(angle, 1, mode="edge"), (0.25, 0.5, 0.25), mode="valid")
    speed = np.diff(smooth) * FPS
    found: list[_Swing] = []
    for direction in (1, -1):
        for start, stop in runs(direction * speed > SLOWEST):
            size = float(smooth[stop] - smooth[start])
            if abs(size) >= least:
                found.append(_Swing(start, stop, size))
    return sorted(found, key=lambda swing: swing.start)
