"""Recordings whose phonemes are known: what is said, and the mouth that it asks of an average person.

Nobody saw the faces: the motion is `articulation`, and only the channels that speech moves are known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from visavis.core.builtin_spaces import ARKIT61
from visavis.core.clock import SAMPLE_RATE
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.data.alignment import align
from visavis.data.broken import BrokenFile
from visavis.data.label_files import LABEL_ENDINGS, read_labels
from visavis.data.labels import Labels, is_silence
from visavis.data.recordings.line import Line
from visavis.data.simulate.conversation import spoken_events
from visavis.data.simulate.mouth import articulation
from visavis.data.simulate.talk import Talk, Utterance
from visavis.data.simulate.transcripts import beside, grouped, phrases_of, sounds_in
from visavis.data.sound import read_sound

MOUTH = frozenset(ARKIT61.channels[i] for i in ARKIT61.parts["articulation"])
"""The channels that phonemes tell."""

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
    phrases = phrases_of(labels, alphabet, _BREATH_S)
    return Talk(tuple(Utterance("utterance", tuple(group)) for group in grouped(phrases, _NEW_LINE_S)), sound)


def _line(name: str, sound: np.ndarray, labels: Labels, alphabet: str, where: Path) -> Line:
    if not any(not is_silence(label.name) for label in labels.phonemes):
        raise BrokenFile(where, "says nothing of phonemes", "label them, or give the words as NAME.txt")
    try:
        talk = talk_of(labels, sound, alphabet)
    except VisavisError as error:
        raise BrokenFile.because(where, error) from error
    motion = Motion(articulation(talk), ARKIT61, known=MOUTH)
    return Line(name, sound, motion, tuple(sorted(spoken_events(talk, 1), key=lambda event: event.onset)))


def _pairs(folder: Path, endings: Sequence[str], what: str) -> list[tuple[Path, Path]]:
    """Every sound of a folder (or of its folder wav) with the file beside it that says more, by name."""
    sounds = sounds_in(folder)
    found = [(sound, path) for sound in sounds for path in beside(sound, endings)[:1]]
    if not found:
        raise VisavisError(
            f"{folder}: none of {len(sounds)} recordings has {what} beside it; "
            f"name them NAME.wav and NAME{endings[0]} (or {', '.join(endings[1:]) or 'nothing else'})"
        )
    return found
