"""Reading who-spoke-when of real meetings, cut down to the stretches in which only two people talk."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from visavis.core.clock import LONGEST_S
from visavis.core.errors import VisavisError
from visavis.data.broken import shown

_GRID_HZ = 20


@dataclass(frozen=True, eq=False)
class Activity:
    """What two people said in one stretch of talk: `spans[k]` (N, 2) start and end of person k's utterances [s]."""

    spans: tuple[np.ndarray, np.ndarray]
    length_s: float


def read_rttm(path: str | Path) -> dict[str, dict[str, np.ndarray]]:
    """Recording -> person -> (N, 2) start and end of utterances [s], sorted.

    Raises `VisavisError` when the file is missing or a line is not RTTM.
    """
    if not Path(path).is_file():
        raise VisavisError(f"no RTTM file at {path}; give the path of a file with SPEAKER lines")
    found: dict[str, dict[str, list[tuple[float, float]]]] = defaultdict(lambda: defaultdict(list))
    try:
        text = Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise VisavisError(f"{path} is not UTF-8 text; write it again as UTF-8") from None
    for number, line in enumerate(text.splitlines(), 1):
        fields = line.split()
        if not fields or fields[0] != "SPEAKER":
            continue
        try:
            start, length = float(fields[3]), float(fields[4])
            if not (0 <= start <= LONGEST_S and 0 <= length <= LONGEST_S):
                raise ValueError
            found[fields[1]][fields[7]].append((start, start + length))
        except (IndexError, ValueError):
            raise VisavisError(f"{path}, line {number}: not an RTTM SPEAKER line: {shown(line)!r}") from None
    return {name: {who: np.array(sorted(spans)) for who, spans in people.items()} for name, people in found.items()}


def two_person_windows(
    meetings: dict[str, dict[str, np.ndarray]], window_s: float = 30.0, step_s: float = 5.0, others: float = 0.03
) -> list[Activity]:
    """Stretches in which two people talk (2 s each at least) and all others together under `others` of the time."""
    found: list[Activity] = []
    for people in meetings.values():
        names = list(people)
        end = max(float(spans[-1, 1]) for spans in people.values())
        grid = np.zeros((len(names), int(end * _GRID_HZ) + 1), dtype=bool)
        for row, name in enumerate(names):
            for start, stop in people[name]:
                grid[row, int(start * _GRID_HZ) : int(stop * _GRID_HZ)] = True
        joined: list[tuple[frozenset[str], float, float]] = []
        for begin in np.arange(0.0, end - window_s, step_s):
            spoken = grid[:, int(begin * _GRID_HZ) : int((begin + window_s) * _GRID_HZ)].sum(1) / _GRID_HZ
            order = np.argsort(-spoken)
            if len(order) < 2 or spoken[order[1]] < 2 or spoken[order[2:]].sum() > others * window_s:
                continue
            pair = frozenset((names[order[0]], names[order[1]]))
            if joined and joined[-1][0] == pair and begin <= joined[-1][2]:
                joined[-1] = (pair, joined[-1][1], begin + window_s)
            else:
                joined.append((pair, begin, begin + window_s))
        for pair, begin, stop in joined:
            first, second = sorted(pair)
            found.append(Activity((_cut(people[first], begin, stop), _cut(people[second], begin, stop)), stop - begin))
    return found


def _cut(spans: np.ndarray, begin: float, stop: float) -> np.ndarray:
    inside = (spans[:, 0] >= begin) & (spans[:, 1] <= stop)
    return spans[inside] - begin
