"""The user's own lines: a plain text file, cut into phrases at its punctuation."""

from __future__ import annotations

import os
import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from visavis.core.errors import VisavisError
from visavis.data.simulate.english import spelled_number, syllables
from visavis.data.simulate.script.composed import stressed
from visavis.data.simulate.script.source import Script
from visavis.data.simulate.text import Wording

_LONGEST_WORDS = 14
_CHOICE = 12
_PHRASE = re.compile(r"[^.?!,;:\n]+[.?!,;:]*")
_WORD = re.compile(r"[A-Za-z]+(?:['-][A-Za-z]+)*'?|\d{1,12}")
_TURNS = frozenset(("and", "but", "because", "or", "so", "that", "which", "who", "when", "while", "if", "with", "to"))
_HYPHENS, _DASHES, _APOSTROPHES = "\u2010\u2011", "\u2013\u2014", "\u2018\u2019"
_LOOKALIKES = str.maketrans(
    {
        **dict.fromkeys(_APOSTROPHES, "'"),
        **dict.fromkeys(_HYPHENS, "-"),
        **dict.fromkeys(_DASHES, ","),
        **{"\u2026": ".", "&": " and ", "%": " percent "},
    }
)


@dataclass(frozen=True)
class OwnLines:
    """A `Script` whose phrases are the user's; short answers and laughter come from another script."""

    phrases: tuple[Wording, ...]
    sounds: Script

    def phrase(
        self, rng: np.random.Generator, wanted: float, happy: float, question: float, emphasis: float
    ) -> Wording:
        """A phrase whose length is near `wanted` syllables, among those of the kind that is drawn if there are any.

        A phrase is a question if the file closes it with `?`, and happy with `!`.
        """
        mood = rng.random()
        pool = self._happy if mood < happy else self._questions if rng.random() < question else self._plain
        pool = pool if len(pool) else np.arange(len(self.phrases))
        drawn = pool[rng.integers(len(pool), size=_CHOICE)]
        wording = self.phrases[int(drawn[np.argmin(np.abs(self._lengths[drawn] - wanted))])]
        if wording.happy or rng.random() >= emphasis:
            return wording
        return Wording(wording.words, wording.question, False, stressed(rng, wording.words))

    def backchannel(self, rng: np.random.Generator, wanted: float) -> Wording:
        """A short answer that leaves the partner the floor, of about `wanted` syllables."""
        return self.sounds.backchannel(rng, wanted)

    def laugh(self, rng: np.random.Generator) -> Wording:
        """A few syllables of laughter."""
        return self.sounds.laugh(rng)

    @cached_property
    def _lengths(self) -> np.ndarray:
        return np.array([syllables(wording.words) for wording in self.phrases])

    @cached_property
    def _happy(self) -> np.ndarray:
        return np.flatnonzero([wording.happy for wording in self.phrases])

    @cached_property
    def _questions(self) -> np.ndarray:
        return np.flatnonzero([wording.question for wording in self.phrases])

    @cached_property
    def _plain(self) -> np.ndarray:
        return np.flatnonzero([not wording.question and not wording.happy for wording in self.phrases])


def read_lines(path: str | os.PathLike[str], sounds: Script) -> OwnLines:
    """The phrases of a plain text file (UTF-8): a line ends a phrase, and so does punctuation; digits become words.

    Raises `VisavisError` for a file that is missing, empty or not text, and for letters an English voice cannot say.
    """
    text = _text(Path(path))
    phrases = tuple(wording for part in _PHRASE.findall(text) for wording in _wordings(part))
    if not phrases:
        raise VisavisError(f"{path}: holds no words; give a plain text file with a phrase or sentences a line")
    return OwnLines(phrases, sounds)


def _text(path: Path) -> str:
    if not path.is_file():
        raise VisavisError(f"{path}: no such file; --text needs a plain text file with the lines to say")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise VisavisError(f"{path}: is not UTF-8 text (byte {error.start}); save it as plain text in UTF-8") from error
    if "\0" in text:
        raise VisavisError(f"{path}: is not text (it holds zero bytes); save it as plain text in UTF-8")
    spoken = unicodedata.normalize("NFKD", text.translate(_LOOKALIKES))
    spoken = "".join(letter for letter in spoken if not unicodedata.combining(letter))
    for number, line in enumerate(spoken.splitlines(), 1):
        strange = sorted({letter for letter in line if letter.isalpha() and not letter.isascii()})
        if strange:
            scripts = sorted({unicodedata.name(letter, "unknown").split()[0].capitalize() for letter in strange})
            raise VisavisError(
                f"{path}, line {number}: an English voice cannot say {''.join(strange[:8])!r} ({', '.join(scripts)}); "
                "write the words in Latin letters"
            )
    return re.sub(r"(?<=\d),(?=\d{3}\b)", "", spoken)


def _wordings(part: str) -> list[Wording]:
    words = [
        word
        for found in _WORD.findall(part)
        for word in (spelled_number(int(found)).split() if found.isdigit() else [found.rstrip("'")])
    ]
    pieces = _pieces(words)
    last = len(pieces) - 1
    return [
        Wording(tuple(piece), question=i == last and "?" in part, happy=i == last and "!" in part and "?" not in part)
        for i, piece in enumerate(pieces)
    ]


def _pieces(words: list[str]) -> list[list[str]]:
    """Breaths of at most `_LONGEST_WORDS` words, cut before a conjunction where there is one."""
    if len(words) <= _LONGEST_WORDS:
        return [words] if words else []
    turns = [i for i in range(4, _LONGEST_WORDS) if words[i].lower() in _TURNS]
    at = turns[-1] if turns else _LONGEST_WORDS // 2
    return [words[:at], *_pieces(words[at:])]
