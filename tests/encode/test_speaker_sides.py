from __future__ import annotations

import numpy as np
import pytest

from tests.encode.talks import turns, windows_of
from visavis.encode.speaker_clustering import cluster
from visavis.encode.speaker_sides import NOBODY, Heard, fitness, two_sides
from visavis.encode.speaker_windows import Windowed, put_together
from visavis.validate.metrics.diarisation import frame_error


def heard(windows: int, apart: float, drift: float, seed: int = 0, alone_from: int = 8) -> tuple[Heard, np.ndarray]:
    """Two voices that are little `apart`, in windows that all sound differently: `drift`; both people are in the first
    `alone_from` windows, one of them in each other; and who is who."""
    rng = np.random.default_rng(seed)
    directions = np.linalg.qr(rng.standard_normal((16, 16)))[0]
    window, who, voices = [], [], []
    for number in range(windows):
        there = rng.permutation(2) if number < alone_from else rng.integers(2, size=1)
        around = drift * rng.standard_normal(14) @ directions[2:]
        for person in there:
            voice = directions[0] + apart * (person - 0.5) * directions[1] + around
            voices.append(voice / np.linalg.norm(voice))
            window.append(number)
            who.append(person)
    nothing = np.zeros(0, int)
    made = Heard(np.array(window), np.array(voices), np.full(len(who), 50.0), nothing, nothing, np.zeros(0))
    return made, np.array(who)


def right(sides: np.ndarray, who: np.ndarray) -> float:
    share = float(np.mean(sides == who))
    return max(share, 1 - share)


def test_two_who_differ_less_than_windows_do_are_told_apart() -> None:
    made, who = heard(60, apart=0.3, drift=0.15)
    nearest = made.voices @ made.voices.T - 2 * np.eye(len(who))
    assert np.mean(who[nearest.argmax(1)] == who) < 0.75, "the likest voice is hardly more often the own"
    sides = two_sides(made)
    assert sides is not None
    assert right(sides, who) > 0.95


def test_without_windows_of_both_nothing_is_known() -> None:
    assert two_sides(heard(60, apart=0.3, drift=0.1, alone_from=3)[0]) is None


def test_a_third_in_a_window_is_nobody() -> None:
    made, who = heard(30, apart=1.0, drift=0.05)
    third = made.voices[0] + made.voices[1]
    more = Heard(
        np.append(made.window, 0),
        np.vstack([made.voices, third / np.linalg.norm(third)]),
        np.append(made.alone, 10.0),
        made.first,
        made.second,
        made.agreement,
    )
    sides = two_sides(more)
    assert sides is not None
    assert sides[-1] == NOBODY
    assert right(sides[:-1], who) == 1


def test_what_is_true_fits_best() -> None:
    made, who = heard(60, apart=0.3, drift=0.15)
    mixed = np.random.default_rng(1).permutation(who)
    assert fitness(made, who) > fitness(made, np.zeros_like(who))
    assert fitness(made, who) > fitness(made, mixed)
    first, second = np.arange(10), np.arange(10, 20)
    agreement = np.where(who[first] == who[second], 0.9, -0.9)
    known = Heard(made.window, made.voices, made.alone, first, second, agreement)
    assert fitness(known, who) - fitness(made, who) == pytest.approx(0.9)
    assert fitness(known, np.full_like(who, NOBODY)) == 0


def test_alike_voices_that_change_from_window_to_window_stay_two_people() -> None:
    speaking = turns(3000, 2, longest=70)
    windows, rng = [], np.random.default_rng(3)
    for one in windows_of(speaking, likeness=1.0):
        assert one.voices is not None
        difference = (one.voices[0] - one.voices[1]) / 2
        voices = one.voices.mean(0) + np.stack([difference, -difference]) / 4 + 0.3 * rng.standard_normal(16) / 4
        windows.append(Windowed(one.start, one.activity, voices / np.linalg.norm(voices, axis=1, keepdims=True)))
    chance = put_together(windows, cluster(windows).people, 2, len(speaking))
    assert frame_error(speaking, chance > 0.5) < 0.02


def test_a_third_cluster_that_sounds_as_one_of_two_is_that_one() -> None:
    speaking = np.zeros((3000, 3), bool)
    for start in range(0, 3000, 200):
        speaking[start : start + 80, 0] = speaking[start + 90 : start + 150, 1] = True
        speaking[start + 152 : start + 190, 2] = True
    for voices, people in (((0, 1, 2), 3), ((0, 1, 0), 2)):
        assert cluster(windows_of(speaking, likeness=0.99, voices=voices)).voices == people
