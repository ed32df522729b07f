from __future__ import annotations

import numpy as np
import pytest

from visavis.encode.speaker_windows import Windowed, alone, put_together, starts_of


def test_windows_cover_a_recording_and_none_begins_before_or_ends_after_it() -> None:
    assert starts_of(0, 250, 62) == []
    assert starts_of(100, 250, 62) == starts_of(250, 250, 62) == [0]
    assert starts_of(251, 250, 62) == [0, 1]
    assert starts_of(400, 250, 62) == [0, 62, 124, 150]


def test_alone_is_who_speaks_while_nobody_else_does() -> None:
    activity = np.array([[1, 0], [1, 1], [0, 1], [0.5, 0.5]])
    assert alone(activity).tolist() == [[1, 0], [0, 0], [0, 1], [0.25, 0.25]]
    assert alone(np.array([[1, 1, 0], [0, 1, 0]])).tolist() == [[0, 0, 0], [0, 1, 0]]
    assert Windowed(0, activity).alone.tolist() == [1.25, 1.25]


def test_what_all_windows_say_is_what_is_told() -> None:
    speaking = np.random.default_rng(0).random((700, 2))
    windows, people = [], []
    for number, start in enumerate(starts_of(700, 250, 62)):
        swapped = number % 2 == 1
        part = speaking[start : start + 250]
        windows.append(Windowed(start, part[:, ::-1] if swapped else part))
        people.append((1, 0) if swapped else (0, 1))
    assert np.allclose(put_together(windows, people, 2, 700), speaking)


def test_windows_that_differ_are_weighed_by_how_far_their_ends_are() -> None:
    windows = [Windowed(0, np.ones((4, 1))), Windowed(2, np.zeros((4, 1)))]
    chance = put_together(windows, [(0,), (0,)], 1, 6)
    assert chance[:, 0].tolist() == pytest.approx([1, 1, 2 / 3, 1 / 3, 0, 0])
    assert put_together(windows, [(0,), (-1,)], 1, 6)[:, 0].tolist() == pytest.approx([1, 1, 2 / 3, 1 / 3, 0, 0])
    assert put_together(windows, [(1,), (-1,)], 2, 6)[:, 0].tolist() == [0] * 6


def test_a_recording_shorter_than_a_window_is_cut() -> None:
    assert put_together([Windowed(0, np.ones((250, 2)))], [(0, 1)], 2, 30).shape == (30, 2)
