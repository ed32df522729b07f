"""Recordings of people and what is known of their speech: which files belong together, and phrases from labels.

Times are samples at 16 kHz.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from visavis.core.clock import SAMPLE_RATE
from visavis.core.errors import VisavisError, unknown
from visavis.data.broken import BrokenFile
from visavis.data.labels import Labels, is_silence
from visavis.data.simulate.alphabets import stress_of, without_stress
from visavis.data.simulate.phonemes import ALPHABETS, to_ipa
from visavis.data.simulate.talk import Phoneme, Phrase, Word

LABEL_ALPHABETS = ("arpabet", "ipa", "festvox-ru", "espeak")
"""Alphabets of labels, in the order in which they are tried."""

Spoken = TypeVar("Spoken", Phoneme, Phrase)


def sounds_in(folder: Path) -> list[Path]:
    """The recordings of a folder by name: `*.wav` in it, or in its folder wav.

    Raises `VisavisError` where there is no such folder.
    """
    if not folder.is_dir():
        raise VisavisError(f"{folder} is not a folder; give the folder that holds the recordings")
    return sorted([*folder.glob("*.wav"), *folder.glob("wav/*.wav")])


def beside(sound: Path, endings: Sequence[str]) -> list[Path]:
    """The files of a recording's name with these endings, beside it or in a folder lab beside its folder wav."""
    places = [sound.parent, (sound.parent.parent if sound.parent.name == "wav" else sound.parent) / "lab"]
    named = [place / f"{sound.stem}{ending}" for place in places for ending in endings]
    return [path for path in named if path.is_file()]


def phrases_of(labels: Labels, alphabet: str, pause_s: float) -> list[Phrase]:
    """What labels say, phonemes in IPA without their stress, in phrases between which nobody speaks for `pause_s`.

    Raises `VisavisError` that lists the phonemes which the alphabet does not know.
    """
    if alphabet not in ALPHABETS:
        raise unknown("phoneme alphabet", alphabet, ALPHABETS)
    spoken = [label for label in labels.phonemes if not is_silence(label.name)]
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
    return [_phrase(group, words) for group in grouped(phonemes, pause_s)]


def stressed_phrases_of(labels: Labels, alphabet: str, pause_s: float) -> list[Phrase]:
    """`phrases_of` with the stress that the labels tell."""
    spoken = [label.name for label in labels.phonemes if not is_silence(label.name)]
    stresses = iter([stress_of(name, alphabet) for name in spoken])
    return [
        replace(phrase, phonemes=tuple(replace(sound, stress=next(stresses)) for sound in phrase.phonemes))
        for phrase in phrases_of(labels, alphabet, pause_s)
    ]


def grouped(spoken: Sequence[Spoken], pause_s: float) -> list[list[Spoken]]:
    """The sequence in groups between which nobody speaks for `pause_s`."""
    groups: list[list[Spoken]] = []
    for one in spoken:
        if groups and one.start - groups[-1][-1].end < _sample(pause_s):
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups


def find_alphabet(names: Mapping[Path, Collection[str]]) -> str:
    """The first of `LABEL_ALPHABETS` that knows all labels; `names` are those of each label file.

    Raises `BrokenFile` for a file that none of them knows whole, listing the phonemes that are unknown in the
    alphabet which knows most, and `VisavisError` where files are in different ones.
    """
    unknowns = {
        alphabet: {path: _unknown(given, alphabet) for path, given in names.items()} for alphabet in LABEL_ALPHABETS
    }
    for alphabet, missing in unknowns.items():
        if not any(missing.values()):
            return alphabet
    known_in = {path: [a for a in LABEL_ALPHABETS if not unknowns[a][path]] for path in names}
    nearest = min(LABEL_ALPHABETS, key=lambda alphabet: sum(map(bool, unknowns[alphabet].values())))
    for path, alphabets in known_in.items():
        if not alphabets:
            best = min(LABEL_ALPHABETS, key=lambda alphabet: len(unknowns[alphabet][path]))
            raise BrokenFile(
                path,
                f"unknown phonemes {' '.join(unknowns[best][path])}",
                f"the alphabet {best!r} has {' '.join(sorted(ALPHABETS[best]))}",
            )
    other = next(path for path in names if unknowns[nearest][path])
    same = next((path for path in names if not unknowns[nearest][path]), other)
    raise VisavisError(
        f"labels of one speaker are in different alphabets: {same} in {nearest}, {other} in {known_in[other][0]}; "
        "spell all of them in one, or make two folders"
    )


def _unknown(names: Collection[str], alphabet: str) -> list[str]:
    plain = {without_stress(name, alphabet) for name in names if not is_silence(name)}
    return sorted(plain - ALPHABETS[alphabet].keys())


def _phrase(phonemes: Sequence[Phoneme], words: Sequence[Word]) -> Phrase:
    start, end = phonemes[0].start, phonemes[-1].end
    inside = tuple(word for word in words if start <= (word.start + word.end) / 2 < end)
    return Phrase(start, end, inside, tuple(phonemes))


def _sample(seconds: float) -> int:
    return round(seconds * SAMPLE_RATE)
