"""Where the agent's words come from: sound that is made while others play, and streams. S samples at 16 kHz."""

from __future__ import annotations

from collections import deque
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Protocol

import numpy as np

from visavis.core.clock import SAMPLE_RATE
from visavis.core.errors import VisavisError
from visavis.core.resampling import resampling

LONGEST_STREAM_S = 60


class Source(Protocol):
    """Something that the agent says. text: what, where that is known."""

    text: str

    @property
    def finished(self) -> bool:
        """Whether nothing more comes of it."""
        ...

    @property
    def dry(self) -> bool:
        """Whether nothing of it is there now, so that it ends where silence would come."""
        ...

    @property
    def length(self) -> int:
        """Samples of all of it, as far as they are known."""
        ...

    def end(self) -> None:
        """Nothing more comes of it, but for what is there."""
        ...

    def cancel(self) -> None:
        """It is not wanted any more."""
        ...

    def take(self, most: int, now_s: float) -> np.ndarray:
        """The next samples, at most so many; none while they are not ready. Raises `VisavisError` where it failed."""
        ...


class Line:
    """One piece of sound that somebody makes elsewhere; it is taken whole, in as many pieces as are asked for."""

    def __init__(self, text: str, sound: Future[np.ndarray]) -> None:
        self.text, self._sound, self._taken = text, sound, 0

    @property
    def finished(self) -> bool:
        """Whether all was taken, or it is not wanted; one that failed is not, it says so when it is taken."""
        return self._sound.cancelled() or (self._ready and self._taken >= self.length)

    @property
    def dry(self) -> bool:
        """It comes whole."""
        return False

    @property
    def length(self) -> int:
        """Samples of all of it, 0 while it is not made."""
        return len(self._sound.result()) if self._ready else 0

    @property
    def _ready(self) -> bool:
        return self._sound.done() and not self._sound.cancelled() and self._sound.exception() is None

    def made(self, timeout_s: float) -> np.ndarray:
        """All of it (S,), once it is made. Raises `VisavisError` where it could not be made, or not in time."""
        try:
            return self._sound.result(timeout_s)
        except VisavisError:
            raise
        except FutureTimeout:
            raise VisavisError(f"the voice said nothing within {timeout_s:g} s") from None
        except CancelledError:
            raise VisavisError("it is not wanted any more") from None
        except Exception as error:
            raise VisavisError(f"could not be said: {error}") from None

    def take(self, most: int, now_s: float) -> np.ndarray:  # noqa: ARG002
        """The next samples. Raises `VisavisError` where it could not be made."""
        if not self._sound.done() or self._sound.cancelled():
            return np.zeros(0, np.float32)
        error = self._sound.exception()
        if error is not None:
            raise error if isinstance(error, VisavisError) else VisavisError(f"could not be said: {error}")
        piece = self._sound.result()[self._taken : self._taken + most]
        self._taken += len(piece)
        return piece

    def end(self) -> None:
        """It ends by itself."""

    def cancel(self) -> None:
        """It is not wanted any more; what is not begun is not made."""
        self._sound.cancel()


class Stream:
    """Sound that comes piece by piece. It begins once `buffer_s` of it is there, or has passed since the first piece.

    It ends where it runs dry, unless it `lasts`. rate: of what is put [Hz]. longest_s: so much may wait.
    """

    def __init__(
        self, buffer_s: float, rate: int = SAMPLE_RATE, *, lasts: bool = False, longest_s: float = LONGEST_STREAM_S
    ) -> None:
        self.text, self.rate, self._longest_s = "", rate, longest_s
        self._resampling = resampling(rate)
        self._state = self._resampling.init_state()
        self._buffer_s, self.lasts, self._ended = buffer_s, lasts, False
        self._pieces: deque[np.ndarray] = deque()
        self._waiting, self._since_s, self._begun = 0, 0.0, False

    @property
    def finished(self) -> bool:
        """Whether it was ended and all was taken."""
        return self._waiting == 0 and self._ended

    @property
    def dry(self) -> bool:
        """Whether it has begun and nothing of it is there."""
        return self._waiting == 0 and self._begun and not self.lasts

    @property
    def length(self) -> int:
        """Samples that wait."""
        return self._waiting

    def put(self, sound: np.ndarray, now_s: float) -> None:
        """More of it (S,) float32, at its rate. Raises `VisavisError` where more than a minute waits."""
        if self.rate != SAMPLE_RATE:
            sound, self._state = self._resampling.step(sound, self._state)
        if self._waiting + len(sound) > self._longest_s * SAMPLE_RATE:
            raise VisavisError(f"more than {self._longest_s:g} s of sound wait to be said; send it as it is said")
        if not self._waiting and not self._begun:
            self._since_s = now_s
        self._pieces.append(sound)
        self._waiting += len(sound)

    def end(self) -> None:
        """Nothing more comes, but for what its resampling still held."""
        if self.rate != SAMPLE_RATE and not self._ended:
            self._pieces.append(self._resampling.finish(self._state))
            self._waiting += len(self._pieces[-1])
        self._ended = True

    def take(self, most: int, now_s: float) -> np.ndarray:
        """The next samples; none before enough is there."""
        if not self._begun:
            passed = self._waiting > 0 and now_s - self._since_s >= self._buffer_s and not self.lasts
            self._begun = passed or self._ended or self._waiting >= self._buffer_s * SAMPLE_RATE > 0
            if not self._begun:
                return np.zeros(0, np.float32)
        taken: list[np.ndarray] = []
        left = most
        while left > 0 and self._pieces:
            piece = self._pieces.popleft()
            if len(piece) > left:
                self._pieces.appendleft(piece[left:])
                piece = piece[:left]
            taken.append(piece)
            left -= len(piece)
        self._waiting -= most - left
        return np.concatenate(taken, dtype=np.float32) if taken else np.zeros(0, np.float32)

    def cancel(self) -> None:
        """It is not wanted any more."""
        self._pieces.clear()
        self._waiting, self._ended = 0, True
