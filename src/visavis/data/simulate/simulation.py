"""What a simulation is asked for: the record by which its folder is known and each conversation made."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from visavis.core.bounds import Bounds
from visavis.core.errors import VisavisError
from visavis.data.simulate.voices.cast import ESPEAK_ALONE, Casting, Split
from visavis.data.simulate.voices.recorded_folder import RecordedFolder

DUBBED = Bounds(0, 1)


@dataclass(frozen=True)
class Together:
    """Both people in one room; a share `dubbed` of the clips are single speakers, placed in turn, lips alone known.

    Raises `VisavisError` for a share outside 0 to 1.
    """

    dubbed: float = 0.0

    def __post_init__(self) -> None:
        DUBBED.require("the share of dubbed clips", self.dubbed)


@dataclass(frozen=True)
class Simulation:
    """The seed, the split, whose voices are heard, and whether people are together in a room.

    Equal simulations give the same conversations.
    """

    seed: int
    split: Split
    casting: Casting = ESPEAK_ALONE
    together: Together | None = None

    def identity(self) -> dict[str, Any]:
        """What tells this simulation from others; files of the user count by their content.

        Raises `VisavisError` when one of them cannot be read.
        """
        found: dict[str, Any] = {"seed": self.seed, "split": self.split}
        if self.casting.voices != "espeak":
            found["voices"] = self.casting.voices
        for name, path in self._files().items():
            found[name] = _digest(path)
        recordings = self.casting.recordings
        if recordings is not None:
            found |= {"recordings": recordings.digest(), **_alphabet(recordings)}
        if self.together is not None:
            found |= {"colocated": True, "dubbed": self.together.dubbed, "tracks": 1}
        return found

    def _files(self) -> dict[str, Path]:
        casting = self.casting
        files = {} if casting.text is None else {"text": casting.text}
        return (
            files
            if casting.kokoro is None
            else {**files, "model": casting.kokoro.model, "styles": casting.kokoro.voices}
        )


def _alphabet(recordings: RecordedFolder) -> dict[str, str]:
    return {} if recordings.alphabet is None else {"alphabet": recordings.alphabet}


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    except OSError as error:
        raise VisavisError(f"{path} cannot be read: {error.strerror or error}") from None
