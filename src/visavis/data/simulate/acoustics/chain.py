"""A recording: microphone, room, background, levels and line, drawn per session; the same kinds for every split."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from visavis.core.clock import SAMPLE_RATE
from visavis.data.levels import speech_level
from visavis.data.simulate.acoustics.dynamics import (
    AutomaticGain,
    Clipping,
    Drift,
    Gate,
    peaking_at,
)
from visavis.data.simulate.acoustics.filters import Filter, shaped
from visavis.data.simulate.acoustics.noises import Babble, Background, Coloured, Fan, Hum, Keys, Noise
from visavis.data.simulate.acoustics.rooms import Room
from visavis.data.simulate.acoustics.transmission import Law, Mp3, Opus, Telephone, Transmission

FULL_SCALE = 0.98
"""No recording is louder."""
_USUAL_DB = -30.0
_CREST_DB = 15.0
CLEAN = 0.3
"""The share of recordings that have a microphone and a level alone."""


@dataclass(frozen=True)
class Microphone:
    """The colour of a microphone: tilt [dB/octave], one broad bump, and the band that it passes [Hz]."""

    tilt_db: float = 0.0
    bump_hz: float = 1000.0
    bump_db: float = 0.0
    lowest_hz: float = 0.0
    highest_hz: float = 8000.0

    def decibels(self, hertz: np.ndarray) -> np.ndarray:
        """Its gain [dB] at frequencies; 18 dB an octave outside of the band."""
        octaves = np.log2(hertz / 1000)
        gain = self.tilt_db * octaves
        gain += self.bump_db * np.exp(-0.5 * (np.log2(hertz / self.bump_hz) / 0.6) ** 2)
        below = np.log2(max(self.lowest_hz, 1.0)) - np.log2(hertz)
        above = np.log2(hertz) - np.log2(self.highest_hz)
        return np.asarray(gain - 18 * np.maximum(below, 0) - 18 * np.maximum(above, 0))


@dataclass(frozen=True)
class Echo:
    """The partner's voice in one's own microphone: `below_db` below the own voice, `late_s` late."""

    below_db: float
    late_s: float

    def signal(self, partner: np.ndarray, voice_db: float) -> np.ndarray:
        """The partner's sound (S,), late and faint beside a voice of `voice_db` [dBFS] (`speech_level`)."""
        late = round(self.late_s * SAMPLE_RATE)
        gain = 10 ** ((voice_db - self.below_db - speech_level(partner)) / 20) if partner.any() else 0.0
        delayed = np.zeros(len(partner), dtype=np.float32)
        delayed[late:] = partner[: len(partner) - late] * np.float32(gain)
        return delayed


@dataclass(frozen=True)
class RecordingChain:
    """Everything between a mouth and the sound that a session gets; what is None or empty is not there.

    `peak_db` [dBFS] is the highest sample before the line. `seed` makes the noises and the room: the same recording
    of the same voice is the same sound.
    """

    peak_db: float
    seed: int
    microphone: Microphone = Microphone()
    room: Room | None = None
    echo: Echo | None = None
    backgrounds: tuple[Background, ...] = ()
    drift: Drift | None = None
    clipping: Clipping | None = None
    gain: AutomaticGain | None = None
    gate: Gate | None = None
    line: Transmission | None = None

    def path(self, rng: np.random.Generator) -> Filter:
        """From a mouth to the sound: the microphone's colour, and the room from somewhere in it."""
        colour = shaped(self.microphone.decibels)
        return colour if self.room is None else colour.after(self.room.response(rng))

    def alone(self, voice: np.ndarray) -> np.ndarray:
        """The voice as it is: this recording happens all at once."""
        return voice

    def beside(self, rng: np.random.Generator, voice: np.ndarray, partner: np.ndarray) -> np.ndarray:
        """`recorded`, with randomness of its own."""
        del rng
        return recorded(voice, partner, self)


