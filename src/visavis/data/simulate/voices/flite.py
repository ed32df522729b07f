"""flite's voices: statistical ones of recorded people and a diphone voice, with exact times; for tests alone.

No shipped model hears them in training, so they tell how a model hears strangers.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr

from visavis.core.clock import SAMPLE_RATE
from visavis.core.errors import VisavisError
from visavis.data.simulate.phonemes import to_ipa
from visavis.data.simulate.talk import Phoneme, Word
from visavis.data.simulate.voices.voice import Request, Spoken, cut_out

NAMES = ("slt", "rms", "awb", "kal16")
_SYLLABLES_PER_S = 4.6
_PAUSE = "pau"
_WORDLESS = {
    **{"mhm": "mm hmm", "mm": "mm", "hahaha": "ha ha ha", "hahahaha": "ha ha ha ha", "hehehe": "heh heh heh"},
    **{"huhuhuhu": "huh huh huh huh", "hahahahaha": "ha ha ha ha ha"},
}


@dataclass(frozen=True)
class FliteVoice:
    """One of `NAMES`; `pitch_hz`: its mean F0 where it is another than the voice's own."""

    name: str
    pitch_hz: float | None = None

    @property
    def syllables_per_s(self) -> float:
        """The usual pace."""
        return _SYLLABLES_PER_S

    @property
    def synthesiser(self) -> Flite:
        """flite."""
        return FLITE


class Flite:
    """Runs the program once for each phrase."""

    def speak(self, requests: Sequence[Request]) -> list[Spoken]:
        """Raises `VisavisError` when the program is missing or fails."""
        with tempfile.TemporaryDirectory() as folder:
            return [_say(request, Path(folder) / "said.wav") for request in requests]


FLITE = Flite()


def _say(request: Request, path: Path) -> Spoken:
    wording = request.wording
    said = " ".join(_WORDLESS.get(word, word) for word in wording.words)
    closing = "?" if wording.question else "!" if wording.happy else "."
    phonemes = _phonemes(_printed(request, said + closing, path))
    raw, rate = soundfile.read(path, dtype="float32")
    sound = np.asarray(soxr.resample(raw, rate, SAMPLE_RATE), dtype=np.float32)
    return cut_out(sound, _words(request, phonemes), phonemes)


def _printed(request: Request, text: str, path: Path | None) -> str:
    """What flite prints of phonemes and their ends [s] while it speaks a text (to a file, or for nobody)."""
    voice = request.voice
    assert isinstance(voice, FliteVoice)
    command = ["flite", "-voice", voice.name, "--setf", f"duration_stretch={1 / request.pace:.3f}"]
    if voice.pitch_hz is not None:
        command += ["--setf", f"int_f0_target_mean={voice.pitch_hz:.1f}"]
    command += ["-psdur", "-t", text, "-o", str(path or "none")]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise VisavisError(
            "the voices of the split natural need the program flite; install it (Debian: flite)"
        ) from None
    if done.returncode != 0 or (path is not None and not path.is_file()):
        raise VisavisError(f"flite could not say {text!r}: {done.stderr.strip() or f'status {done.returncode}'}")
    return done.stdout


def _phonemes(printed: str) -> list[Phoneme]:
    marks = [(name, float(end)) for name, _, end in (part.partition(":") for part in printed.split()) if _is_time(end)]
    starts = [0.0, *(end for _, end in marks[:-1])]
    spans = [(name, start, end) for (name, end), start in zip(marks, starts, strict=True) if name != _PAUSE]
    names = to_ipa((name for name, _, _ in spans), "arpabet")
    return [
        Phoneme(name, round(start * SAMPLE_RATE), round(end * SAMPLE_RATE), 0)
        for name, (_, start, end) in zip(names, spans, strict=True)
    ]


def _is_time(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()


def _words(request: Request, phonemes: Sequence[Phoneme]) -> list[Word]:
    """Words with the phonemes that each has when it is said alone."""
    wording = request.wording
    apart = [_printed(request, f"{word}.", None) for word in wording.words]
    counts = np.array([max(len(_phonemes(printed)), 1) for printed in apart])
    stops = np.round(np.cumsum(counts) * len(phonemes) / counts.sum()).astype(int)
    words, first = [], 0
    for i, (text, stop) in enumerate(zip(wording.words, stops, strict=True)):
        if stop > first:
            words.append(Word(text, phonemes[first].start, phonemes[stop - 1].end, i == wording.emphasis))
        first = max(first, stop)
    return words
