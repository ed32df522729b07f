from pathlib import Path

import pytest

from visavis.data.label_files import read_labels
from visavis.data.labels import is_silence
from visavis.data.simulate.alphabets import FESTVOX_RU, stress_of, without_stress
from visavis.data.simulate.phonemes import ALPHABETS, BILABIALS, VISEMES

LABELLED = Path("/usr/share/festival/voices/russian/msu_ru_nsh_clunits/lab")


def test_every_phoneme_has_a_mouth() -> None:
    assert set(FESTVOX_RU.values()) <= set(VISEMES)
    assert not any(map(is_silence, [*FESTVOX_RU, *ALPHABETS["arpabet"]]))


def test_lips_close_for_plain_and_palatalised_consonants() -> None:
    assert {own for own, ipa in FESTVOX_RU.items() if ipa in BILABIALS} == {"p", "pp", "b", "bb", "m", "mm"}


def test_stress_is_no_part_of_a_phoneme() -> None:
    assert [without_stress(name, "arpabet") for name in ("AA1", "aa", "K", "ER0")] == ["aa", "aa", "k", "er"]
    assert [without_stress(name, "ipa") for name in ("ˈaɪ", "ˌæ", "p")] == ["aɪ", "æ", "p"]
    assert without_stress("yy", "festvox-ru") == "yy"


def test_stress_is_told_by_digits_marks_and_doubled_vowels() -> None:
    assert [stress_of(name, "arpabet") for name in ("AA1", "er2 ", "AH0", "m")] == [2, 1, 0, 0]
    assert [stress_of(name, "ipa") for name in ("ˈaɪ", "ˌæ", "p", "")] == [2, 1, 0, 0]
    assert [stress_of(name, "festvox-ru") for name in ("aa", "a", "mm", "yy")] == [2, 0, 0, 2]


@pytest.mark.skipif(not LABELLED.is_dir(), reason="needs the Debian package festvox-ru")
def test_the_russian_recordings_use_no_other_phonemes() -> None:
    names = {label.name for path in LABELLED.glob("*.lab") for label in read_labels(path).phonemes}
    assert {name for name in names if not is_silence(name)} == set(FESTVOX_RU)
