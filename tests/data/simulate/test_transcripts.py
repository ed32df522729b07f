from __future__ import annotations

from pathlib import Path

import pytest

from visavis.core.errors import VisavisError
from visavis.data.labels import Label, Labels
from visavis.data.simulate.transcripts import beside, find_alphabet, phrases_of, sounds_in, stressed_phrases_of

SPANS = (("M", 0.0, 0.2), ("AA1", 0.2, 0.5), ("", 0.5, 0.8), ("M", 0.8, 1.0), ("pau", 1.0, 1.2), ("AH2", 1.2, 1.9))
LABELS = Labels((Label("ma", 0.0, 0.5), Label("mu", 0.8, 1.9)), tuple(Label(*span) for span in SPANS))


@pytest.mark.parametrize(("pause_s", "lengths"), [(0.15, [2, 1, 1]), (0.25, [2, 2]), (0.5, [4])])
def test_a_pause_ends_a_phrase(pause_s: float, lengths: list[int]) -> None:
    phrases = phrases_of(LABELS, "arpabet", pause_s)
    assert [len(phrase.phonemes) for phrase in phrases] == lengths
    assert (phrases[0].start, phrases[-1].end) == (0, 30_400)
    assert [p.name for phrase in phrases for p in phrase.phonemes] == ["m", "ɑ", "m", "ʌ"]
    assert {p.stress for phrase in phrases for p in phrase.phonemes} == {0}


def test_stress_is_told_where_it_is_asked_for() -> None:
    first, second = stressed_phrases_of(LABELS, "arpabet", 0.25)
    assert [p.stress for p in (*first.phonemes, *second.phonemes)] == [0, 2, 0, 1]
    assert [[word.text for word in phrase.words] for phrase in (first, second)] == [["ma"], ["mu"]]


def test_files_of_a_recording_lie_beside_it_or_as_festival_lays_them(tmp_path: Path) -> None:
    for place in ("flat/a.wav", "flat/a.lab", "flat/a.ctm", "deep/wav/a.wav", "deep/lab/a.lab", "deep/lab/b.lab"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).touch()
    (flat,), (deep,) = sounds_in(tmp_path / "flat"), sounds_in(tmp_path / "deep")
    assert beside(flat, (".ctm", ".lab", ".txt")) == [tmp_path / "flat" / name for name in ("a.ctm", "a.lab")]
    assert beside(deep, (".lab",)) == [tmp_path / "deep" / "lab" / "a.lab"]
    with pytest.raises(VisavisError, match="is not a folder"):
        sounds_in(tmp_path / "none")


def test_the_alphabet_that_knows_everything_is_found() -> None:
    one, two = Path("one.lab"), Path("two.lab")
    assert find_alphabet({one: ["pau", "AA1", "m"], two: ["hh"]}) == "arpabet"
    assert find_alphabet({one: ["ˈɑː", "m"], two: [""]}) == "ipa"
    assert find_alphabet({one: ["mm", "aa"], two: ["m"]}) == "festvox-ru"
    with pytest.raises(VisavisError, match=r"different alphabets: one\.lab in arpabet, two\.lab in ipa"):
        find_alphabet({one: ["AA1", "m"], two: ["ɑː", "m"]})
    with pytest.raises(VisavisError, match=r"two\.lab: unknown phonemes qq zz; the alphabet 'arpabet' has aa "):
        find_alphabet({one: ["AA1", "m"], two: ["AE1", "zz", "qq", "hh"]})
