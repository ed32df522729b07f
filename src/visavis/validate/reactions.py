"""One stated detector for each visible reaction: nods, shakes, smiles, brow raises and blinks.

Shapes: T frames. Detectors give onset frames in ascending order; docs/metrics.md states each in words.
Nods and shakes work in any space with a head rotation, the others where the space names the channels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from visavis.analysis.head import has_head, head_angles
from visavis.analysis.listening import only_while
from visavis.core.clock import FPS
from visavis.core.errors import unknown
from visavis.core.motion import Motion
from visavis.core.spaces import MotionSpace
from visavis.encode.activity import runs
from visavis.validate.onsets import Matches, match_onsets

BROW_RAISERS = ("BrowInnerUp", "BrowOuterUpLeft", "BrowOuterUpRight")
_SEEN_IN: Mapping[str, tuple[str, ...]] = {"smile": ("smile",), "brow raise": BROW_RAISERS, "blink": ("blink",)}
"""The parts and channels of reactions that are not movements of the head."""


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


@dataclass(frozen=True)
class Rise:
    """What counts as a raised signal: `height` above the clip's resting level for `shortest` to `longest` frames."""

    height: float
    shortest: int
    longest: int | None = None


NOD = Swings(count=2, least_rad=0.03, largest_rad=0.06, shortest=2, longest=12)
SHAKE = Swings(count=3, least_rad=0.04, largest_rad=0.08, shortest=2, longest=12)
SLOWEST = 0.15
"""A swing is faster than this from its first to its last frame [rad/s]; slower is a change of posture."""
LONGEST_REST = 4
"""Frames between two swings of one oscillation, at most."""
SMILE = Rise(height=0.2, shortest=10)
BROW_RAISE = Rise(height=0.15, shortest=4)
BLINK = Rise(height=0.4, shortest=1, longest=15)


def nods(motion: Motion, listening: np.ndarray | None = None) -> list[int]:
    """Onsets of nods: the head pitch swings down, then up, and so on (see `NOD`).

    With `listening` (T,) bool only those that begin while it is true; speaking people also make head beats.
    """
    return only_while(_oscillations(head_angles(motion)[:, 1], NOD, down_first=True), listening)


def shakes(motion: Motion, listening: np.ndarray | None = None) -> list[int]:
    """Onsets of head shakes: the head yaw swings to one side and the other, three times or more (see `SHAKE`)."""
    return only_while(_oscillations(head_angles(motion)[:, 0], SHAKE, down_first=False), listening)


def smiles(motion: Motion, listening: np.ndarray | None = None) -> list[int]:
    """Onsets of smiles: both mouth corners up (see `SMILE`)."""
    return only_while(_rises(motion["smile"].mean(axis=1), SMILE), listening)


def brow_raises(motion: Motion, listening: np.ndarray | None = None) -> list[int]:
    """Onsets of brow raises: inner and outer brows up (see `BROW_RAISE`)."""
    signal = np.concatenate([motion[name] for name in BROW_RAISERS], axis=1).mean(axis=1)
    return only_while(_rises(signal, BROW_RAISE), listening)


def blinks(motion: Motion, listening: np.ndarray | None = None) -> list[int]:
    """Onsets of blinks: both lids closed and open again within 0.6 s (see `BLINK`)."""
    return only_while(_rises(motion["blink"].mean(axis=1), BLINK, smooth=False), listening)


Detector = Callable[[Motion, "np.ndarray | None"], "list[int]"]
DETECTORS: Mapping[str, Detector] = MappingProxyType(
    {"nod": nods, "shake": shakes, "smile": smiles, "brow raise": brow_raises, "blink": blinks}
)


def detects(kind: str, space: MotionSpace) -> bool:
    """Whether a space has the channels that a kind of reaction is seen in."""
    if kind not in _SEEN_IN:
        return has_head(space)
    return all(name in space.parts or name in space.channels for name in _SEEN_IN[kind])


def shows(kind: str, motion: Motion) -> bool:
    """Whether a motion's space has the channels that a kind of reaction is seen in, and they are known."""
    return detects(kind, motion.space) and all(map(motion.knows, _SEEN_IN.get(kind, ("pose",))))


def detect(kind: str, motion: Motion, listening: np.ndarray | None = None) -> list[int]:
    """Onset frames of one kind of reaction; raises `VisavisError` for an unknown kind or a space without it."""
    if kind not in DETECTORS:
        raise unknown("reaction", kind, DETECTORS)
    return DETECTORS[kind](motion, listening)


def score_reaction(
    kind: str, prediction: Motion, truth: Motion | Sequence[int], listening: np.ndarray | None = None
) -> Matches:
    """Detections in `prediction` against true onset frames, or against detections in the true motion."""
    true = only_while(sorted(truth), listening) if not isinstance(truth, Motion) else detect(kind, truth, listening)
    return match_onsets(detect(kind, prediction, listening), true)


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


def _rises(signal: np.ndarray, kind: Rise, *, smooth: bool = True) -> list[int]:
    """Onsets of stretches in which `signal` (T,) rises `kind.height` above its resting level (20 % quantile).

    A stretch is where it lies above 30 % of the height, and it must reach the height.
    """
    if len(signal) == 0:
        return []
    if smooth:
        signal = np.convolve(np.pad(signal, 2, mode="edge"), np.full(5, 0.2), mode="valid")
    place = (signal - np.quantile(signal, 0.2)) / kind.height
    longest = len(signal) if kind.longest is None else kind.longest
    return [
        first
        for first, stop in runs(place > 0.3)
        if kind.shortest <= stop - first <= longest and place[first:stop].max() >= 1
    ]
