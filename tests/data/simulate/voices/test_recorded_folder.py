from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.data.simulate.voices.recorded import VOICES, joined, record, said
from visavis.core.clock import SAMPLE_RATE
from visavis.core.errors import VisavisError
from visavis.data.broken import BrokenFile
from visavis.data.simulate.english import syllables
from visavis.data.simulate.phonemes import VOWELS
from visavis.data.simulate.text import Wording
from visavis.data.simulate.voices import recorded_folder
from visavis.data.simulate.voices.recorded_folder import RecordedFolder, RecordedSpeaker, read_speakers
from visavis.data.simulate.voices.voice import Request, speak
from visavis.data.sound import write_sound

LAB = "#\n0.5 125 pau\n0.7 125 M\n1.0 125 AE1\n1.15 125 P\n1.4 125 AE0\n2.0 125 pau\n"
TEXT = "My brother bought a brown pumpkin. Did you see the summer?"
MIXED = r"different alphabets: .*a\.lab in arpabet, .*b\.lab in ipa; spell all"


def noise(path: Path, seconds: float = 2.0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_sound(np.random.default_rng(0).normal(0, 0.05, round(seconds * SAMPLE_RATE)).astype(np.float32), path)


def labelled(path: Path, labels: str = LAB, seconds: float = 2.0) -> None:
    noise(path.with_suffix(".wav"), seconds)
    path.with_suffix(".lab").write_text(labels, encoding="utf-8")


def only(folder: Path, alphabet: str | None = None) -> RecordedSpeaker:
    (speaker,) = read_speakers(RecordedFolder(folder, alphabet))
    return speaker


def test_a_flat_folder_is_one_speaker_and_folders_in_it_are_more(tmp_path: Path) -> None:
    labelled(tmp_path / "voices" / "one")
    assert only(tmp_path / "voices").name == "voices"
    labelled(tmp_path / "voices" / "zoe" / "wav" / "one")
    (tmp_path / "voices" / "zoe" / "lab").mkdir()
    (tmp_path / "voices" / "zoe" / "wav" / "one.lab").rename(tmp_path / "voices" / "zoe" / "lab" / "one.lab")
    assert [speaker.name for speaker in read_speakers(RecordedFolder(tmp_path / "voices"))] == ["voices", "zoe"]
    assert [speaker.name for speaker in read_speakers(RecordedFolder(tmp_path))] == ["voices"]


def test_recordings_are_cut_at_pauses_into_phrases_with_their_words(tmp_path: Path) -> None:
    phrases = said(VOICES[0], 5)
    record(tmp_path / "anna", "one", phrases)
    takes = only(tmp_path).takes
    assert [[w.text for w in take.phrase.words] for take in takes] == [[w.text for w in p.words] for p in phrases]
    assert [take.wording for take in takes] == [Wording(tuple(w.text for w in p.words)) for p in phrases]
    for take, phrase in zip(takes, phrases, strict=True):
        assert [p.name for p in take.phrase.phonemes] == [p.name for p in phrase.phonemes]
        assert take.length_s == pytest.approx((phrase.phonemes[-1].end - phrase.phonemes[0].start) / SAMPLE_RATE)


def test_without_words_phonemes_are_the_words_and_syllables_stay(tmp_path: Path) -> None:
    phrases = said(VOICES[0], 6)
    record(tmp_path / "anna", "one", phrases, words=False)
    takes = only(tmp_path).takes
    for take, phrase in zip(takes, phrases, strict=True):
        spelled = [p.name for p in phrase.phonemes]
        assert "".join(take.wording.words) == "".join(spelled)
        assert syllables(take.wording.words) == len(take.wording.words) == sum(name in VOWELS for name in spelled)


def test_stress_comes_from_the_labels(tmp_path: Path) -> None:
    labelled(tmp_path / "a")
    assert [(p.name, p.stress) for p in only(tmp_path).takes[0].phrase.phonemes] == [
        ("m", 0),
        ("æ", 2),
        ("p", 0),
        ("æ", 0),
    ]


def test_what_cannot_be_used_is_left_out_and_counted(tmp_path: Path) -> None:
    labelled(tmp_path / "good")
    labelled(tmp_path / "short", "#\n0.5 125 pau\n0.7 125 M\n1.0 125 pau\n1.6 125 AE\n")
    labelled(tmp_path / "silent", "#\n2.0 125 pau\n")
    labelled(tmp_path / "long", "#\n25.0 125 AE\n", 25)
    noise(tmp_path / "bare.wav")
    speaker = only(tmp_path)
    assert len(speaker.takes) == 2
    assert speaker.left_out == {
        "too short": 1,
        "too long": 1,
        "without phonemes": 1,
        "without labels or words": 1,
    }


def test_the_alphabet_is_found(tmp_path: Path) -> None:
    labelled(tmp_path / "en" / "a")
    labelled(tmp_path / "ru" / "a", LAB.replace("AE1", "aa").replace("AE0", "ay").replace("M", "mm").replace("P", "pp"))
    labelled(tmp_path / "ipa" / "a", LAB.replace("AE", "ˈæ").replace("1\n", "\n").replace("0\n", "\n").lower())
    found = {s.name: [p.name for p in s.takes[0].phrase.phonemes] for s in read_speakers(RecordedFolder(tmp_path))}
    assert found == {"en": ["m", "æ", "p", "æ"], "ru": ["mʲ", "a", "pʲ", "ə"], "ipa": ["m", "æ", "p", "æ"]}
    with pytest.raises(BrokenFile, match=r"ipa.a\.lab: unknown phonemes ˈæ; the alphabet 'arpabet' has"):
        read_speakers(RecordedFolder(tmp_path, "arpabet"))


def test_words_are_aligned_once_and_a_question_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pocketsphinx")
    if shutil.which("flite") is None:
        pytest.skip("needs flite")
    from visavis.data.simulate.voices.flite import FliteVoice

    parts = [Wording(tuple(part.lower().strip(" .?").split())) for part in TEXT.split(".")]
    phrases = speak([Request(FliteVoice("slt"), part) for part in parts])
    sound, labels = joined(phrases)
    soundfile.write(tmp_path / "one.wav", sound, SAMPLE_RATE)
    (tmp_path / "one.txt").write_text(TEXT)
    takes = only(tmp_path).takes
    assert [take.wording for take in takes] == [parts[0], Wording(parts[1].words, question=True)]
    words = [word for take in takes for word in take.phrase.words]
    errors = [w.start / SAMPLE_RATE - label.start_s for w, label in zip(words, labels.words, strict=True)]
    assert np.median(np.abs(errors)) < 0.03

    monkeypatch.setattr(recorded_folder, "align", None)
    assert only(tmp_path).takes == takes


def test_words_that_are_no_words_are_told_with_their_file(tmp_path: Path) -> None:
    pytest.importorskip("pocketsphinx")
    noise(tmp_path / "one.wav")
    (tmp_path / "one.txt").write_text("Say xyzzy!")
    with pytest.raises(BrokenFile, match=r"one\.txt: not in the pronouncing dictionary: xyzzy; spell"):
        only(tmp_path)
    (tmp_path / "one.txt").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(BrokenFile, match=r"one\.txt: is not UTF-8 text \(byte 0\)"):
        only(tmp_path)


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"a": LAB.replace("2.0 125 pau", "2.75 125 AE0")}, r"a\.lab: labels end at 2\.75 s, .*2\.00 s \(0\.75 s less"),
        ({"a": LAB.replace("M", "qq")}, r"a\.lab: unknown phonemes qq; the alphabet 'arpabet' has aa ae"),
        ({"a": LAB, "b": LAB.replace("AE1", "ˈaɪ").replace("AE0", "æ").lower()}, MIXED),
        ({"a": "#\n2.0 125 pau\n"}, r"no usable recordings \(1 without phonemes\); lay SPEAKER/NAME\.wav there"),
        ({"a": "nonsense"}, r"a\.lab: has no line '#'"),
        ({}, r"no usable recordings \(no \.wav\)"),
    ],
)  # fmt: skip
def test_bad_labels_are_told(tmp_path: Path, files: dict[str, str], told: str) -> None:
    for name, labels in files.items():
        labelled(tmp_path / "anna" / name, labels)
    with pytest.raises(VisavisError, match=told) as raised:
        read_speakers(RecordedFolder(tmp_path))
    assert "\n" not in str(raised.value)


def test_folders_and_alphabets_that_are_none_are_told(tmp_path: Path) -> None:
    with pytest.raises(VisavisError, match="nowhere is not a folder"):
        read_speakers(RecordedFolder(tmp_path / "nowhere"))
    with pytest.raises(VisavisError, match="unknown phoneme alphabet 'arpa'; did you mean 'arpabet'"):
        RecordedFolder(tmp_path, "arpa")


def test_speakers_have_names_of_their_own(tmp_path: Path) -> None:
    labelled(tmp_path / "anna" / "a")
    labelled(tmp_path / "anna" / "anna" / "a")
    with pytest.raises(VisavisError, match="two speakers are named anna; rename"):
        read_speakers(RecordedFolder(tmp_path / "anna"))


def test_folders_are_told_apart_by_what_lies_in_them(tmp_path: Path) -> None:
    for name in ("first", "same", "other"):
        labelled(tmp_path / name / "anna" / "a", LAB.replace("AE0", "AE2") if name == "other" else LAB)
    first, same, other = (RecordedFolder(tmp_path / name).digest() for name in ("first", "same", "other"))
    assert first == same != other
    noise(tmp_path / "same" / "anna" / "b.wav")
    assert RecordedFolder(tmp_path / "same").digest() != first