def recorded(voice: np.ndarray, partner: np.ndarray, recording: RecordingChain) -> np.ndarray:
    """What a recording makes of a voice (S,) beside the partner's (S,), both clean: (S,) float32, not delayed.

    Where the voice is exactly 0 the recording is too if it has neither room, echo nor background, except within
    0.04 s of sound (the colour); a gate with `depth_db` inf makes pauses exactly 0 in any recording. Of a voice that
    never speaks the rest is as loud as it would be behind speech.
    """
    room_seed, *seeds = np.random.default_rng(recording.seed).integers(1 << 62, size=3 + len(recording.backgrounds))
    sound = recording.path(np.random.default_rng(room_seed)).applied(voice)
    level = speech_level(sound) if voice.any() else _USUAL_DB
    if recording.drift is not None:
        sound = recording.drift.applied(sound, np.random.default_rng(seeds[0]))
    if recording.echo is not None:
        sound = sound + recording.echo.signal(partner, level)
    for background, seed in zip(recording.backgrounds, seeds[2:], strict=True):
        sound = sound + background.behind(level, np.random.default_rng(seed), partner)
    if recording.clipping is not None:
        sound = recording.clipping.applied(sound)
    if recording.gain is not None:
        sound = recording.gain.applied(sound)
    if recording.gate is not None:
        sound = recording.gate.applied(sound, voice)
    if voice.any():
        sound = peaking_at(sound, recording.peak_db)
    else:
        sound = sound * np.float32(10 ** ((recording.peak_db - _USUAL_DB - _CREST_DB) / 20))
    if recording.line is not None:
        sound = recording.line.applied(sound)
    return np.asarray(np.clip(sound, -FULL_SCALE, FULL_SCALE), dtype=np.float32)


def draw_recording(rng: np.random.Generator) -> RecordingChain:
    """A random recording; the mixture is in docs/simulator.md, and the same for every split."""
    peak_db = float(rng.uniform(-35, -1))
    seed = int(rng.integers(1 << 62))
    if rng.random() < CLEAN:
        return RecordingChain(peak_db, seed, Microphone() if rng.random() < 0.4 else _draw_microphone(rng))
    microphone = _draw_microphone(rng)
    room = Room(float(rng.uniform(0.1, 0.7)), float(rng.uniform(-2, 15))) if rng.random() < 0.6 else None
    echo = Echo(float(rng.uniform(20, 45)), float(rng.uniform(0.005, 0.12))) if rng.random() < 0.3 else None
    backgrounds = _draw_backgrounds(rng)
    drift = Drift(float(rng.uniform(0.5, 3))) if rng.random() < 0.4 else None
    clipping = Clipping(float(rng.uniform(1, 10)), soft=bool(rng.random() < 0.6)) if rng.random() < 0.12 else None
    gain = AutomaticGain(*rng.uniform((0.02, 0.5), (0.2, 4)).tolist()) if rng.random() < 0.3 else None
    gate = None
    if rng.random() < 0.3:
        gate = Gate(float(rng.uniform(12, 40)) if rng.random() < 0.5 else np.inf, float(rng.uniform(0.12, 0.4)))
    return RecordingChain(
        peak_db, seed, microphone, room, echo, backgrounds, drift, clipping, gain, gate, _draw_line(rng)
    )


def _draw_microphone(rng: np.random.Generator) -> Microphone:
    return Microphone(
        tilt_db=float(rng.uniform(-4, 3)),
        bump_hz=float(rng.uniform(300, 5000)),
        bump_db=float(rng.normal(0, 3)),
        lowest_hz=float(rng.uniform(60, 220)) if rng.random() < 0.6 else 0.0,
        highest_hz=float(rng.uniform(3600, 7500)) if rng.random() < 0.3 else 8000.0,
    )


def _draw_backgrounds(rng: np.random.Generator) -> tuple[Background, ...]:
    """None (15 %), one, or two (35 %) noises; the first 15 to 60 dB below the voice, babble and keys 15 to 40."""
    count = int(rng.choice(3, p=(0.15, 0.5, 0.35)))
    noises = [_draw_noise(rng) for _ in range(count)]
    highest = [40 if isinstance(noise, Babble | Keys) else 60 for noise in noises]
    return tuple(Background(n, float(rng.uniform(15, top))) for n, top in zip(noises, highest, strict=True))


def _draw_noise(rng: np.random.Generator) -> Noise:
    kind = rng.random()
    if kind < 0.5:
        return Coloured(float(rng.uniform(-7, 0.5)))
    if kind < 0.6:
        return Hum(float(rng.choice((50.0, 60.0))), float(rng.uniform(2, 8)))
    if kind < 0.75:
        return Fan(float(rng.uniform(80, 1200)), float(rng.uniform(1, 25)))
    if kind < 0.85:
        return Keys(float(rng.uniform(0.3, 3)))
    return Babble(int(rng.integers(3, 8)))


def _draw_line(rng: np.random.Generator) -> Transmission | None:
    """No line (76 %), telephone (10 %), MP3 (8 %) or opus (6 %)."""
    kind = rng.random()
    if kind < 0.1:
        laws: tuple[Law, ...] = ("ULAW", "ALAW", "PCM_16")
        return Telephone(laws[int(rng.integers(3))])
    if kind < 0.18:
        return Mp3(float(rng.choice((16, 24, 32, 48, 64))))
    return Opus(float(rng.choice((8, 12, 16, 24, 32)))) if kind < 0.24 else None
