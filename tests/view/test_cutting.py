from __future__ import annotations

import itertools

import numpy as np
import pytest

from tests.view.room_pair import SPOKEN
from tests.view.room_pair import speaking as spoken
from visavis.core.clock import FPS
from visavis.view.cutting import HOLD, Cut, cuts_to_speaker, people_shown

FIRST, SECOND, NOBODY, BOTH = (True, False), (False, True), (False, False), (True, True)


def heard(*stretches: tuple[tuple[bool, bool], float]) -> np.ndarray:
    """Who is heard (T, 2), from stretches of seconds."""
    return np.concatenate([np.tile(who, (round(seconds * FPS), 1)) for who, seconds in stretches])


CASES = {
    "a turn is a shot": (heard((FIRST, 4), (SECOND, 4), (FIRST, 4)), ((0, 0), (100, 1), (200, 0))),
    "a gap belongs to who spoke before": (heard((FIRST, 4), (NOBODY, 1), (SECOND, 4)), ((0, 0), (125, 1))),
    "an overlap belongs to who spoke before": (heard((FIRST, 4), (BOTH, 1), (SECOND, 4)), ((0, 0), (125, 1))),
    "a pause does not end a turn": (heard((FIRST, 3), (NOBODY, 0.8), (FIRST, 3), (SECOND, 3)), ((0, 0), (170, 1))),
    "feedback is no turn": (heard((FIRST, 3), (BOTH, 0.6), (FIRST, 3), (SECOND, 0.8), (FIRST, 3)), ((0, 0),)),
    "feedback in a silence is no turn": (heard((FIRST, 3), (NOBODY, 1), (SECOND, 1), (FIRST, 3)), ((0, 0),)),
    "a long silence shows both": (heard((FIRST, 3), (NOBODY, 2.6), (SECOND, 3)), ((0, 0), (75, None), (140, 1))),
    "long talk of both shows both": (heard((FIRST, 3), (BOTH, 2.6), (FIRST, 3)), ((0, 0), (75, None), (140, 0))),
    "a short turn has no shot": (heard((FIRST, 4), (SECOND, 1.4), (FIRST, 4)), ((0, 0),)),
    "the beginning waits for the first word": (heard((NOBODY, 1), (SECOND, 3)), ((0, 1),)),
    "a quiet beginning shows both": (heard((NOBODY, 2), (SECOND, 3)), ((0, None), (50, 1))),
    "nobody speaks": (heard((NOBODY, 9)), ((0, None),)),
}  # fmt: skip


@pytest.mark.parametrize(("told", "expected"), CASES.values(), ids=CASES.keys())
def test_whom_a_camera_shows(told: np.ndarray, expected: tuple[tuple[int, int | None], ...]) -> None:
    assert cuts_to_speaker(told) == tuple(Cut(*cut) for cut in expected)
    swapped = tuple(Cut(frame, None if who is None else 1 - who) for frame, who in expected)
    assert cuts_to_speaker(told[:, ::-1]) == swapped


@pytest.mark.parametrize("seed", range(8))
def test_every_shot_is_held_and_shows_a_change(seed: int) -> None:
    draw = np.random.default_rng(seed)
    told = np.stack([np.repeat(draw.random(150) < 0.45, draw.integers(2, 40, 150))[:1500] for _ in range(2)], axis=1)
    cuts = cuts_to_speaker(told)
    starts = [cut.frame for cut in cuts]
    assert starts[0] == 0
    assert all(after - before >= HOLD for before, after in itertools.pairwise([*starts, len(told)]))
    assert all(before.person != after.person for before, after in itertools.pairwise(cuts))
    assert len(cuts) > 3


def test_turns_are_followed_and_feedback_is_not() -> None:
    cuts = cuts_to_speaker(np.stack([spoken(person, 500) for person in (0, 1)], axis=1))
    begun = [round(start * FPS) for start in (SPOKEN[1][1][0], SPOKEN[0][2][0], SPOKEN[1][2][0])]
    assert cuts == (Cut(0, 0), Cut(begun[0], 1), Cut(begun[1], 0), Cut(begun[2], 1))


def test_a_cut_lasts_until_the_next() -> None:
    assert people_shown((Cut(0, None), Cut(2, 1), Cut(3, 0)), 5) == [None, None, 1, 0, 0]


def test_a_conversation_without_frames_has_one_shot() -> None:
    assert cuts_to_speaker(np.zeros((0, 2), bool)) == (Cut(0, None),)
