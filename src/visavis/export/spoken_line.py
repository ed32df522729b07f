"""A line as the pieces that a voice speaks one after another, each with the phonemes that its network reads.

The standard library is all that it needs: a page without a server runs this file in the browser, beside hibari's text
to phonemes, whose names stand here as they do there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

_SENTENCE = re.compile(r"[.!?…][”\")]*$")
_CLAUSE = re.compile(r"[,;:—][”\")]*$")
_LONG = 60
"""Letters of about four seconds: a longer piece ends at the next comma, so that it is heard before all is drawn."""
_LEAST = 30
"""Letters that are worth a piece of their own."""
_LONGEST = 300
_PAUSE_S = {"sentence": 0.3, "clause": 0.12, "cut": 0.0}


class Pronouncer(Protocol):
    """hibari's G2P."""

    def tokenize(self, text: str) -> Sequence[Any]:
        """Words and marks, with their parts of speech."""
        ...

    def phonemize_tokens(self, tokens: Sequence[Any]) -> Sequence[Any]:
        """The same with `phonemes`."""
        ...


@dataclass(frozen=True)
class Piece:
    """Words as they are said, their phonemes in misaki's letters, and the silence after them [s]."""

    text: str
    letters: str
    pause_s: float


@dataclass(frozen=True)
class Reading:
    """The pieces of a line, the words that neither the lexicon nor who asks knows, and those that cannot be said."""

    pieces: tuple[Piece, ...]
    unknown: tuple[str, ...]
    unsayable: tuple[str, ...]


class Reader:
    """Reads lines. make: hibari's `G2P`. normalize: hibari's, which says dates, units and the like in words."""

    def __init__(self, make: Callable[[Callable[[str], str]], Pronouncer], normalize: Callable[[str], str]) -> None:
        self._known: Mapping[str, str] = {}
        self._asked: dict[str, None] = {}
        self._pronouncer, self._normalize = make(self._said), normalize

    def read(self, text: str, known: Mapping[str, str]) -> Reading:
        """The pieces of a line. known: phonemes of words that are in no lexicon; "" for one that cannot be said."""
        self._known, self._asked = known, {}
        tokens = self._pronouncer.phonemize_tokens(self._pronouncer.tokenize(self._normalize(text)))
        unknown = tuple(word for word in self._asked if word not in known)
        return Reading(tuple(_pieces(tokens)), unknown, tuple(word for word in self._asked if known.get(word) == ""))

    def read_json(self, text: str, known: str) -> str:
        """`read`, from JSON to JSON."""
        return json.dumps(asdict(self.read(text, json.loads(known))))

    def _said(self, word: str) -> str:
        self._asked[word] = None
        return self._known.get(word, "")


def _pieces(tokens: Sequence[Any]) -> list[Piece]:
    found: list[Piece] = []
    for sentence in _sentences(tokens):
        text = letters = ""
        left = _length(sentence)
        for token in sentence:
            text, letters, left = text + _text(token), letters + _letters(token), left - len(_letters(token))
            end = _end(letters, left) if token.whitespace else ""
            if end:
                found, text, letters = [*found, *_piece(text, letters, end)], "", ""
        found += _piece(text, letters, "sentence")
    return found


def _sentences(tokens: Sequence[Any]) -> list[list[Any]]:
    sentences: list[list[Any]] = [[]]
    letters = ""
    for token in tokens:
        sentences[-1].append(token)
        letters += token.phonemes or ""
        if token.whitespace and _SENTENCE.search(letters):
            sentences.append([])
    return sentences


def _end(letters: str, left: int) -> str:
    """What a piece may end with before so many letters of its sentence: "clause", "cut", or nothing."""
    if len(letters) >= _LONG and left >= _LEAST and _CLAUSE.search(letters.rstrip()):
        return "clause"
    return "cut" if len(letters) >= _LONGEST else ""


def _piece(text: str, letters: str, end: str) -> list[Piece]:
    """The piece, or nothing where nothing of it is heard."""
    letters = letters.strip()
    if not any(letter.isalpha() for letter in letters):
        return []
    closed = letters if end != "sentence" or _SENTENCE.search(letters) else f"{letters}."
    return [Piece(text.strip(), closed, _PAUSE_S[end])]


def _text(token: Any) -> str:
    return f"{token.text}{token.whitespace}"


def _letters(token: Any) -> str:
    return f"{token.phonemes or ''}{' ' if token.whitespace else ''}"


def _length(tokens: Sequence[Any]) -> int:
    return sum(len(_letters(token)) for token in tokens)
