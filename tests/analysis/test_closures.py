from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.analysis.talking import FRAMES, mouth, talk
from visavis.analysis.closures import closed_in, closed_level, closest_frame, closures, is_bilabial
from visavis.core.builtin_spaces import ARKIT61, FLAME56
from visavis.core.clock import samples_in
from visavis.core.conversation import Event
from visavis.encode.activity import detect_voice


def window(opening: list[float], closing: list[float] | None = None) -> torch.Tensor:
    motion = torch.zeros(1, len(opening), ARKIT61.width)
    motion[0, :, ARKIT61.channels.index("JawOpen")] = torch.tensor(opening)
    if closing is not None:
        motion[0, :, ARKIT61.channels.index("MouthClose")] = torch.tensor(closing)
    return motion


def where(motion: torch.Tensor) -> list[int]:
    return closures(motion, ARKIT61)[0].nonzero()[:, 0].tolist()


def test_lips_close_between_openings() -> None:
    assert where(window([0.3, 0.3, 0.02, 0.3, 0.3])) == [2]
    assert where(window([0.3] * 5, [0, 0, 0.28, 0, 0])) == [2], "with the jaw open"
    assert where(window([0.3, 0.25, 0.2, 0.25, 0.3])) == []


def test_a_mouth_at_rest_does_not_close() -> None:
    assert where(window([0.0] * 10)) == []
    assert where(window([0.05, 0.0, 0.05])) == []
    assert where(window([0.3] + [0.0] * 20 + [0.3])) == [*range(1, 6), *range(16, 21)], "but it does near speech"


def test_spaces_without_lips_have_none() -> None:
    assert not closures(torch.rand(2, 9, FLAME56.width), FLAME56).any()


def test_the_closest_frame_lies_within_a_frame_of_the_phoneme() -> None:
    gap = np.full(20, 0.5)
    gap[[4, 9, 13]] = (0.2, 0.1, 0.0)
    lips = mouth(gap)

    def closest(onset: int, duration: int) -> int | None:
        return closest_frame(lips, Event("phoneme", 1, onset, duration, "", "p"))

    assert [closest(5, 3), closest(5, 4), closest(14, 1), closest(0, 2), closest(15, 5)] == [4, 9, 13, 0, 14]
    assert closest(30, 2) is None


def test_a_phoneme_closes_the_lips_within_a_frame_of_itself() -> None:
    gap = np.full(30, 0.5)
    gap[[9, 20]] = 0.1
    phonemes = [Event("phoneme", 1, onset, 2, label="m") for onset in (5, 10, 18, 40, 8)]
    assert closed_in(mouth(gap), phonemes, 0.2).tolist() == [False, True, True, True]
    assert closed_in(mouth(gap), phonemes, 0.05).tolist() == [False] * 4
    assert closed_in(mouth(gap), phonemes[3:4], 0.2).tolist() == []


def test_half_the_usual_gap_while_speaking_counts_as_closed() -> None:
    opening, voice = talk()
    assert closed_level(mouth(opening), voice) == pytest.approx(np.median(opening[voice.speaking]) / 2)
    assert np.isnan(closed_level(mouth(opening), detect_voice(np.zeros(samples_in(FRAMES)))))


def test_bilabials_are_told_by_their_first_sign() -> None:
    labels = ("p", "b:", "mj", "", "a", "ts", "\u02c8b")
    assert [is_bilabial(Event("phoneme", 1, 0, 1, label=label)) for label in labels] == [True] * 3 + [False] * 4
