"""When the user has finished: their voice as it comes -> what they said from one pause to the next.

S samples at 16 kHz.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from visavis.core.clock import SAMPLE_RATE


@dataclass(frozen=True)
class TurnTaking:
    """When what the user says is taken to be over [s].

    pause_s: silence that ends it. least_s: less speech than that is none (a cough). longest_s: no longer in one piece.
    before_s: of the sound before speech was noticed so much belongs to it. after_s: so much of the pause does.
    """

    pause_s: float = 0.6
    least_s: float = 0.2
    longest_s: float = 60.0
    before_s: float = 0.4
    after_s: float = 0.3


class Turns:
    """The user's voice piece by piece."""

    def __init__(self, taking: TurnTaking | None = None) -> None:
        self._taking = taking or TurnTaking()
        self._pieces: list[np.ndarray] = []
        self._spoken = self._silent = self._kept = 0

    @property
    def open(self) -> bool:
        """Whether the user has begun to say something and not ended."""
        return self._spoken > 0

    def hear(self, sound: np.ndarray, speaking: bool) -> np.ndarray | None:
        """The next piece (S,) float32; gives all that the user said (S,) where it ends what they said, else None."""
        self._pieces.append(sound)
        self._kept += len(sound)
        if speaking:
            self._spoken += len(sound)
            self._silent = 0
        elif self._spoken:
            self._silent += len(sound)
        else:
            self._forget(round(self._taking.before_s * SAMPLE_RATE))
        if self._silent >= self._taking.pause_s * SAMPLE_RATE or self._kept >= self._taking.longest_s * SAMPLE_RATE:
            return self._whole()
        return None

    def _forget(self, kept: int) -> None:
        while self._pieces and self._kept - len(self._pieces[0]) >= kept:
            self._kept -= len(self._pieces.pop(0))

    def _whole(self) -> np.ndarray | None:
        sound, spoken, silent = np.concatenate(self._pieces, dtype=np.float32), self._spoken, self._silent
        self._pieces, self._spoken, self._silent, self._kept = [], 0, 0, 0
        if spoken < self._taking.least_s * SAMPLE_RATE:
            return None
        over = max(silent - round(self._taking.after_s * SAMPLE_RATE), 0)
        return sound[: len(sound) - over]
