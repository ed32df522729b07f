"""Recordings whose phonemes are known: what is said, and the mouth that it asks of an average person.

Nobody saw the faces: the motion is `articulation`, and only the channels that speech moves are known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from visavis.core.builtin_spaces import ARKIT61
from visavis.core.clock import SAMPLE_RATE
from visavis.core.errors import VisavisError, unknown
from visavis.core.motion import Motion
from visavis.data.alignment import align
from visavis.data.broken import BrokenFile
from visavis.data.label_files import LABEL_ENDINGS, read_labels
from visavis.data.labels import Labels
from visavis.data.recordings.line import Line
from visavis.data.simulate.alphabets import is_silence, without_stress
from visavis.data.simulate.conversation import spoken_events
from visavis.data.simulate.mouth import articulation
from visavis.data.simulate.phonemes import ALPHABETS, to_ipa
from visavis.data.simulate.talk import Phoneme, Phrase, Talk, Utterance, Word
from visavis.data.sound import read_sound

MOUTH = frozenset(ARKIT61.channels[i] for i in ARKIT61.parts["articulation"])
"""The channels that phonemes tell."""

Spoken = TypeVar("Spoken", Phoneme, Phrase)
_BREATH_S = 0.15
_NEW_LINE_S = 0.8


def labelled_lines(folder: Path, alphabet: str, every: int = 1) -> Iterator[Line]:
    """Every n-th recording NAME.wav that has a label file, both in `folder`, or in its folders wav and lab.

    Raises `VisavisError` where there is none, and `BrokenFile` for labels that do not fit their sound, know no
    phonemes, or use one that the alphabet lacks.
    """
    folder = folder.resolve()
    for sound_path, label_path in _pairs(folder, LABEL_ENDINGS, "labels")[::every]:
        sound = read_sound(sound_path)
        labels = read_labels(label_path).require_fit(len(sound) / SAMPLE_RATE, label_path)
        yield _line(f"{folder.name}.{sound_path.stem}", sound, labels, alphabet, label_path)


def spoken_lines(folder: Path, every: int = 1) -> Iterator[Line]:
    """Every n-th recording NAME.wav beside which NAME.txt says the words (US English), aligned by `align`."""
    folder = folder.resolve()
    for sound_path, text_path in _pairs(folder, (".txt",), "words")[::every]:
        sound = read_sound(sound_path)
        try:
            labels = align(sound, text_path.read_text(encoding="utf-8"))
        except VisavisError as error:
            raise BrokenFile.because(text_path, error) from error
        yield _line(f"{folder.name}.{sound_path.stem}", sound, labels, "arpabet", text_path)


def talk_of(labels: Labels, sound: np.ndarray, alphabet: str) -> Talk:
    """What labels say of a sound (S,), phonemes in IPA: a phrase ends at a pause of 0.15 s, an utterance at 0.8 s.

    Raises `VisavisError` that lists the phonemes which the alphabet does not know.
    """
    spoken = [label for label in labels.phonemes if not is_silence(label.name)]
    if alphabet not in ALPHABETS:
        raise unknown("phoneme alphabet", alphabet, ALPHABETS)
    names = to_ipa([without_stress(label.name, alphabet) for label in spoken], alphabet)
    phonemes = [
        Phoneme(name, _sample(label.start_s), _sample(label.end_s), 0)
        for name, label in zip(names, spoken, strict=True)
    ]
    words = [
        Word(label.name, _sample(label.start_s), _sample(label.end_s))
        for label in labels.words
        if not is_silence(label.name)
    ]
    phrases = [_phrase(group, words) for group in _split(phonemes, _BREATH_S)]
    utterances = [Utterance("utterance", tuple(group)) for group in _split(phrases, _NEW_LINE_S)]
    return Talk(tuple(utterances), sound)


def _line(name: str, sound: np.ndarray, labels: Labels, alphabet: str, where: Path) -> Line:
    if not any(not is_silence(label.name) for label in labels.phonemes):
        raise BrokenFile(where, "says nothing of phonemes", "label them, or give the words as NAME.txt")
    try:
        talk = talk_of(labels, sound, alphabet)
    except VisavisError as error:
        raise BrokenFile.because(where, error) from error
    motion = Motion(articulation(talk), ARKIT61, known=MOUTH)
    return Line(name, sound, motion, tuple(sorted(spoken_events(talk, 1), key=lambda event: event.onset)))


def _phrase(phonemes: Sequence[Phoneme], words: Sequence[Word]) -> Phrase:
    start, end = phonemes[0].start, phonemes[-1].end
    inside = tuple(word for word in words if start <= (word.start + word.end) / 2 < end)
    return Phrase(start, end, inside, tuple(phonemes))


def _split(spoken: Sequence[Spoken], pause_s: float) -> list[list[Spoken]]:
    """The sequence in groups between which nobody speaks for `pause_s`."""
    groups: list[list[Spoken]] = []
    for one in spoken:
        if groups and one.start - groups[-1][-1].end < _sample(pause_s):
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups


def _sample(seconds: float) -> int:
    return round(seconds * SAMPLE_RATE)


def _pairs(folder: Path, endings: Sequence[str], what: str) -> list[tuple[Path, Path]]:
    """Every sound of a folder (or of its folder wav) with the file beside it that says more, by name."""
    if not folder.is_dir():
        raise VisavisError(f"{folder} is not a folder; give the folder that holds the recordings")
    sounds = sorted([*folder.glob("*.wav"), *folder.glob("wav/*.wav")])
    found: list[tuple[Path, Path]] = []
    for sound in sounds:
        places = (sound.parent, folder / "lab")
        beside = [place / f"{sound.stem}{ending}" for place in places for ending in endings]
        found += [(sound, path) for path in beside if path.is_file()][:1]
    if not found:
        raise VisavisError(
            f"{folder}: none of {len(sounds)} recordings has {what} beside it; "
            f"name them NAME.wav and NAME{endings[0]} (or {', '.join(endings[1:]) or 'nothing else'})"
        )
    return found
