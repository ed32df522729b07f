"""Who is who across the windows of a recording: constrained clustering of the people of every window.

Two people of one window are different; who speaks at the same moments in windows that overlap is the same; elsewhere
voices tell. Clusters are joined as long as what is known of their members agrees on average (average linkage); those
that sound the same are one. Two people are then told apart once more by how they differ where both are heard
(`speaker_sides`), and so it stays if that fits better.

Shapes: W windows, L people of a window, N people of all windows, E numbers of an embedding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from visavis.core.clock import FPS
from visavis.encode.speaker_sides import NOBODY, Heard, fitness, two_sides
from visavis.encode.speaker_windows import Windowed
from visavis.encode.speakers import PEOPLE

_LEAST_ALONE = 0.6 * FPS
"""Frames that somebody must speak alone in a window to count as a person there."""
_LEAST_TOGETHER = 0.4 * FPS
"""Frames of speech in what two windows share, below which these say nothing."""
_APART = -1.0
_MOST = 1200
"""People of windows that are compared each with each; the others go where they are most alike."""
_AGREEMENT_WEIGHT = 2.0
_MOST_BESIDE = 0.15
"""In which part of its windows somebody may stand beside another and yet be the same person, told as two by mistake."""
LEAST_LIKENESS = 0.35
"""How much alike people of windows must be on average to be one person: cosines of voices, agreement in time."""
_SAME = 0.93
"""How much alike the mean voices of a third cluster and one of the first two must be to be one person."""
_LEAST_S, _LEAST_SHARE, _ENOUGH_SHARE = 2.0, 0.04, 0.15
"""How long, and for which part of all speech, somebody must speak to count as a person; for which part it is enough."""
SHORTEST_S = 0.12
"""What is shorter is no speech, and nobody."""
_BETTER = 0.01
"""By so much two people must fit better than clusters do."""


Entry = tuple[int, int]
"""A window's number, and which of its people."""
Agreements = dict[tuple[Entry, Entry], float]
"""How much pairs of entries speak at the same moments, see `_agreement`; those of which it is known."""


@dataclass(frozen=True, eq=False)
class Clusters:
    """`people`: for each window who its L people are, 0 being who speaks longest alone, -1 for too little speech to
    tell; `seconds`: how long each of them speaks alone."""

    people: tuple[tuple[int, ...], ...]
    seconds: tuple[float, ...]

    @property
    def voices(self) -> int:
        """How many speak long enough to count as people."""
        spoken_s = sum(self.seconds)
        enough = max(_LEAST_SHARE * spoken_s, min(_LEAST_S, _ENOUGH_SHARE * spoken_s), SHORTEST_S)
        return sum(seconds >= enough for seconds in self.seconds)


def cluster(windows: Sequence[Windowed], least: float = LEAST_LIKENESS) -> Clusters:
    """Who is who in the windows of a recording, which may overlap."""
    entries = [
        (number, person)
        for number, window in enumerate(windows)
        for person, frames in enumerate(window.alone)
        if frames >= _LEAST_ALONE
    ]
    agreements = _agreements(windows, entries)
    compared = entries if len(entries) <= _MOST else _spread(entries)
    groups = _grouped(windows, compared, agreements, least)
    left = sorted(set(entries) - set(compared))
    for entry, name in _nearest(windows, left, groups).items():
        groups[name].append(entry)
    first = _ranked(windows, _without_doubles(windows, groups))
    if first.voices > PEOPLE or not entries or any(windows[number].voices is None for number, _ in entries):
        return first
    heard = _heard(windows, entries, agreements)
    sides = two_sides(heard)
    known = np.array([min(first.people[number][person], PEOPLE) for number, person in entries])
    if sides is None or fitness(heard, sides) < _BETTER + fitness(heard, np.where(known == PEOPLE, NOBODY, known)):
        return first
    return _ranked(windows, [[entries[row] for row in np.flatnonzero(sides == side)] for side in range(PEOPLE)])


