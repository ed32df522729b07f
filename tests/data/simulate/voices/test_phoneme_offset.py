from __future__ import annotations

import numpy as np
import pytest

from visavis.core.clock import SAMPLE_RATE
from visavis.core.errors import VisavisError
from visavis.data.simulate.talk import Phoneme
from visavis.data.simulate.voices.phoneme_offset import measure_offset
from visavis.data.simulate.voices.voice import Spoken


def babble(rng: np.random.Generator, late_s: float) -> Spoken:
    """Tones where vowels are, silence where stops are, told `late_s` too late."""
    sound = 1e-4 * rng.standard_normal(3 * SAMPLE_RATE)
    phonemes = []
    at = SAMPLE_RATE // 3
    for i in range(20):
        length = int(rng.integers(800, 2400))
        if i % 2:
            sound[at : at + length] += np.sin(np.arange(length) / 6)
        told = at + round(late_s * SAMPLE_RATE)
        phonemes.append(Phoneme("ɑ" if i % 2 else "t", told, told + length, 0))
        at += length
    return Spoken(sound.astype(np.float32), (), tuple(phonemes))


@pytest.mark.parametrize("late_s", [-0.04, 0.0, 0.055, 0.1])
def test_late_labels_are_found(late_s: float) -> None:
    rng = np.random.default_rng(0)
    found = measure_offset([babble(rng, late_s) for _ in range(6)])
    assert found.late_ms == pytest.approx(1000 * late_s, abs=3)
    assert found.correlation > 0.7


def test_natural_voices_are_corrected() -> None:
    pytest.importorskip("hibari", reason="the natural voices are not installed")
    from visavis.data.simulate.text import GRAMMAR
    from visavis.data.simulate.voices.hibari import LATE, HibariVoice
    from visavis.data.simulate.voices.voice import Request, earlier, speak

    rng = np.random.default_rng(0)
    spoken = speak([Request(HibariVoice(), GRAMMAR.phrase(rng, 12, 0, 0, 0)) for _ in range(20)])
    assert abs(measure_offset(spoken).late_ms) < 12
    uncorrected = [earlier(phrase, -LATE) for phrase in spoken]
    assert measure_offset(uncorrected).late_ms == pytest.approx(50, abs=12)


def test_there_must_be_something_to_measure() -> None:
    with pytest.raises(VisavisError, match=r"0\.4 s"):
        measure_offset([])
