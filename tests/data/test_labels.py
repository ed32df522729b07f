import pytest

from visavis.data.broken import BrokenFile
from visavis.data.labels import Label, Labels, is_silence


def test_the_end_is_that_of_the_last_label_of_either_tier() -> None:
    words, phonemes = (Label("map", 0.1, 0.6),), (Label("m", 0.1, 0.2), Label("pau", 0.6, 0.9))
    assert Labels(words, (*phonemes, Label("aa", 0.9, 1.0), Label("sil", 1.0, 2.0))).end_s == 1.0
    assert Labels(words, phonemes).end_s == 0.6
    assert Labels(words).end_s == 0.6
    assert Labels().end_s == 0


def test_labels_that_outlast_their_sound_say_by_how_much() -> None:
    labels = Labels(phonemes=(Label("m", 0.0, 3.21),))
    assert labels.require_fit(3.15, "a.lab") is labels
    with pytest.raises(BrokenFile, match=r"a\.lab: labels end at 3\.21 s, sound lasts 2\.10 s \(1\.11 s less\)"):
        labels.require_fit(2.1, "a.lab")


def test_what_is_no_speech_is_silence() -> None:
    assert all(map(is_silence, ("pau", "SIL", "h#", "", " sp ", "<eps>")))
    assert not any(map(is_silence, ("s", "p", "spa")))
