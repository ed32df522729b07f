"""Lines: from a wanted length to words, and from words to sound with phonemes and words in it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import soxr

from visavis.core.clock import SAMPLE_RATE
from visavis.data.simulate import espeak, text
from visavis.data.simulate.plan import Move
from visavis.data.simulate.talk import Phoneme, Phrase, Utterance, Word
from visavis.data.simulate.voices import Voice

_SYLLABLE_S_AT_1_WPM = 31.0
_PHRASE_ENDING_S = 0.16
_PAUSE_NAMES = ("_", "_:", "_!", "_|", "")


@dataclass(frozen=True, eq=False)
class Line:
    """What is to be said: phrases as words and as requests to the synthesiser; `kind` as in `Utterance`."""

    kind: str
    wordings: tuple[text.Wording, ...]
    requests: tuple[espeak.Request, ...]


@dataclass(frozen=True, eq=False)
class Sounding:
    """A spoken line, starting at sample 0, with its clean sound."""

    utterance: Utterance
    sound: np.ndarray


def main_line(rng: np.random.Generator, length_s: float, move: Move, voice: Voice) -> Line:
    """What is said in a turn of about `length_s` seconds: phrases, a short answer or laughter."""
    if 0.5 < length_s < 2.2 and rng.random() < 0.1:
        return _laughter(rng, voice)
    if length_s < 0.8 and move != "pause" and rng.random() < 0.6:
        return short_answer(rng, length_s, voice)
    count = 1 if length_s < 4.5 else max(2, round(length_s / rng.uniform(3.2, 5.5)))
    shares = rng.dirichlet(np.full(count, 8.0))
    spoken_s = max(length_s - 0.4 * (count - 1), 0.2)
    wordings = [text.phrase(rng, _syllables_in(float(share) * spoken_s, voice), 0.1, 0.18, 0.35) for share in shares]
    requests = [_request(w, voice, float(share) * spoken_s) for w, share in zip(wordings, shares, strict=True)]
    return Line("utterance", tuple(wordings), tuple(requests))


def short_answer(rng: np.random.Generator, length_s: float, voice: Voice) -> Line:
    """What is said without taking the floor: a backchannel, or one phrase if there is time for it."""
    syllables = _syllables_in(length_s, voice)
    wording = text.phrase(rng, syllables, 0.1, 0.1, 0.2) if length_s > 1.2 else text.backchannel(rng, syllables)
    kind = "utterance" if length_s > 1.2 else "backchannel"
    return Line(kind, (wording,), (_request(wording, voice, length_s),))


def joint_laugh(rng: np.random.Generator, line: Line, voice: Voice) -> list[Line]:
    """The partner laughs too, half of the time."""
    return [_laughter(rng, voice)] if line.kind == "laughter" and rng.random() < 0.5 else []


def speak_lines(rng: np.random.Generator, lines: list[Line]) -> list[Sounding]:
    """Speak all lines in one fresh process of the synthesiser; phrases of a line are 0.28 to 0.55 s apart."""
    spoken = iter(espeak.speak([request for line in lines for request in line.requests]))
    sounding: list[Sounding] = []
    for line in lines:
        phrases: list[Phrase] = []
        sounds: list[np.ndarray] = []
        at = 0
        for i, wording in enumerate(line.wordings):
            if i:
                pause = round(float(rng.uniform(0.28, 0.55)) * SAMPLE_RATE)
                sounds.append(np.zeros(pause, dtype=np.float32))
                at += pause
            phrase, sound = _phrase(wording, next(spoken), line.requests[i].text)
            phrases.append(phrase.moved(at))
            sounds.append(sound)
            at += len(sound)
        sounding.append(Sounding(Utterance(line.kind, tuple(phrases)), np.concatenate(sounds)))
    return sounding


def _laughter(rng: np.random.Generator, voice: Voice) -> Line:
    wording = text.laugh(rng)
    return Line("laughter", (wording,), (_request(wording, voice, 0.0),))


def _request(wording: text.Wording, voice: Voice, length_s: float) -> espeak.Request:
    hurry = 1.1
    if length_s > 0:
        hurry = text.syllables(wording.words) / _syllables_in(length_s, voice)
        hurry = min(max(hurry, 0.75), 1.3)
    return espeak.Request(wording.ssml, voice.name, round(voice.rate * hurry), voice.pitch, voice.range)


def _syllables_in(length_s: float, voice: Voice) -> float:
    return max(length_s - _PHRASE_ENDING_S, 0.08) * voice.rate / _SYLLABLE_S_AT_1_WPM


def _phrase(wording: text.Wording, spoken: espeak.Spoken, said: str) -> tuple[Phrase, np.ndarray]:
    raw = np.frombuffer(spoken.pcm, dtype="<i2").astype(np.float32) / 32768
    sound = np.asarray(soxr.resample(raw, spoken.sample_rate, SAMPLE_RATE), dtype=np.float32)
    marks = [(mark, min(mark.start_ms * SAMPLE_RATE // 1000, len(sound))) for mark in spoken.marks]
    sounds = [(mark, at) for mark, at in marks if mark.kind == "phoneme"]
    while sounds and sounds[-1][0].name in _PAUSE_NAMES:
        end = sounds.pop()[1]
    end = max(min(end, len(sound)), 1)
    phonemes = tuple(
        Phoneme(mark.name.strip("',%="), at, stop, 2 if mark.name[0] == "'" else 1 if mark.name[0] == "," else 0)
        for (mark, at), stop in zip(sounds, [at for _, at in sounds[1:]] + [end], strict=True)
        if mark.name not in _PAUSE_NAMES and stop > at
    )
    heard = [(mark, at) for mark, at in marks if mark.kind == "word" and at < end]
    stops = [at for _, at in heard[1:]] + [end]
    stressed = wording.words[wording.emphasis] if wording.emphasis >= 0 else None
    words = tuple(
        Word(spelled, at, stop, spelled == stressed)
        for (mark, at), stop in zip(heard, stops, strict=True)
        for spelled in (said[mark.position : mark.position + mark.length],)
    )
    sound = sound[:end].copy()
    for word in words:
        if word.emphasis:
            sound[word.start : word.end] *= _swell(word.end - word.start, 1.6)
    fade = min(240, end)
    sound[end - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
    return Phrase(0, end, words, _with_loudness(phonemes, sound), wording.question, wording.happy), sound


def _swell(length: int, gain: float) -> np.ndarray:
    ramp = np.minimum(1, np.minimum(np.arange(length), np.arange(length)[::-1]) / (0.03 * SAMPLE_RATE))
    return (1 + (gain - 1) * ramp).astype(np.float32)


def _with_loudness(phonemes: tuple[Phoneme, ...], sound: np.ndarray) -> tuple[Phoneme, ...]:
    levels = np.array([float(np.sqrt(np.mean(sound[p.start : p.end] ** 2) + 1e-9)) for p in phonemes])
    usual = np.percentile(levels, 80) if len(levels) else 1.0
    return tuple(replace(p, loudness=round(float(v / usual), 4)) for p, v in zip(phonemes, levels, strict=True))
