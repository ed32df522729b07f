"""When people speak: the floor passes from utterance to utterance as it does in real two-person talk.

The numbers are fitted to real meetings (AMI, the stretches in which two people talk) by
`python -m visavis.data.simulate.timing FILE.rttm`, which prints the tables below.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np

from visavis.data.rttm import read_rttm
from visavis.data.simulate.meetings import Activity, two_person_windows

Levels = tuple[float, ...]
_LEVELS = (0, 2, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90, 95, 99)


@dataclass(frozen=True)
class Statistics:
    """How the floor passes, as probabilities and as quantiles [s] at fixed levels.

    `pause`: the same person goes on; `gap`: the other one begins after silence; `overlap`: the other one begins
    before the end and goes on longer; `inside`: the other one's utterance lies within (mostly backchannels).
    """

    pause_share: float
    gap_share: float
    inside_per_s: float
    first_length: Levels
    pause_length: Levels
    gap_length: Levels
    overlap_length: Levels
    inside_length: Levels
    pause: Levels
    gap: Levels
    overlap: Levels


def _levels(text: str) -> Levels:
    return tuple(float(value) for value in text.split())


AMI = Statistics(
    pause_share=0.378,
    gap_share=0.401,
    inside_per_s=0.0485,
    first_length=_levels(
        "0.08 0.19 0.24 0.31 0.38 0.47 0.61 0.85 1.16 1.53 1.99 "
        "2.51 3.1 3.88 4.83 5.97 7.46 9.74 12.53 15.86 21.2 27.86"
    ),
    pause_length=_levels(
        "0.03 0.18 0.25 0.31 0.38 0.46 0.59 0.77 1.0 1.26 1.56 "
        "1.86 2.27 2.74 3.36 4.04 5.04 6.38 8.06 10.77 15.53 25.59"
    ),
    gap_length=_levels(
        "0.08 0.2 0.27 0.36 0.46 0.62 0.84 1.11 1.39 1.74 2.1 2.52 2.99 3.53 4.31 5.12 6.05 7.24 8.99 11.94 16.89 27.21"
    ),
    overlap_length=_levels(
        "0.1 0.37 0.73 1.25 1.66 2.04 2.44 2.82 3.23 3.73 4.25 "
        "4.81 5.37 6.18 7.11 8.05 9.28 10.97 13.11 16.5 22.34 35.03"
    ),
    inside_length=_levels(
        "0.03 0.16 0.19 0.23 0.26 0.28 0.31 0.33 0.35 0.38 0.42 0.46 0.51 0.58 0.67 0.8 0.99 1.19 1.5 1.88 2.6 4.28"
    ),
    pause=_levels(
        "0.08 0.78 1.05 1.15 1.24 1.34 1.45 1.57 1.69 1.84 2.0 2.19 2.45 2.75 3.08 3.52 4.11 4.94 6.08 7.88 10.83 18.45"
    ),
    gap=_levels(
        "0.0 0.03 0.08 0.16 0.23 0.29 0.37 0.45 0.53 0.62 0.73 0.83 0.95 1.09 1.28 1.48 1.76 2.14 2.77 3.91 6.29 13.64"
    ),
    overlap=_levels(
        "0.0 0.02 0.04 0.1 0.17 0.24 0.31 0.39 0.48 0.54 0.61 0.7 0.78 0.89 1.02 1.15 1.3 1.5 1.79 2.19 2.92 4.55"
    ),
)
"""Two-person talk in the AMI training meetings (2,655 stretches, 37 h)."""


@dataclass(frozen=True, eq=False)
class Durations:
    """What is compared with real talk: lengths of utterances, joint silences and overlaps [s]."""

    utterance: np.ndarray
    gap: np.ndarray
    overlap: np.ndarray


def quantile(levels: Levels, u: float) -> float:
    """The value [s] of a quantile table at u in [0, 1)."""
    return float(np.interp(100 * u, _LEVELS, levels))


def durations(talk: list[Activity]) -> Durations:
    """Lengths of all utterances, of silences between them and of stretches in which both speak."""
    utterance: list[float] = []
    gap: list[float] = []
    overlap: list[float] = []
    for activity in talk:
        for start, stop, _, other_end in _in_order(activity):
            utterance.append(stop - start)
            if start >= other_end > -np.inf:
                gap.append(start - other_end)
            elif other_end > start:
                overlap.append(min(stop, other_end) - start)
    return Durations(np.array(utterance), np.array(gap), np.array(overlap))


def distance(a: np.ndarray, b: np.ndarray) -> float:
    """The Kolmogorov-Smirnov distance of two samples: the largest gap between their distribution functions."""
    at = np.sort(np.concatenate([a, b]))
    return float(
        np.abs(
            np.searchsorted(np.sort(a), at, "right") / len(a) - np.searchsorted(np.sort(b), at, "right") / len(b)
        ).max()
    )


def fit(talk: list[Activity]) -> Statistics:
    """The statistics of real two-person talk."""
    lengths: dict[str, list[float]] = {"first": [], "pause": [], "gap": [], "overlap": [], "inside": []}
    delays: dict[str, list[float]] = {"pause": [], "gap": [], "overlap": []}
    for activity in talk:
        holder = 0
        for start, stop, person, end in _in_order(activity):
            if holder == 0:
                kind = "first"
            elif start >= end:
                kind = "pause" if person == holder else "gap"
            else:
                kind = "overlap" if stop > end and person != holder else "inside"
            lengths[kind].append(stop - start)
            if kind in delays:
                delays[kind].append(abs(start - end))
            if kind != "inside":
                holder = person
    moves = sum(len(delays[kind]) for kind in delays)
    floor_s = sum(sum(lengths[kind]) for kind in lengths if kind != "inside")

    def table(values: list[float]) -> Levels:
        return tuple(round(float(v), 2) for v in np.percentile(values, _LEVELS))

    return Statistics(
        pause_share=round(len(delays["pause"]) / moves, 3),
        gap_share=round(len(delays["gap"]) / moves, 3),
        inside_per_s=round(len(lengths["inside"]) / floor_s, 4),
        **{f"{kind}_length": table(values) for kind, values in lengths.items()},
        **{kind: table(values) for kind, values in delays.items()},
    )


def _in_order(activity: Activity) -> list[tuple[float, float, int, float]]:
    """(start, stop, person, latest end of everything before) by start."""
    spans = sorted((float(a), float(b), person) for person, all_ in enumerate(activity.spans, 1) for a, b in all_)
    ordered: list[tuple[float, float, int, float]] = []
    end = -np.inf
    for start, stop, person in spans:
        ordered.append((start, stop, person, end))
        end = max(end, stop)
    return ordered


if __name__ == "__main__":
    print(fit(two_person_windows(read_rttm(sys.argv[1]))))
