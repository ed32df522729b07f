from __future__ import annotations

import pytest

from visavis.core.errors import VisavisError
from visavis.data.simulate.mouth import SHAPES
from visavis.data.simulate.phonemes import ALPHABETS, BILABIALS, VISEMES, VOWELS, to_ipa


def test_every_alphabet_spells_phonemes_of_the_inventory_and_every_phoneme_has_a_mouth() -> None:
    for name, table in ALPHABETS.items():
        assert not set(table.values()) - set(VISEMES), name
    assert set(VISEMES.values()) == set(SHAPES)


def test_the_same_word_in_every_alphabet() -> None:
    bumpy = {"espeak": ["b", "V", "m", "p", "i"], "misaki": [*"bʌmpi"], "arpabet": ["b", "ah", "m", "p", "iy"]}
    assert {tuple(to_ipa(names, alphabet)) for alphabet, names in bumpy.items()} == {("b", "ʌ", "m", "p", "i")}


def test_lips_close_for_bilabials_alone() -> None:
    assert {"p", "b", "m"} <= BILABIALS
    assert not BILABIALS & ({"f", "v", "w", "n"} | VOWELS)


def test_unknown_phonemes_are_listed() -> None:
    with pytest.raises(VisavisError, match="unknown phonemes q9 zz; the alphabet 'arpabet' has aa ae"):
        to_ipa(["p", "zz", "q9", "zz"], "arpabet")
