from __future__ import annotations

import numpy as np
import pytest

from tests.encode.talks import turns, windows_of
from visavis.encode.speaker_clustering import cluster
from visavis.encode.speaker_windows import Windowed, put_together
from visavis.validate.metrics.diarisation import frame_error


def told_again(speaking: np.ndarray, windows: list[Windowed]) -> float:
    """The error of frames once windows are put together by their clusters."""
    clusters = cluster(windows)
    count = speaking.shape[1]
    people = [[name if name < count else -1 for name in names] for names in clusters.people]
    return frame_error(speaking, put_together(windows, people, count, len(speaking)) > 0.5)


@pytest.mark.parametrize("known", [True, False], ids=["voices", "overlap alone"])
def test_people_of_windows_in_any_order_are_told_again(known: bool) -> None:
    speaking = turns(1500, 2, longest=60)
    assert told_again(speaking, windows_of(speaking, known=known)) < 0.02


def test_an_hour_has_the_same_two_people_throughout() -> None:
    speaking = turns(60 * 1500, 2, seed=3)
    windows = windows_of(speaking, likeness=0.75)
    assert len(windows) > 1400
    assert told_again(speaking, windows) < 0.01


def test_voices_tell_where_one_person_speaks_for_long() -> None:
    speaking = np.zeros((3000, 2), bool)
    speaking[:1200, 0] = speaking[1400:2000, 1] = speaking[2300:, 0] = True
    windows = windows_of(speaking)
    assert told_again(speaking, windows) < 0.01
    assert len([s for s in cluster(windows).seconds if s > 2]) == 2


def test_alike_voices_in_one_window_are_two_people() -> None:
    speaking = turns(1000, 2, longest=50)
    clusters = cluster(windows_of(speaking, likeness=0.97, voices=(4, 4)))
    both = [names for names in clusters.people if -1 not in names]
    assert len(both) > 5
    assert all(first != second for first, second in both)


def test_three_voices_are_three_in_the_order_of_how_long_they_speak() -> None:
    speaking = np.zeros((3000, 3), bool)
    for start in range(0, 3000, 200):
        speaking[start : start + 80, 0] = speaking[start + 90 : start + 150, 1] = True
    speaking[600:1000] = False
    speaking[700:850, 2] = True
    clusters = cluster(windows_of(speaking))
    found = [seconds for seconds in clusters.seconds if seconds > 2]
    assert len(found) == 3
    assert found == sorted(found, reverse=True)
    people = [[name if name < 2 else -1 for name in names] for names in clusters.people]
    chance = put_together(windows_of(speaking), people, 2, len(speaking))
    assert frame_error(speaking[:, :2], chance > 0.5) < 0.03


def test_who_hardly_speaks_is_nobody() -> None:
    speaking = np.zeros((250, 2), bool)
    speaking[20:120, 0] = speaking[130:135, 1] = True
    (names,) = cluster(windows_of(speaking)).people
    assert sorted(names) == [-1, 0]
    assert cluster([Windowed(0, np.zeros((250, 2)), np.zeros((2, 4)))]).people == ((-1, -1),)
    assert cluster([]).people == ()


def test_two_who_sound_alike_and_speak_in_turn_stay_two() -> None:
    speaking = turns(1500, 2, longest=50)
    assert told_again(speaking, windows_of(speaking, likeness=0.97, voices=(4, 4))) < 0.05
