from __future__ import annotations

import shutil

import numpy as np
import pytest

from tests.data.simulate.voices.phrases import BUMPY, BUMPY_BILABIALS, STRESSED, bilabials, check_spoken
from visavis.core.errors import VisavisError
from visavis.data.simulate.text import Wording
from visavis.data.simulate.voices.flite import NAMES, FliteVoice
from visavis.data.simulate.voices.voice import Request, speak

installed = pytest.mark.skipif(shutil.which("flite") is None, reason="the program flite is not installed")


@installed
@pytest.mark.parametrize("name", NAMES)
def test_a_phrase_comes_with_its_words_and_phonemes(name: str) -> None:
    spoken = speak([Request(FliteVoice(name), STRESSED)])[0]
    check_spoken(spoken, BUMPY.words)
    assert bilabials(spoken) == BUMPY_BILABIALS
    assert [word.text for word in spoken.words if word.emphasis] == ["paper"]
    assert np.abs(spoken.sound).max() > 0.05


@installed
def test_words_have_the_phonemes_that_belong_to_them() -> None:
    spoken = speak([Request(FliteVoice("slt"), BUMPY)])[0]
    paper = spoken.words[4]
    inside = [p.name for p in spoken.phonemes if paper.start <= p.start < paper.end]
    assert inside[0] == "p"
    assert inside[2] == "p"


@installed
def test_pace_and_laughter() -> None:
    slow, quick, laugh = speak([*(Request(FliteVoice("rms"), BUMPY, p) for p in (0.8, 1.2)),
                                Request(FliteVoice("rms"), Wording(("hahaha",)))])  # fmt: skip
    assert len(slow.sound) / len(quick.sound) == pytest.approx(1.5, abs=0.2)
    assert [p.name for p in laugh.phonemes].count("h") == 3


def test_a_missing_program_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(VisavisError, match="flite; install it"):
        speak([Request(FliteVoice("slt"), BUMPY)])
