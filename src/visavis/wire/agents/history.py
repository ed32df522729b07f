"""What was said so far, as chat models read it: of the agent's answers what was heard of them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

MOST_LETTERS = 16_000
"""Older lines are forgotten."""
_MOST_UNHEARD = 300


@dataclass
class _Phrase:
    text: str
    seconds: float = 0.0


@dataclass
class _Line:
    """One side's words. answer: the number of an answer, None: of the user."""

    answer: int | None
    phrases: list[_Phrase] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join(phrase.text.strip() for phrase in self.phrases if phrase.text.strip())


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
            phrases = [_Phrase(text)]
            if self._unheard:
                phrases.insert(0, _Phrase(f"[I interrupted you and did not hear: “{self._unheard}”]"))
                self._unheard = ""
            at = next((place for place, one in enumerate(self._lines) if one.answer == before), None)
            self._lines.insert(len(self._lines) if before is None or at is None else at, _Line(None, phrases))
            while sum(len(line.text) for line in self._lines) > MOST_LETTERS and len(self._lines) > 1:
                del self._lines[0]

    def answer(self, number: int, text: str) -> None:
        """The agent says more in an answer."""
        with self._lock:
            self._line(number).phrases.append(_Phrase(text))

    def lengthen(self, number: int, seconds: float) -> None:
        """What it said last in that answer took so many seconds, or so many more."""
        with self._lock:
            line = self._line(number)
            if not line.phrases:
                line.phrases.append(_Phrase(""))
            line.phrases[-1].seconds += seconds

    def cut(self, number: int, heard_s: float) -> None:
        """Of an answer only so much was heard, and of later ones nothing. A phrase counts by the words that fit."""
        with self._lock:
            lost: list[str] = []
            for line in [one for one in self._lines if one.answer is not None and one.answer >= number]:
                parted = _parted(line.phrases, heard_s if line.answer == number else 0.0)
                lost += parted.lost
                line.phrases = [_Phrase(parted.heard)] if parted.heard else []
            self._lines = [line for line in self._lines if line.phrases]
            heard_any = any(line.answer == number for line in self._lines)
            self._unheard = " ".join(lost)[:_MOST_UNHEARD] if heard_any else ""

    def messages(self) -> list[dict[str, str]]:
        """For a chat model: the prompt, then both sides in turn; a side's lines that follow one another are one."""
        with self._lock:
            found = [{"role": "system", "content": self._prompt}] if self._prompt else []
            for line in self._lines:
                role = "user" if line.answer is None else "assistant"
                if found and found[-1]["role"] == role:
                    found[-1]["content"] += f"\n{line.text}"
                elif line.text:
                    found.append({"role": role, "content": line.text})
            return found

    def _line(self, number: int) -> _Line:
        last = next((line for line in reversed(self._lines) if line.answer == number), None)
        if last is None:
            last = _Line(number)
            self._lines.append(last)
        return last


@dataclass(frozen=True)
class _Parted:
    heard: str
    lost: list[str]


def _parted(phrases: list[_Phrase], heard_s: float) -> _Parted:
    """What of phrases was heard in so many seconds, and what was not."""
    heard: list[str] = []
    lost: list[str] = []
    for phrase in phrases:
        words = phrase.text.split()
        share = min(max(heard_s / phrase.seconds, 0.0), 1.0) if phrase.seconds > 0 else 0.0
        count = int(share * len(words) + 1e-6)
        heard += words[:count]
        lost += words[count:]
        heard_s -= phrase.seconds
    return _Parted(" ".join(heard), lost)
