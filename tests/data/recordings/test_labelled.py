from pathlib import Path

import numpy as np
import pytest

from visavis.core.errors import VisavisError
from visavis.data.broken import BrokenFile
from visavis.data.labels import Label, Labels
from visavis.data.recordings.labelled import MOUTH, labelled_lines, spoken_lines, talk_of
from visavis.data.sound import read_sound, write_sound

LAB = "#\n0.5 125 pau\n0.7 125 M\n1.0 125 AE1\n1.15 125 P\n1.4 125 AE0\n2.0 125 pau\n"


def recording(folder: Path, name: str, labels: str = LAB, seconds: float = 2.0) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(0).normal(0, 0.05, round(seconds * 16_000))
    write_sound(noise.astype(np.float32), folder / f"{name}.wav")
    (folder / f"{name}.lab").write_text(labels)


def test_lips_close_where_the_labels_say(tmp_path: Path) -> None:
    recording(tmp_path / "anna", "one")
    (line,) = labelled_lines(tmp_path / "anna", "arpabet")
    assert line.name == "anna.one"
    assert line.motion.known == MOUTH
    opening = line.motion["JawOpen"][:, 0]
    shut, wide = opening[[15, 27]], opening[[21, 31]]
    assert shut.max() < 0.15 < 0.3 < wide.min()
    assert opening[40:].max() < 0.02
    spoken = [(event.label, event.onset) for event in line.events if event.kind == "phoneme"]
    assert spoken == [("m", 12), ("æ", 17), ("p", 25), ("æ", 28)]
    assert [event.onset for event in line.events if event.kind == "utterance"] == [12]


def test_every_nth_recording_is_taken_and_those_without_labels_are_left_out(tmp_path: Path) -> None:
    for number in range(5):
        recording(tmp_path, f"r{number}")
    (tmp_path / "r1.lab").unlink()
    names = [line.name.split(".")[1] for line in labelled_lines(tmp_path, "arpabet", every=2)]
    assert names == ["r0", "r3"]


def test_a_voice_of_festival_is_read_as_it_lies(tmp_path: Path) -> None:
    recording(tmp_path / "wav", "ru_1", LAB.replace("AE1", "aa").replace("AE0", "ay").replace("M", "mm"))
    (tmp_path / "lab").mkdir()
    (tmp_path / "wav" / "ru_1.lab").rename(tmp_path / "lab" / "ru_1.lab")
    with pytest.raises(BrokenFile, match=r"ru_1\.lab: unknown phonemes P; the alphabet 'festvox-ru' has "):
        list(labelled_lines(tmp_path, "festvox-ru"))
    (tmp_path / "lab" / "ru_1.lab").write_text((tmp_path / "lab" / "ru_1.lab").read_text().replace("P", "pp"))
    (line,) = labelled_lines(tmp_path, "festvox-ru")
    assert [event.label for event in line.events if event.kind == "phoneme"] == ["mʲ", "a", "pʲ", "ə"]


def test_a_pause_ends_a_phrase_and_a_long_one_an_utterance() -> None:
    spans = [("m", 0.0, 0.2), ("aa", 0.2, 0.5), ("", 0.5, 0.8), ("m", 0.8, 1.0), ("pau", 1.0, 1.9), ("p", 1.9, 2.0)]
    words = (Label("ma", 0.0, 0.5), Label("m", 0.8, 1.0))
    labels = Labels(words, tuple(Label(*span) for span in spans))
    talk = talk_of(labels, np.zeros(48_000, dtype=np.float32), "arpabet")
    assert [len(utterance.phrases) for utterance in talk.utterances] == [2, 1]
    assert [[word.text for word in phrase.words] for phrase in talk.phrases] == [["ma"], ["m"], []]
    assert [sound.start for sound in talk.phrases[1].phonemes] == [12_800]


def test_what_cannot_be_used_is_told(tmp_path: Path) -> None:
    with pytest.raises(VisavisError, match="is not a folder"):
        list(labelled_lines(tmp_path / "none", "arpabet"))
    with pytest.raises(VisavisError, match=r"none of 0 recordings has labels beside it; name them NAME\.wav and NAME"):
        list(labelled_lines(tmp_path, "arpabet"))
    recording(tmp_path, "long", seconds=1.0)
    with pytest.raises(BrokenFile, match=r"long\.lab: labels end at 1\.40 s, sound lasts 1\.00 s \(0\.40 s less\)"):
        list(labelled_lines(tmp_path, "arpabet"))
    recording(tmp_path, "long", "#\n2.0 125 pau\n")
    with pytest.raises(BrokenFile, match="says nothing of phonemes"):
        list(labelled_lines(tmp_path, "arpabet"))
    with pytest.raises(VisavisError, match="unknown phoneme alphabet 'sampa'"):
        talk_of(Labels(), np.zeros(16_000), "sampa")


def test_words_become_phonemes_of_a_real_recording(shared: Path, tmp_path: Path) -> None:
    pytest.importorskip("pocketsphinx")
    sound = read_sound(shared / "data/voices/Mark_neutral.wav")
    write_sound(sound, tmp_path / "mark.wav")
    words = "With tenure, Suzie would have all the more leisure for yachting, but her publications are no good."
    (tmp_path / "mark.txt").write_text(words)
    (line,) = spoken_lines(tmp_path)
    labels = [event.label for event in line.events if event.kind == "phoneme"]
    assert [label for label in labels if label in ("p", "b", "m")] == ["m", "b", "p", "b"]
    assert len([event for event in line.events if event.kind == "word"]) == 17
    (tmp_path / "mark.txt").write_text("Qwertz!")
    with pytest.raises(BrokenFile, match=r"mark\.txt: not in the pronouncing dictionary: qwertz"):
        list(spoken_lines(tmp_path))
