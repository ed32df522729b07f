"""A folder of recorded people: who they are, and what each of them says in which phrase of which recording.

`DIR/SPEAKER/NAME.wav`, or one speaker's `DIR/NAME.wav`, with labels of phonemes of the same name, or with the words as
`NAME.txt`, whose phonemes are found by alignment once and kept. Times are samples at 16 kHz.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from pathlib import Path

from visavis.core.clock import SAMPLE_RATE
from visavis.core.errors import VisavisError, unknown
from visavis.core.files import read_json, write_json
from visavis.data.alignment import align
from visavis.data.broken import BrokenFile
from visavis.data.label_files import LABEL_ENDINGS, read_labels
from visavis.data.labels import Label, Labels, is_silence
from visavis.data.simulate.phonemes import VOWELS
from visavis.data.simulate.talk import Phoneme, Phrase
from visavis.data.simulate.text import Wording
from visavis.data.simulate.transcripts import LABEL_ALPHABETS, beside, find_alphabet, sounds_in, stressed_phrases_of
from visavis.data.simulate.voices.spoken_cache import cache_home
from visavis.data.sound import read_sound, sound_length

PAUSE_S = 0.25
"""Where nobody speaks for so long, a phrase ends."""

SHORTEST_S, LONGEST_S = 0.3, 20.0
"""Shorter and longer phrases are left out."""

_ALIGNED_IN = "arpabet"
_QUOTES = " \n\t\"'\u201d\u2019)"


@dataclass(frozen=True)
class RecordedFolder:
    """Where recorded people lie; `alphabet`: what their labels spell phonemes in, None: found by trying."""

    folder: Path
    alphabet: str | None = None

    def __post_init__(self) -> None:
        if self.alphabet is not None and self.alphabet not in LABEL_ALPHABETS:
            raise unknown("phoneme alphabet", self.alphabet, LABEL_ALPHABETS)

    def digest(self) -> str:
        """What tells its content from others: names and sizes of sounds, names and content of all that is beside them.

        Raises `VisavisError` where there is no such folder.
        """
        found = hashlib.sha256()
        for place in _speaker_folders(self.folder):
            for sound in sounds_in(place):
                parts = [sound.relative_to(self.folder).as_posix(), str(sound.stat().st_size)]
                parts += [f"{path.name} {_hash(path)}" for path in beside(sound, (*LABEL_ENDINGS, ".txt"))]
                found.update("\n".join([*parts, ""]).encode())
        return found.hexdigest()[:16]


@dataclass(frozen=True)
class Take:
    """One phrase in a recording: its words if they are known, and phonemes in IPA, where the labels tell them."""

    sound: Path
    wording: Wording
    phrase: Phrase

    @property
    def length_s(self) -> float:
        """How long it lasts."""
        return (self.phrase.end - self.phrase.start) / SAMPLE_RATE


@dataclass(frozen=True)
class RecordedSpeaker:
    """All that one person says; `left_out`: how many recordings and phrases could not be used, by reason."""

    name: str
    takes: tuple[Take, ...]
    left_out: Mapping[str, int]


@dataclass(frozen=True)
class _Transcript:
    """What is known of a recording: labels spelled in an alphabet (None: in that of the speaker), said by a file."""

    sound: Path
    labels: Labels
    where: Path
    alphabet: str | None
    question: bool = False


def read_speakers(files: RecordedFolder) -> tuple[RecordedSpeaker, ...]:
    """Everybody of a folder who says something, by name. Words are aligned the first time.

    Raises `BrokenFile` for labels that do not fit their sound or use phonemes that are unknown, and for words that are
    not in the dictionary; `VisavisError` where the labels of a speaker mix alphabets, and where nothing can be used.
    """
    everybody = [_read_speaker(place, files.alphabet) for place in _speaker_folders(files.folder)]
    speakers = tuple(speaker for speaker in everybody if speaker.takes)
    if not speakers:
        reasons = said_of(sum((Counter(speaker.left_out) for speaker in everybody), Counter[str]()))
        raise VisavisError(
            f"{files.folder}: no usable recordings ({reasons or 'no .wav'}); lay SPEAKER/NAME.wav there, "
            f"with NAME{', '.join(LABEL_ENDINGS[:3])} or the words as NAME.txt"
        )
    twice = [name for name, count in Counter(speaker.name for speaker in speakers).items() if count > 1]
    if twice:
        raise VisavisError(f"{files.folder}: two speakers are named {twice[0]}; rename one of the folders")
    return speakers


def said_of(left_out: Mapping[str, int]) -> str:
    """The counts of what was left out as one line; empty for nothing."""
    return ", ".join(f"{count} {reason}" for reason, count in sorted(left_out.items()))


def _speaker_folders(folder: Path) -> list[Path]:
    """The folder itself if sounds lie in it, and those in it that hold sounds, by name."""
    if not folder.is_dir():
        raise VisavisError(f"{folder} is not a folder; give one that holds SPEAKER/NAME.wav")
    inside = sorted(place for place in folder.iterdir() if place.is_dir() and place.name not in ("wav", "lab"))
    return [place for place in (folder, *inside) if sounds_in(place)]


def _read_speaker(folder: Path, alphabet: str | None) -> RecordedSpeaker:
    left_out: Counter[str] = Counter()
    transcripts = []
    for sound in sounds_in(folder):
        found = _transcript(sound)
        if found is None:
            left_out["without labels or words"] += 1
        elif all(is_silence(label.name) for label in found.labels.phonemes):
            left_out["without phonemes"] += 1
        else:
            transcripts.append(found)
    spelled = {t.where: {label.name for label in t.labels.phonemes} for t in transcripts if t.alphabet is None}
    common = alphabet or (find_alphabet(spelled) if spelled else _ALIGNED_IN)
    takes = [take for transcript in transcripts for take in _takes(transcript, transcript.alphabet or common)]
    left_out["too short"] += sum(take.length_s < SHORTEST_S for take in takes)
    left_out["too long"] += sum(take.length_s > LONGEST_S for take in takes)
    kept = tuple(take for take in takes if SHORTEST_S <= take.length_s <= LONGEST_S)
    return RecordedSpeaker(folder.resolve().name, kept, +left_out)


def _transcript(sound: Path) -> _Transcript | None:
    """The labels beside a recording, or its aligned words; None where there is neither."""
    length_s = sound_length(sound) / SAMPLE_RATE
    files = beside(sound, LABEL_ENDINGS)
    read = [read_labels(path).require_fit(length_s, path) for path in files]
    words = next((labels.words for labels in read if labels.words), ())
    for path, labels in zip(files, read, strict=True):
        if labels.phonemes:
            return _Transcript(sound, Labels(words, labels.phonemes), path, None)
    texts = beside(sound, (".txt",))
    if texts:
        text = _text(texts[0])
        return _Transcript(
            sound, _aligned(sound, texts[0], text), texts[0], _ALIGNED_IN, text.rstrip(_QUOTES).endswith("?")
        )
    return _Transcript(sound, Labels(words), files[0], None) if files else None


def _takes(transcript: _Transcript, alphabet: str) -> Iterable[Take]:
    try:
        phrases = stressed_phrases_of(transcript.labels, alphabet, PAUSE_S)
    except VisavisError as error:
        raise BrokenFile.because(transcript.where, error) from error
    for phrase in phrases:
        words = tuple(word.text for word in phrase.words) or _syllables(phrase.phonemes)
        yield Take(transcript.sound, Wording(words, transcript.question and phrase is phrases[-1]), phrase)


def _syllables(phonemes: Iterable[Phoneme]) -> tuple[str, ...]:
    """Words for who left none: the phonemes, as many words as there are vowels."""
    words = [""]
    for phoneme in phonemes:
        words[-1] += phoneme.name
        if phoneme.name in VOWELS:
            words.append("")
    if not words[-1] or len(words) == 1:
        return tuple(word for word in words if word)
    return (*words[:-2], words[-2] + words[-1])


def _aligned(sound: Path, where: Path, text: str) -> Labels:
    """The alignment of a recording's words, made once for all runs."""
    key = hashlib.sha256(f"{_hash(sound)} {text}".encode()).hexdigest()[:24]
    kept = cache_home() / "aligned" / f"{key}.json"
    if not kept.is_file():
        try:
            found = align(read_sound(sound), text)
        except VisavisError as error:
            raise BrokenFile.because(where, error) from error
        tiers = {"words": found.words, "phonemes": found.phonemes}
        write_json(kept, {name: [astuple(label) for label in labels] for name, labels in tiers.items()})
    read = read_json(kept)
    return Labels(*(tuple(Label(*entry) for entry in read[name]) for name in ("words", "phonemes")))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BrokenFile(path, f"is not UTF-8 text (byte {error.start})", "save it as plain text in UTF-8") from error


def _hash(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise VisavisError(f"{path} cannot be read: {error.strerror or error}; check the file") from error
