from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from visavis.data.simulate.talk import Phoneme, Word
from visavis.data.simulate.text import Wording
from visavis.data.simulate.voices.voice import Request, Spoken, cut_out, earlier, speak

SOUND = np.sin(np.arange(16_000) / 20).astype(np.float32)
WORDS = (Word("ma", 4000, 8000),)
PHONEMES = (Phoneme("m", 4000, 6000, 0), Phoneme("ɑ", 6000, 8000, 2))


@dataclass(eq=False)
class Choir:
    """Says the same whatever is asked, and remembers what that was."""

    asked: list[list[Request]] = field(default_factory=list)

    def speak(self, requests: Sequence[Request]) -> list[Spoken]:
        self.asked.append(list(requests))
        return [Spoken(SOUND, WORDS, PHONEMES) for _ in requests]


@dataclass(frozen=True)
class Singer:
    name: str
    synthesiser: Choir
    syllables_per_s: float = 5.0


def test_every_synthesiser_gets_its_phrases_at_once_and_in_order() -> None:
    first, second = Choir(), Choir()
    voices = [Singer("a", first), Singer("b", second), Singer("c", first)]
    requests = [Request(voice, Wording((voice.name,))) for voice in voices]
    assert len(speak(requests)) == 3
    assert first.asked == [[requests[0], requests[2]]]
    assert second.asked == [[requests[1]]]


def test_size_raises_pitch_and_formants_and_moves_the_marks_along() -> None:
    spoken = speak([Request(Singer("a", Choir()), Wording(("ma",)), size=1.25)])[0]
    assert len(spoken.sound) == pytest.approx(16_000 / 1.25, abs=2)
    assert [(p.start, p.end) for p in spoken.phonemes] == [(3200, 4800), (4800, 6400)]
    assert (spoken.words[0].start, spoken.words[0].end) == (3200, 6400)

    def loudest(sound: np.ndarray) -> float:
        return float(np.argmax(np.abs(np.fft.rfft(sound, 32_000))) / 2)

    assert loudest(spoken.sound) / loudest(SOUND) == pytest.approx(1.25, abs=0.01)


def test_a_phrase_is_cut_out_of_its_silence() -> None:
    spoken = cut_out(SOUND, WORDS, PHONEMES)
    assert spoken.phonemes[0].start == 320
    assert len(spoken.sound) == spoken.phonemes[-1].end == 4320
    np.testing.assert_array_equal(spoken.sound, SOUND[3680:8000])


def test_marks_that_come_too_late_are_moved_against_the_sound() -> None:
    spoken = earlier(Spoken(SOUND, WORDS, PHONEMES), 800)
    np.testing.assert_array_equal(spoken.sound, SOUND[2880:7200])
    assert [p.end - p.start for p in spoken.phonemes] == [2000, 2000]