def _ranked(windows: Sequence[Windowed], groups: Sequence[Sequence[Entry]]) -> Clusters:
    """Clusters in the order of how long their people speak alone."""
    alone_s = np.zeros(len(groups))
    heard = sum(len(window.activity) for window in windows)
    once = max((window.start + len(window.activity) for window in windows), default=0) / max(heard, 1)
    for name, group in enumerate(groups):
        for number, person in group:
            alone_s[name] += windows[number].alone[person] * min(1.0, once) / FPS
    order = np.argsort(-alone_s, kind="stable")
    rank = {entry: place for place, name in enumerate(order) for entry in groups[name]}
    people = tuple(
        tuple(rank.get((number, person), -1) for person in range(len(window.alone)))
        for number, window in enumerate(windows)
    )
    return Clusters(people, tuple(float(alone_s[name]) for name in order))


def _without_doubles(windows: Sequence[Windowed], groups: Sequence[list[Entry]]) -> list[list[Entry]]:
    """The groups, where those beside the two largest that sound as one of these are that one: somebody told as two in
    windows by mistake."""
    ordered = sorted(groups, key=lambda group: -sum(windows[number].alone[person] for number, person in group))
    kept, largest = ordered[:PEOPLE], [_centre(windows, group) for group in ordered[:PEOPLE]]
    for group in ordered[PEOPLE:]:
        likeness = [float(centre @ _centre(windows, group)) for centre in largest]
        likest = int(np.argmax(likeness))
        if likeness[likest] >= _SAME:
            kept[likest] = kept[likest] + group
        else:
            kept.append(group)
    return kept


def _heard(windows: Sequence[Windowed], entries: Sequence[Entry], agreements: Agreements) -> Heard:
    """What `speaker_sides` knows of entries whose voices are known."""
    place = {entry: row for row, entry in enumerate(entries)}
    return Heard(
        np.array([number for number, _ in entries]),
        np.stack([_voice(windows, entry) for entry in entries]),
        np.array([windows[number].alone[person] for number, person in entries]),
        np.array([place[one] for one, _ in agreements], int),
        np.array([place[other] for _, other in agreements], int),
        np.array(list(agreements.values()), float),
    )


