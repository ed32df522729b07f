"""What a voice agent is: it hears the user and answers by voice. And what a voice is: it makes sound of a text.

S samples.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

MOST_TOLD = 4096


@dataclass(frozen=True, eq=False)
class Sound:
    """Mono sound (S,) float32 in [-1, 1], and its rate [Hz]."""

    samples: np.ndarray
    rate: int


class AudioStream(ABC):
    """Sound that somebody is making."""

    @abstractmethod
    def pieces(self) -> Iterator[Sound]:
        """Piece by piece as it comes, all at one rate. Raises `VisavisError` where it cannot be made."""

    @abstractmethod
    def cancel(self) -> None:
        """It is not wanted any more; from any thread."""


class Voice(ABC):
    """Says texts."""

    @abstractmethod
    def say(self, text: str) -> AudioStream:
        """The sound of a text. Raises `VisavisError` for one that cannot be said."""


@dataclass(frozen=True)
class Heard:
    """What the user said, as the agent understood it."""

    text: str


@dataclass(frozen=True)
class Words:
    """What the agent says in an answer from a second of its sound on, up to the next words."""

    answer: int
    text: str
    at_s: float


@dataclass(frozen=True, eq=False)
class Speech:
    """The next of an answer's sound."""

    answer: int
    sound: Sound


@dataclass(frozen=True)
class Done:
    """All of an answer has been told."""

    answer: int


@dataclass(frozen=True)
class Trouble:
    """The agent could not do something, and why, in one line. It goes on."""

    text: str


Told = Heard | Words | Speech | Done | Trouble


class VoiceAgent(ABC):
    """Hears the user and answers by voice. Its methods never wait: what takes time is done in threads of its own.

    Answers are numbered upwards, one after another. What it says and understands is told by `take`.
    """

    @abstractmethod
    def on_user_audio(self, sound: np.ndarray, speaking: bool) -> None:
        """The next of the user's voice (S,) float32 at 16 kHz; `speaking`: whether the user speaks at its end."""

    @abstractmethod
    def say(self, text: str) -> None:
        """It says a line, after all that it is saying, and remembers that it did.

        Raises `VisavisError` where too much waits.
        """

    @abstractmethod
    def interrupt(self, answer: int, heard_s: float) -> None:
        """The user breaks in: of an answer so many seconds were heard, all before it, nothing after it.

        Nothing more is told of the answers so far.
        """

    @abstractmethod
    def take(self) -> list[Told]:
        """What has happened since the last call."""

    @property
    @abstractmethod
    def busy(self) -> bool:
        """Whether it is about to answer: from the end of what the user says to the end of the sound it makes."""

    @abstractmethod
    def close(self) -> None:
        """It answers nothing more, and its threads end."""


class Mailbox:
    """What an agent tells from any thread until it is taken; of answers that were withdrawn nothing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._told: deque[Told] = deque()
        self._least = self._next = 0

    def begin(self) -> int:
        """The number of a new answer."""
        with self._lock:
            self._next += 1
            return self._next - 1

    def put(self, told: Told) -> bool:
        """Whether it was kept: not of an answer that was withdrawn, nor where nobody has taken anything for long."""
        with self._lock:
            if not self._wanted(told) or len(self._told) >= MOST_TOLD:
                return False
            self._told.append(told)
            return True

    def withdraw(self) -> None:
        """The answers so far are not wanted."""
        with self._lock:
            self._least = self._next
            self._told = deque(told for told in self._told if self._wanted(told))

    def take(self) -> list[Told]:
        """All that waits."""
        with self._lock:
            told, self._told = list(self._told), deque()
        return told

    def _wanted(self, told: Told) -> bool:
        return isinstance(told, (Heard, Trouble)) or told.answer >= self._least
