from __future__ import annotations

import numpy as np

from visavis.wire.agents.turns import Turns, TurnTaking

PIECE = 320


def said(turns: Turns, *parts: tuple[float, bool]) -> list[np.ndarray]:
    """What the user says in parts of so many seconds, in which they speak or not; each sample is its own number."""
    found, at = [], 0
    for seconds, speaking in parts:
        for _ in range(round(seconds * 16_000 / PIECE)):
            whole = turns.hear(np.arange(at, at + PIECE, dtype=np.float32), speaking)
            at += PIECE
            if whole is not None:
                found.append(whole)
    return found


def test_what_is_said_up_to_a_pause_is_one_turn_with_a_little_around_it() -> None:
    turns = Turns()
    (whole,) = said(turns, (2.0, False), (1.0, True), (0.4, False), (1.0, True), (0.8, False))
    assert whole[0] == 16_000 * 1.6
    assert whole[-1] == 16_000 * 4.7 - 1
    assert np.all(np.diff(whole) == 1), "in one piece"
    assert not turns.open


def test_a_turn_is_open_until_its_pause_is_long_enough() -> None:
    turns = Turns(TurnTaking(pause_s=0.6))
    assert said(turns, (1.0, True), (0.58, False)) == []
    assert turns.open
    assert len(said(turns, (0.02, False))) == 1


def test_a_cough_is_no_turn() -> None:
    turns = Turns()
    assert said(turns, (1.0, False), (0.1, True), (2.0, False)) == []
    assert len(said(turns, (0.3, True), (0.7, False))) == 1


def test_who_does_not_stop_is_understood_in_parts_and_silence_is_not_kept() -> None:
    turns = Turns(TurnTaking(longest_s=10))
    parts = said(turns, (25.0, True), (1.0, False))
    assert [len(part) / 16_000 for part in parts[:2]] == [10, 10]
    assert sum(map(len, parts)) == round(16_000 * 25.3)
    said(turns, (60.0, False))
    assert turns._kept <= 0.5 * 16_000