def _spread(entries: Sequence[Entry]) -> list[Entry]:
    """Those of whole windows at even distances."""
    numbers = sorted({number for number, _ in entries})
    kept = set(numbers[:: -(-len(entries) // _MOST)])
    return [entry for entry in entries if entry[0] in kept]


def _grouped(
    windows: Sequence[Windowed], entries: Sequence[Entry], agreements: Agreements, least: float
) -> list[list[Entry]]:
    """Clusters of entries by average linkage of what is known of pairs.

    Clusters that stand beside one another in many windows are never joined, however alike.
    """
    total, known = _evidence(windows, entries, agreements)
    beside = _beside(entries).astype(float)
    seen = np.ones(len(entries))
    members = [[entry] for entry in entries]

    def likeness(rows: np.ndarray) -> np.ndarray:
        apart = beside[rows] > _MOST_BESIDE * np.minimum(seen[rows, None], seen)
        return np.where((known[rows] > 0) & ~apart, total[rows] / np.maximum(known[rows], 1e-9), -np.inf)

    mean = likeness(np.arange(len(entries)))
    while len(members) > 1:
        first, second = sorted(int(place) for place in np.unravel_index(int(np.argmax(mean)), mean.shape))
        if mean[first, second] < least:
            break
        for sums in (total, known, beside):
            sums[first] += sums[second]
            sums[:, first] = sums[first]
            sums[second] = sums[:, second] = 0
        known[first, first] = 0
        seen[first] += seen[second]
        members[first] += members[second]
        members[second] = []
        mean[first] = mean[:, first] = likeness(np.array([first]))[0]
        mean[second] = mean[:, second] = -np.inf
    return [group for group in members if group]


def _evidence(
    windows: Sequence[Windowed], entries: Sequence[Entry], agreements: Agreements
) -> tuple[np.ndarray, np.ndarray]:
    """What is known of pairs of entries (N, N): the sum of hints in [-1, 1], 1 for the same person; their weight."""
    count = len(entries)
    total, known = np.zeros((count, count)), np.zeros((count, count))
    voices = [windows[number].voices for number, _ in entries]
    if all(voice is not None for voice in voices) and count:
        vectors = np.stack(
            [voice[person] for voice, (_, person) in zip(voices, entries, strict=True) if voice is not None]
        )
        total, known = vectors @ vectors.T, np.ones((count, count))
    beside = _beside(entries)
    total[beside], known[beside] = _APART, 1
    place = {entry: row for row, entry in enumerate(entries)}
    for (one, other), agreement in agreements.items():
        if one in place and other in place:
            total[place[one], place[other]] += _AGREEMENT_WEIGHT * agreement
            known[place[one], place[other]] += _AGREEMENT_WEIGHT
    upper = np.triu(np.ones((count, count), bool), 1)
    total, known = np.where(upper, total, 0), np.where(upper, known, 0)
    return total + total.T, known + known.T


def _beside(entries: Sequence[Entry]) -> np.ndarray:
    """Which entries are others of the same window (N, N) bool."""
    window = np.array([number for number, _ in entries])
    return np.asarray((window[:, None] == window) & ~np.eye(len(entries), dtype=bool))


def _agreements(windows: Sequence[Windowed], entries: Sequence[Entry]) -> Agreements:
    """What is known of entries of windows that overlap, each pair once, the earlier first."""
    found: Agreements = {}
    for row, (number, person) in enumerate(entries):
        end = windows[number].start + len(windows[number].activity)
        for column in range(row + 1, len(entries)):
            other, its = entries[column]
            if windows[other].start >= end:
                break
            agreement = _agreement(windows[number], person, windows[other], its) if other != number else None
            if agreement is not None:
                found[(number, person), (other, its)] = agreement
    return found


def _agreement(one: Windowed, person: int, other: Windowed, its: int) -> float | None:
    """Whether two people of windows that overlap speak at the same moments: 1 always, -1 never; None: not known."""
    shift = other.start - one.start
    if not 0 <= shift < len(one.activity):
        return None
    here, there = one.activity[shift:, person], other.activity[: len(one.activity) - shift, its]
    here = here[: len(there)]
    more = max(here.sum(), there.sum())
    if more < _LEAST_TOGETHER:
        return None
    return float(2 * np.minimum(here, there).sum() / more - 1)


def _nearest(
    windows: Sequence[Windowed], entries: Sequence[Entry], groups: Sequence[Sequence[Entry]]
) -> dict[Entry, int]:
    """The cluster whose mean voice is most like each entry's; two of one window go to different ones."""
    centres = np.stack([_centre(windows, group) for group in groups]) if groups else np.zeros((0, 1))
    names: dict[Entry, int] = {}
    likest = {entry: centres @ _voice(windows, entry) for entry in entries}
    for entry in sorted(entries, key=lambda entry: -float(likest[entry].max(initial=-1))):
        taken = {name for (number, _), name in names.items() if number == entry[0]}
        free = [name for name in range(len(groups)) if name not in taken]
        if free:
            names[entry] = max(free, key=lambda name: float(likest[entry][name]))
    return names


def _centre(windows: Sequence[Windowed], group: Sequence[Entry]) -> np.ndarray:
    mean = np.sum([_voice(windows, entry) * windows[entry[0]].alone[entry[1]] for entry in group], axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9))


def _voice(windows: Sequence[Windowed], entry: Entry) -> np.ndarray:
    voices = windows[entry[0]].voices
    return np.zeros(1) if voices is None else voices[entry[1]]
