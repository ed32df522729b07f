"""Spoken phrases on disk: what a slow voice has said once it need not say again, in any process."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from visavis.core.files import written_whole
from visavis.data.simulate.talk import Phoneme, Word
from visavis.data.simulate.voices.voice import Spoken

_FULL_SCALE = 32767


def cache_home() -> Path:
    """Where caches of this package lie: `VISAVIS_CACHE`, or `visavis` in the user's cache folder."""
    chosen = os.environ.get("VISAVIS_CACHE")
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(chosen) if chosen else Path(base) / "visavis"


@dataclass(frozen=True)
class SpokenCache:
    """A folder of phrases, each under the digest of what was asked. Several processes may share it."""

    folder: Path

    def get(self, asked: str, make: Callable[[], Spoken]) -> Spoken:
        """The phrase that was asked for, made and kept if it is not there; 16 bits either way."""
        path = self.folder / f"{hashlib.sha256(asked.encode()).hexdigest()[:24]}.npz"
        if not path.is_file():
            spoken = make()
            marks = {"words": [asdict(w) for w in spoken.words], "phonemes": [asdict(p) for p in spoken.phonemes]}
            samples = np.round(np.clip(spoken.sound, -1, 1) * _FULL_SCALE).astype(np.int16)
            with written_whole(path) as place:
                np.savez(place, sound=samples, marks=json.dumps(marks))
        with np.load(path) as kept:
            marks = json.loads(str(kept["marks"]))
            sound = kept["sound"].astype(np.float32) / _FULL_SCALE
        words, phonemes = (Word(**w) for w in marks["words"]), (Phoneme(**p) for p in marks["phonemes"])
        return Spoken(sound, tuple(words), tuple(phonemes))
