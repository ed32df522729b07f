"""Lines: from a wanted length to words, and from words to sound with phonemes and words in it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from visavis.core.clock import SAMPLE_RATE
from visavis.data.simulate.english import syllables
from visavis.data.simulate.plan import Move
from visavis.data.simulate.script.source import vocalisation
from visavis.data.simulate.talk import Phoneme, Phrase, Utterance
from visavis.data.simulate.text import Wording
from visavis.data.simulate.voices.cast import Speaker
from visavis.data.simulate.voices.voice import Request, Spoken, Voice, speak

_PHRASE_ENDING_S = 0.16


@dataclass(frozen=True, eq=False)
class Line:
    """What is to be said, phrase by phrase; `kind` as in `Utterance`."""

    kind: str
    requests: tuple[Request, ...]


@dataclass(frozen=True, eq=False)
class Sounding:
    """A spoken line with its clean sound; it starts at sample 0 until it is moved."""

    utterance: Utterance
    sound: np.ndarray

    def moved(self, by: int) -> Sounding:
        """The same line `by` samples later."""
        phrases = tuple(phrase.moved(by) for phrase in self.utterance.phrases)
        return Sounding(Utterance(self.utterance.kind, phrases), self.sound)


def main_line(rng: np.random.Generator, length_s: float, move: Move, speaker: Speaker) -> Line:
    """What is said in a turn of about `length_s` seconds: phrases, a short answer or laughter."""
    if 0.5 < length_s < 2.2 and rng.random() < 0.1:
        laughter = _laughter(rng, speaker)
        if laughter is not None:
            return laughter
    if length_s < 0.8 and move != "pause" and rng.random() < 0.6:
        return short_answer(rng, length_s, speaker)
    count = 1 if length_s < 4.5 else max(2, round(length_s / rng.uniform(3.2, 5.5)))
    shares = rng.dirichlet(np.full(count, 8.0))
    spoken_s = max(length_s - 0.4 * (count - 1), 0.2)
    voice, lengths_s = speaker.voice, [float(share) * spoken_s for share in shares]
    wordings = [speaker.script.phrase(rng, _syllables_in(s, voice), 0.1, 0.18, 0.35) for s in lengths_s]
    return Line("utterance", tuple(_request(w, speaker, s) for w, s in zip(wordings, lengths_s, strict=True)))


def short_answer(rng: np.random.Generator, length_s: float, speaker: Speaker) -> Line:
    """What is said without taking the floor: a backchannel, or one phrase if there is time for it."""
    syllables = _syllables_in(length_s, speaker.voice)
    script = speaker.script
    wording = script.phrase(rng, syllables, 0.1, 0.1, 0.2) if length_s > 1.2 else script.backchannel(rng, syllables)
    kind = "utterance" if length_s > 1.2 else "backchannel"
    return Line(kind, (_request(wording, speaker, length_s),))


def joint_laugh(rng: np.random.Generator, line: Line, speaker: Speaker) -> list[Line]:
    """The partner laughs too, half of the time."""
    laughter = _laughter(rng, speaker) if line.kind == "laughter" and rng.random() < 0.5 else None
    return [] if laughter is None else [laughter]


def speak_lines(rng: np.random.Generator, lines: list[Line]) -> list[Sounding]:
    """Speak all lines; phrases of a line are 0.28 to 0.55 s apart."""
    spoken = iter(speak([request for line in lines for request in line.requests]))
    sounding: list[Sounding] = []
    for line in lines:
        phrases: list[Phrase] = []
        sounds: list[np.ndarray] = []
        at = 0
        for i, request in enumerate(line.requests):
            if i:
                pause = round(float(rng.uniform(0.28, 0.55)) * SAMPLE_RATE)
                sounds.append(np.zeros(pause, dtype=np.float32))
                at += pause
            phrase, sound = _phrase(request.wording, next(spoken))
            phrases.append(phrase.moved(at))
            sounds.append(sound)
            at += len(sound)
        sounding.append(Sounding(Utterance(line.kind, tuple(phrases)), np.concatenate(sounds)))
    return sounding


def _laughter(rng: np.random.Generator, speaker: Speaker) -> Line | None:
    """Laughter, or something happy; None from who has neither."""
    wording = speaker.script.laugh(rng)
    laughs = wording.happy or any(vocalisation(word) for word in wording.words)
    return Line("laughter", (_request(wording, speaker, 0.0),)) if laughs else None


def _request(wording: Wording, speaker: Speaker, length_s: float) -> Request:
    pace = 1.1
    if length_s > 0:
        pace = syllables(wording.words) / _syllables_in(length_s, speaker.voice)
        pace = min(max(pace, 0.75), 1.3)
    return Request(speaker.voice, wording, pace / speaker.size, speaker.size)


def _syllables_in(length_s: float, voice: Voice) -> float:
    return max(length_s - _PHRASE_ENDING_S, 0.08) * voice.syllables_per_s


def _phrase(wording: Wording, spoken: Spoken) -> tuple[Phrase, np.ndarray]:
    """The spoken phrase with emphasised words louder, faded out at its end."""
    sound = spoken.sound.copy()
    for word in spoken.words:
        if word.emphasis:
            sound[word.start : word.end] *= _swell(word.end - word.start, 1.6)
    fade = min(240, len(sound))
    sound[len(sound) - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
    phonemes = _with_loudness(spoken.phonemes, sound)
    return Phrase(0, len(sound), spoken.words, phonemes, wording.question, wording.happy), sound


def _swell(length: int, gain: float) -> np.ndarray:
    ramp = np.minimum(1, np.minimum(np.arange(length), np.arange(length)[::-1]) / (0.03 * SAMPLE_RATE))
    return (1 + (gain - 1) * ramp).astype(np.float32)


def _with_loudness(phonemes: tuple[Phoneme, ...], sound: np.ndarray) -> tuple[Phoneme, ...]:
    levels = np.array([float(np.sqrt(np.mean(sound[p.start : p.end] ** 2) + 1e-9)) for p in phonemes])
    usual = np.percentile(levels, 80) if len(levels) else 1.0
    return tuple(replace(p, loudness=round(float(v / usual), 4)) for p, v in zip(phonemes, levels, strict=True))
