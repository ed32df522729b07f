"""What was said so far, as chat models read it: of the agent's answers what was heard of them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

MOST_LETTERS = 16_000
"""Older lines are forgotten."""
_MOST_UNHEARD = 300


@dataclass(frozen=True)
class _Phrase:
    """Words, and from which second of an answer's sound on they are said."""

    text: str
    at_s: float = 0.0


@dataclass(frozen=True)
class _Line:
    """One side's words. answer: the number of an answer, which so far has `seconds` of sound; None: of the user."""

    answer: int | None
    phrases: tuple[_Phrase, ...] = ()
    seconds: float = 0.0

    @property
    def text(self) -> str:
        return " ".join(phrase.text for phrase in self.phrases)

    def parted(self, heard_s: float) -> _Parted:
        """What was heard in so many seconds. A phrase counts by the words that fit."""
        heard: list[str] = []
        lost: list[str] = []
        for number, phrase in enumerate(self.phrases):
            following = self.phrases[number + 1 :]
            length_s = (following[0].at_s if following else self.seconds) - phrase.at_s
            share = min(max((heard_s - phrase.at_s) / length_s, 0.0), 1.0) if length_s > 0 else float(heard_s > 0)
            words = phrase.text.split()
            count = int(share * len(words) + 1e-6)
            heard += words[:count]
            lost += words[count:]
        return _Parted(" ".join(heard), " ".join(lost))


@dataclass(frozen=True)
class _Parted:
    heard: str
    lost: str


class History:
    """A conversation's words, from any thread. prompt: what the agent is told to be."""

    def __init__(self, prompt: str) -> None:
        self._prompt = prompt
        self._lock = threading.Lock()
        self._lines: list[_Line] = []
        self._unheard = ""

    def user(self, text: str, before: int | None = None) -> None:
        """The user said something, `before` an answer that has begun already; what was not heard of the answer before
        is noted with it."""
        with self._lock:
            noted = f"[I interrupted you and did not hear: “{self._unheard}”] " if self._unheard else ""
            self._unheard, line = "", _Line(None, (_Phrase(noted + text),))
            at = next((place for place, one in enumerate(self._lines) if one.answer == before), None)
            self._lines.insert(len(self._lines) if before is None or at is None else at, line)
            while sum(len(line.text) for line in self._lines) > MOST_LETTERS and len(self._lines) > 1:
                del self._lines[0]

    def answer(self, number: int, text: str, at_s: float) -> None:
        """The agent says this in an answer, from a second of its sound on."""
        with self._lock:
            place = self._place(number)
            line = self._lines[place]
            self._lines[place] = replace(line, phrases=(*line.phrases, _Phrase(text, at_s)))

    def lengthen(self, number: int, seconds: float) -> None:
        """An answer has so much more sound."""
        with self._lock:
            place = self._place(number)
            line = self._lines[place]
            self._lines[place] = replace(line, seconds=line.seconds + seconds)

    def cut(self, number: int, heard_s: float) -> None:
        """Of an answer only so much was heard, and of later ones nothing."""
        with self._lock:
            kept: list[_Line] = []
            unheard = ""
            for line in self._lines:
                if line.answer is None or line.answer < number:
                    kept.append(line)
                    continue
                parted = line.parted(heard_s if line.answer == number else 0.0)
                if parted.heard:
                    kept.append(_Line(line.answer, (_Phrase(parted.heard),), heard_s))
                    unheard = parted.lost
            self._lines, self._unheard = kept, unheard[:_MOST_UNHEARD]

    def messages(self) -> list[dict[str, str]]:
        """For a chat model: the prompt, then both sides in turn; a side's lines that follow one another are one."""
        with self._lock:
            found = [{"role": "system", "content": self._prompt}] if self._prompt else []
            for line in self._lines:
                role = "user" if line.answer is None else "assistant"
                if not line.text:
                    continue
                if found and found[-1]["role"] == role:
                    found[-1]["content"] += f"\n{line.text}"
                else:
                    found.append({"role": role, "content": line.text})
            return found

    def _place(self, number: int) -> int:
        """Where the line of an answer is, which may begin here."""
        for place in range(len(self._lines) - 1, -1, -1):
            if self._lines[place].answer == number:
                return place
        self._lines.append(_Line(number))
        return len(self._lines) - 1
