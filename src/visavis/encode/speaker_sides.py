"""Two people told apart by how those differ who are heard beside one another in a window.

A vector of a voice holds how somebody sounds there and then, too: loud or soft, with this phrase, in this noise. Two
alike voices may so differ less than one differs from itself in another window. Of two people of one window most of that
is the same, and the difference of their vectors is who they are. The direction in which all those differences lie parts
the people of all windows; then their mean vectors, and who speaks at the same moments in windows that overlap, part
them again until nothing changes.

Shapes: N people of all windows, E numbers of an embedding, M pairs of people of windows that overlap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np

NOBODY = -1
_LEAST_PAIRS = 4
"""Windows in which both are heard, below which nothing is known of how people differ."""
_MOMENTS_WEIGHT = 0.5
_FURTHEST = 2.0
_AGAINST = 0.5
"""So far on the other's side (1 is the other's mean) somebody of a window is the other, told as two by mistake."""
_ROUNDS = 10
_CLEARER, _HARDLY = 0.4, 0.003
"""What voices that are clearer apart are worth, beside moments that agree; how little apart is nothing."""


@dataclass(frozen=True, eq=False)
class Heard:
    """People of windows: in which `window` (N,) each is, their `voices` (N, E), unit vectors, for how many frames each
    speaks `alone` (N,); and of pairs (M,) `first`, `second` of overlapping windows how much they speak at the same
    moments: `agreement`, 1 always, -1 never."""

    window: np.ndarray
    voices: np.ndarray
    alone: np.ndarray
    first: np.ndarray
    second: np.ndarray
    agreement: np.ndarray


def two_sides(heard: Heard) -> np.ndarray | None:
    """Which of two people everybody is (N,): 0, 1 or `NOBODY`; None where too few windows hold both.

    Of those in one window two are the two people, unless both are clearly the same one; any other is nobody.
    """
    together = [np.flatnonzero(heard.window == number) for number in np.unique(heard.window)]
    pairs = np.array([_longest(heard, members) for members in together if len(members) > 1]).reshape(-1, 2)
    if len(pairs) < _LEAST_PAIRS:
        return None
    weights = heard.alone[pairs].min(axis=1)
    apart = heard.voices[pairs[:, 0]] - heard.voices[pairs[:, 1]]
    direction = np.linalg.svd(np.sqrt(weights)[:, None] * apart, full_matrices=False)[2][0]
    places = heard.voices @ direction
    sides = np.asarray(places > np.average(places[pairs].mean(axis=1), weights=weights), int)
    for _ in range(_ROUNDS):
        before, sides = sides, _parted(heard, together, sides)
        if np.array_equal(before, sides):
            break
    return sides


def fitness(heard: Heard, sides: np.ndarray) -> float:
    """How well people (N,) of two sides, or nobody, fit what is heard: whether the same speak at the same moments in
    overlapping windows, in [-1, 1], and how much nearer voices are to their own side's mean than to that of all."""
    signs = _signs(sides)
    weights = np.sqrt(heard.alone[heard.first] * heard.alone[heard.second])
    moments = weights @ (heard.agreement * signs[heard.first] * signs[heard.second]) / max(weights.sum(), 1e-9)
    means, known = _means(heard, sides), sides != NOBODY
    if not known.any():
        return float(moments)
    everybody = heard.alone @ heard.voices
    own = (heard.voices * means[np.maximum(sides, 0)]).sum(1)
    all_alike = heard.voices @ everybody / max(float(np.linalg.norm(everybody)), 1e-9)
    nearer = float(np.average((own - all_alike)[known], weights=heard.alone[known]))
    return float(moments) + _CLEARER * float(np.log(max(nearer, 0.0) + _HARDLY))


def _parted(heard: Heard, together: Sequence[np.ndarray], sides: np.ndarray) -> np.ndarray:
    """The sides again, by the means of those that are known and by moments."""
    means = _means(heard, sides)
    axis = means[1] - means[0]
    low, high = means @ axis
    places = np.clip((2 * heard.voices @ axis - low - high) / max(high - low, 1e-9), -_FURTHEST, _FURTHEST)
    places += _MOMENTS_WEIGHT * _votes(heard, sides)
    parted, pulls = np.asarray(places > 0, int), heard.alone * places
    for members in together:
        if len(members) > 1:
            pull = dict(zip(members.tolist(), pulls[members].tolist(), strict=True))
            first, second = max(permutations(pull, 2), key=lambda two: pull[two[1]] - pull[two[0]])
            parted[members] = NOBODY
            parted[first], parted[second] = places[first] > _AGAINST, places[second] > -_AGAINST
    return parted


def _votes(heard: Heard, sides: np.ndarray) -> np.ndarray:
    """What overlapping windows say of each (N,): from -1, the first side, to 1, the second."""
    signs, count = _signs(sides), len(sides)
    votes, voters = np.zeros(count), np.zeros(count)
    for one, other in ((heard.first, heard.second), (heard.second, heard.first)):
        votes += np.bincount(one, heard.agreement * signs[other], minlength=count)
        voters += np.bincount(one, minlength=count)
    return votes / np.maximum(voters, 1)


def _signs(sides: np.ndarray) -> np.ndarray:
    return np.where(sides == NOBODY, 0.0, 2.0 * sides - 1)


def _means(heard: Heard, sides: np.ndarray) -> np.ndarray:
    """The mean voice of each side (2, E), of unit length."""
    sums = np.stack([(heard.alone * (sides == side)) @ heard.voices for side in (0, 1)])
    return np.asarray(sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9))


def _longest(heard: Heard, members: np.ndarray) -> np.ndarray:
    """The two of a window who speak longest alone."""
    return members[np.argsort(-heard.alone[members], kind="stable")[:2]]
