"""Words and phonemes of a recording with their times: records in seconds from the beginning of the sound.

Nothing is said about the alphabet (`data.simulate.alphabets`); `data.label_files` reads them.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from visavis.data.broken import BrokenFile

SILENCES = frozenset({"", "pau", "sil", "sp", "spn", "nsn", "h#", "#", "ssil", "<eps>", "<sil>", "<p:>", "_"})
"""What labels call a stretch without speech, in lower case."""

_LONGEST_OVERHANG_S = 0.1


@dataclass(frozen=True)
class Label:
    """One word or phoneme, or a silence between them, and its span [s]."""

    name: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Labels:
    """What a label file says of one recording, each tier in time order; a tier that is not there is empty."""

    words: tuple[Label, ...] = ()
    phonemes: tuple[Label, ...] = ()

    @property
    def end_s(self) -> float:
        """Where the last label that is no silence ends [s]; 0 without any."""
        ends = (label.end_s for tier in (self.words, self.phonemes) for label in tier if not is_silence(label.name))
        return max(ends, default=0.0)

    def require_fit(self, sound_s: float, where: str | os.PathLike[str]) -> Labels:
        """Itself; raises `BrokenFile` where labels end a tenth of a second or more after the sound of `sound_s`."""
        if self.end_s > sound_s + _LONGEST_OVERHANG_S:
            raise BrokenFile(
                where,
                f"labels end at {self.end_s:.2f} s, sound lasts {sound_s:.2f} s ({self.end_s - sound_s:.2f} s less)",
                "give the labels of this very recording",
            )
        return self


def is_silence(name: str) -> bool:
    """Whether a label means silence or noise rather than a phoneme."""
    return name.strip().lower() in SILENCES
