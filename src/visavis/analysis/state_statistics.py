"""How much of a conversation each state takes, and how long it lasts.

`python -m visavis.analysis.state_statistics FILE.rttm|DATA ...` prints tables of docs/states.md: of the stretches of
meetings in which two people talk, or of clips with an event log, each person in turn as the agent. Shapes: T frames.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from visavis.analysis.state_agreement import recalls
from visavis.analysis.state_files import spans_of
from visavis.analysis.state_labels import logged_talks
from visavis.analysis.states import STATES, State, Talk, conversation_states, live_states
from visavis.core.clock import FPS, frames_of
from visavis.core.errors import VisavisError
from visavis.core.program import exit_status
from visavis.data.folder import list_clips, read_clip, read_events
from visavis.data.rttm import read_rttm
from visavis.data.simulate.meetings import two_person_windows


@dataclass(frozen=True)
class StateStatistics:
    """Of one state: its share of all frames, how often a minute it begins, and how long it lasts [s]."""

    state: State
    share: float
    per_minute: float
    median_s: float
    long_s: float
    """Nine of ten last at most this."""


def state_statistics(tracks: Iterable[np.ndarray]) -> tuple[StateStatistics, ...]:
    """Statistics of every state over conversations, each (T,) of `State`; NaN durations of one that never occurs."""
    lengths: dict[int, list[int]] = {state: [] for state in State}
    for track in tracks:
        for state, start, stop in spans_of(track):
            lengths[state].append(stop - start)
    frames = max(1, sum(sum(some) for some in lengths.values()))
    found = []
    for state in State:
        some = np.array(lengths[state], float)
        median, long = np.percentile(some, (50, 90)) / FPS if len(some) else (np.nan, np.nan)
        begun = len(some) * 60 * FPS / frames
        found.append(StateStatistics(state, float(some.sum() / frames), begun, float(median), float(long)))
    return tuple(found)


def meeting_talks(path: str) -> list[tuple[Talk, Talk]]:
    """Stretches of the meetings in an RTTM file in which two people talk."""
    found = []
    for stretch in two_person_windows(read_rttm(path)):
        frames = frames_of(stretch.length_s)
        tracks = []
        for spans in stretch.spans:
            speaking = np.zeros(frames, bool)
            for start, stop in spans:
                speaking[frames_of(start) : frames_of(stop)] = True
            tracks.append(Talk(speaking))
        found.append((tracks[0], tracks[1]))
    return found


def logged_clips(root: str) -> list[tuple[Talk, Talk]]:
    """The talks of a data folder's clips whose event logs tell of phrases."""
    clips = list_clips(root)
    found = [logged_talks(read_events(clip), read_clip(clip).frames) for clip in clips]
    return [talks for talks in found if talks is not None]


def markdown(statistics: Sequence[StateStatistics], live: np.ndarray | None = None) -> str:
    """A table of statistics; `live` (8,) are the `recalls` of what can be told live."""
    rows = [["state", "share", "a minute", "median", "9 of 10 within"], ["---"] * 5]
    for one in statistics:
        durations = (f"{length:.2f} s" if one.share else "" for length in (one.median_s, one.long_s))
        rows.append([STATES[one.state], f"{one.share:.1%}", f"{one.per_minute:.1f}", *durations])
    if live is not None:
        rows.append(["all", "", "", "", ""])
        for row, told in zip(rows, ["told live", "---", *(f"{recall:.0%}" for recall in live)], strict=True):
            row.append(told)
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def main(paths: Sequence[str]) -> int:
    """Print the table of RTTM files; 2 for what cannot be used, told in one line."""
    return exit_status(lambda: _print_tables(paths))


def _print_tables(paths: Sequence[str]) -> None:
    for path in paths:
        conversations = logged_clips(path) if Path(path).is_dir() else meeting_talks(path)
        pairs = [pair for talks in conversations for pair in (talks, talks[::-1])]
        if not pairs:
            raise VisavisError(f"{path} tells of no talk of two people; give an RTTM file or a simulated folder")
        states = [conversation_states(user, agent) for user, agent in pairs]
        live = [live_states(user, agent) for user, agent in pairs]
        hours = sum(map(len, states)) / FPS / 3600
        print(f"{path}: {len(conversations)} conversations, {hours / 2:.1f} h, both views\n")
        print(markdown(state_statistics(states), recalls(states, live)) + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
