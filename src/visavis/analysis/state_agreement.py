"""How well states that are told agree with the truth: confusions, and the share of each state's frames that is right.

`python -m visavis.analysis.state_agreement DATA [SPLIT]` prints the tables of docs/states.md: every voice activity
detector on the sound of simulated conversations, against their event logs. Shapes: T frames.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from visavis.analysis.state_labels import detected_talks, logged_talks, states_of_pair
from visavis.analysis.states import STATES, State, live_states
from visavis.core.errors import VisavisError
from visavis.core.program import exit_status
from visavis.data.folder import list_clips, read_clip, read_events
from visavis.encode.voice_detectors import VOICE_DETECTORS


def confusions(truth: Sequence[np.ndarray], told: Sequence[np.ndarray]) -> np.ndarray:
    """Frames by true state (rows) and told state (columns) over conversations (T,) of `State` each: (7, 7) int64."""
    counts = np.zeros((len(State), len(State)), np.int64)
    for true, said in zip(truth, told, strict=True):
        np.add.at(counts, (true, said), 1)
    return counts


def recalls(truth: Sequence[np.ndarray], told: Sequence[np.ndarray]) -> np.ndarray:
    """The share of each state's frames that is told right, and last of all frames: (8,); NaN where there are none."""
    counts = confusions(truth, told)
    right, there = np.append(np.diag(counts), np.trace(counts)), np.append(counts.sum(1), counts.sum())
    return np.asarray(np.divide(right, there, out=np.full(len(right), np.nan), where=there > 0))


def recall_table(truth: Sequence[np.ndarray], told: dict[str, Sequence[np.ndarray]]) -> str:
    """A column for each way of telling, a row for each state, in Markdown."""
    columns = [recalls(truth, states) for states in told.values()]
    rows = [["state", *told], ["---"] * (1 + len(told))]
    for number, name in enumerate((*STATES, "all")):
        rows.append([name, *(f"{column[number]:.1%}" for column in columns)])
    return _markdown(rows)


def confusion_table(truth: Sequence[np.ndarray], told: Sequence[np.ndarray]) -> str:
    """Of each true state (a row) the share that is told as each state, in Markdown."""
    return shares_table(confusions(truth, told))


def shares_table(counts: Sequence[Sequence[int]] | np.ndarray) -> str:
    """The same from frames by true state (rows) and told state (7, 7)."""
    rows = [["true \\ told", *STATES], ["---"] * (1 + len(STATES))]
    for name, some in zip(STATES, counts, strict=True):
        rows.append([name, *(f"{count / max(1, sum(some)):.1%}" for count in some)])
    return _markdown(rows)


def _markdown(rows: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def main(arguments: Sequence[str]) -> int:
    """Print the tables of a data folder; 2 for what cannot be used, told in one line."""
    return exit_status(lambda: _print_tables(*arguments))


def _print_tables(data: str | None = None, split: str | None = None, *more: str) -> None:
    if data is None or more:
        raise VisavisError("give a folder of simulated conversations, and a split if it has any")
    truth: list[np.ndarray] = []
    told: dict[str, list[np.ndarray]] = {name: [] for name in (*VOICE_DETECTORS, "log, by length", "log, live")}
    for clip in list_clips(data, split):
        frames = read_clip(clip).frames
        logged = logged_talks(read_events(clip), frames)
        if logged is None:
            continue
        truth.extend(states_of_pair(*logged))
        for name, detector in VOICE_DETECTORS.items():
            told[name].extend(states_of_pair(*detected_talks(clip, frames, detector)))
        first, second = (replace(talk, feedback=None) for talk in logged)
        told["log, by length"].extend(states_of_pair(first, second))
        told["log, live"] += [live_states(second, first), live_states(first, second)]
    if not truth:
        raise VisavisError(f"{data}: no clip has an event log that tells of phrases; simulate some: visavis simulate")
    print(recall_table(truth, {**told}) + "\n")
    print(confusion_table(truth, told["silero"]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
