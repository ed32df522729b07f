"""espeak-ng's voices: hundreds of them, robotic, with exact times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import soxr

from visavis.core.clock import SAMPLE_RATE
from visavis.data.simulate.phonemes import to_ipa
from visavis.data.simulate.script.source import vocalisation
from visavis.data.simulate.talk import Phoneme, Word
from visavis.data.simulate.text import Wording
from visavis.data.simulate.voices import espeak_script
from visavis.data.simulate.voices.voice import Request, Spoken

_WPM_PER_SYLLABLE = 31.0
_PAUSES = ("_", "_:", "_!", "_|", "")


class Espeak:
    """Speaks all phrases in one fresh process of espeak-ng."""

    def speak(self, requests: Sequence[Request]) -> list[Spoken]:
        """Raises `VisavisError` when espeakng-loader is missing, or a voice or a phoneme is unknown."""
        asked = [_asked(request) for request in requests]
        spoken = espeak_script.speak(asked)
        wordings = [request.wording for request in requests]
        return [_spoken(*each) for each in zip(wordings, asked, spoken, strict=True)]


ESPEAK = Espeak()


@dataclass(frozen=True)
class EspeakVoice:
    """A voice such as `en-us+f2`; `rate` [words/min], `pitch` and `range` (0-99)."""

    name: str
    rate: int
    pitch: int
    range: int

    @property
    def syllables_per_s(self) -> float:
        """The usual pace."""
        return self.rate / _WPM_PER_SYLLABLE

    @property
    def synthesiser(self) -> Espeak:
        """espeak-ng."""
        return ESPEAK


def _asked(request: Request) -> espeak_script.Request:
    voice = request.voice
    assert isinstance(voice, EspeakVoice)
    return espeak_script.Request(
        ssml(request.wording), voice.name, round(voice.rate * request.pace), voice.pitch, voice.range
    )


def ssml(wording: Wording) -> str:
    """SSML: raised emphasis, livelier happy phrases, a closing mark."""
    sounds = map(vocalisation, wording.words)
    words = [sound.espeak if sound else word for sound, word in zip(sounds, wording.words, strict=True)]
    if wording.emphasis >= 0:
        words[wording.emphasis] = f'<prosody pitch="+35%">{words[wording.emphasis]}</prosody>'
    text = " ".join(words) + ("?" if wording.question else "!" if wording.happy else ".")
    return f'<prosody pitch="+25%" range="+40%">{text}</prosody>' if wording.happy else text


def _spoken(wording: Wording, asked: espeak_script.Request, spoken: espeak_script.Spoken) -> Spoken:
    raw = np.frombuffer(spoken.pcm, dtype="<i2").astype(np.float32) / 32768
    sound = np.asarray(soxr.resample(raw, spoken.sample_rate, SAMPLE_RATE), dtype=np.float32)
    marks = [(mark, min(mark.start_ms * SAMPLE_RATE // 1000, len(sound))) for mark in spoken.marks]
    sounds = [(mark, at) for mark, at in marks if mark.kind == "phoneme"]
    end = len(sound)
    while sounds and sounds[-1][0].name in _PAUSES:
        end = sounds.pop()[1]
    end = max(min(end, len(sound)), 1)
    stops = [at for _, at in sounds[1:]] + [end]
    voiced = [
        (mark.name, at, stop)
        for (mark, at), stop in zip(sounds, stops, strict=True)
        if mark.name not in _PAUSES and stop > at
    ]
    names = to_ipa((name.strip("',%=") for name, _, _ in voiced), "espeak")
    phonemes = tuple(
        Phoneme(ipa, at, stop, 2 if name[0] == "'" else 1 if name[0] == "," else 0)
        for ipa, (name, at, stop) in zip(names, voiced, strict=True)
    )
    heard = [(mark, at) for mark, at in marks if mark.kind == "word" and at < end]
    stressed = wording.words[wording.emphasis] if wording.emphasis >= 0 else None
    spelled = [asked.text[mark.position : mark.position + mark.length] for mark, _ in heard]
    words = tuple(
        Word(text, at, stop, text == stressed)
        for text, (_, at), stop in zip(spelled, heard, [at for _, at in heard[1:]] + [end], strict=True)
    )
    return Spoken(sound[:end].copy(), words, phonemes)
