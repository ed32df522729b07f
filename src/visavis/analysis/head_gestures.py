"""When heads nod and shake: the head swings to and fro about one axis, in any space with a head rotation.

Shapes: T frames. Detectors give onset frames in ascending order; docs/metrics.md states each in words.
"""

from __future__ import annotations

from collections.abc import Sequence
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

    Every swing covers `least_rad` or more in `shortest` to `longest` frames, one of them `largest_rad` or more. The
    head swings about one axis: `count` swings in a row are alike, the smallest `even` of the largest or more, and
    meanwhile yaw, pitch and roll move at most `astray` as far as the angle that swings.
    """

    count: int
    least_rad: float
    largest_rad: float
    shortest: int
    longest: int
    even: float
    astray: float


NOD = Swings(count=2, least_rad=0.04, largest_rad=0.06, shortest=2, longest=10, even=0.6, astray=0.7)
SHAKE = Swings(count=3, least_rad=0.06, largest_rad=0.08, shortest=2, longest=6, even=0.55, astray=0.25)
SLOWEST = 0.15
"""A swing is faster than this from its first to its last frame [rad/s]; slower is a change of posture."""
LONGEST_REST = 4
"""Frames between two swings of one oscillation, at most."""


def nods(motion: Motion, listening: np.ndarray | None = None) -> list[int]:
    """Onsets of nods: the head pitch swings down, then up, and so on (see `NOD`).

    With `listening` (T,) bool only those that begin while it is true; speaking people also make head beats.
    """
    return only_while(_oscillations(head_angles(motion), 1, NOD, down_first=True), listening)


def shakes(motion: Motion, listening: np.ndarray | None = None) -> list[int]:
    """Onsets of head shakes: the head yaw swings to one side and the other, three times or more (see `SHAKE`)."""
    return only_while(_oscillations(head_angles(motion), 0, SHAKE, down_first=False), listening)


def _oscillations(angles: np.ndarray, axis: int, kind: Swings, *, down_first: bool) -> list[int]:
    """Onsets of runs of swings in one of `angles` (T, 3) [rad]; `down_first`: the first swing goes down (positive)."""
    quick = _without_posture(angles)
    onsets: list[int] = []
    run: list[_Swing] = []
    for swing in [*_swings(angles[:, axis], kind.least_rad), None]:
        if run and (swing is None or not _goes_on(run[-1], swing)):
            if len(run) >= kind.count and max(abs(done.size) for done in run) >= kind.largest_rad:
                onsets += _first_alike(run, quick, axis, kind, down_first)
            run = []
        if swing is not None and kind.shortest <= swing.stop - swing.start <= kind.longest:
            run.append(swing)
    return onsets


def _first_alike(run: Sequence[_Swing], quick: np.ndarray, axis: int, kind: Swings, down_first: bool) -> list[int]:
    """The onset of the first `kind.count` swings in a run that are alike and about one axis, if there are any."""
    for first in range(len(run) - kind.count + 1):
        some = run[first : first + kind.count]
        sizes = [abs(quick[swing.stop, axis] - quick[swing.start, axis]) for swing in some]
        reach = np.ptp(quick[some[0].start : some[-1].stop + 1], axis=0)
        pure = np.delete(reach, axis).max() <= kind.astray * reach[axis]
        if pure and min(sizes) >= kind.even * max(sizes) and (some[0].size > 0 or not down_first):
            return [some[0].start]
    return []


def _without_posture(angles: np.ndarray) -> np.ndarray:
    """`angles` (T, 3) less their weighted mean over a second, in which a change of posture shows and a nod does not."""
    weights = np.hanning(_POSTURE_FRAMES + 2)[1:-1]
    padded = np.pad(angles, ((_POSTURE_FRAMES // 2,) * 2, (0, 0)), mode="edge")
    slow = [np.convolve(padded[:, axis], weights / weights.sum(), mode="valid") for axis in range(angles.shape[1])]
    return np.asarray(angles - np.stack(slow, axis=1))


_POSTURE_FRAMES = 25


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
