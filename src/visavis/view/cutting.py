"""Cutting to the speaker: when a film of a conversation changes to whom it shows.

T frames at 25 fps, P people.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from visavis.core.clock import FPS
from visavis.encode.activity import runs

HOLD = 3 * FPS // 2
"""A shot lasts 1.5 s or longer."""
_PAUSE = 4 * FPS // 5
"""A pause of up to 0.8 s does not end a turn."""
_LEAST_TURN = 6 * FPS // 5
"""Who is heard for less than 1.2 s gives feedback, and has no turn."""
_OPEN = 5 * FPS // 2
"""Where nobody or more than one has the floor for 2.5 s, all are shown."""


@dataclass(frozen=True)
class Cut:
    """From `frame` on the camera shows `person`, or all people where that is None."""

    frame: int
    person: int | None


def cuts_to_speaker(speaking: np.ndarray) -> tuple[Cut, ...]:
    """Whom to show, from who is heard in each frame (T, P) bool; the first cut is at frame 0.

    A turn begins a shot, feedback during it does not; short silences and overlaps belong to who spoke before.
    """
    heard = np.stack([_turns(person) for person in np.asarray(speaking, bool).T], axis=1)
    floor = np.where(heard.sum(axis=1) == 1, heard.argmax(axis=1), -1)
    held = [(who, len(list(run))) for who, run in itertools.groupby(floor.tolist())]
    kept: list[tuple[int, int]] = []
    for who, length in held:
        continues = who == -1 and length < _OPEN and bool(kept)
        kept.append((kept[-1][0] if continues else who, length))
    frames = [who for who, length in _held(kept) for _ in range(length)]
    starts = [i for i in range(len(frames)) if i == 0 or frames[i] != frames[i - 1]] or [0]
    return tuple(Cut(i, frames[i] if frames and frames[i] >= 0 else None) for i in starts)


def people_shown(cuts: tuple[Cut, ...], frames: int) -> list[int | None]:
    """Whom each of so many frames shows."""
    starts = np.array([cut.frame for cut in cuts])
    return [cuts[at].person for at in (np.searchsorted(starts, np.arange(frames), side="right") - 1).tolist()]


def _turns(heard: np.ndarray) -> np.ndarray:
    """The frames (T,) in which somebody has a turn: pauses filled, feedback left out."""
    turns = heard.copy()
    for value, shortest in ((False, _PAUSE + 1), (True, _LEAST_TURN)):
        for start, stop in runs(turns == value):
            inside = value or (start > 0 and stop < len(turns))
            if stop - start < shortest and inside:
                turns[start:stop] = not value
    return turns


def _held(shots: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Shots (who, frames) of which none is too short: the shortest joins the one before, or else after."""
    shots = _joined(shots)
    while len(shots) > 1 and min(length for _, length in shots) < HOLD:
        at = min(range(len(shots)), key=lambda i: shots[i][1])
        into = at - 1 if at else 1
        shots[into] = (shots[into][0], shots[into][1] + shots[at][1])
        del shots[at]
        shots = _joined(shots)
    return shots


def _joined(shots: list[tuple[int, int]]) -> list[tuple[int, int]]:
    return [(who, sum(length for _, length in same)) for who, same in itertools.groupby(shots, key=lambda run: run[0])]
