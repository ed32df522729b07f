"""Two people on one track: one microphone hears both, or a call joins what each one's own heard. S = samples."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from visavis.data.levels import speech_level
from visavis.data.simulate.acoustics.chain import FULL_SCALE, Microphone, RecordingChain, draw_recording, recorded
from visavis.data.simulate.acoustics.dynamics import Gate

Pair = tuple[np.ndarray, np.ndarray]

CALLS = 0.25
"""The share of tracks that are calls."""
_APART_DB = 3.0
_SUPPRESSED_DB, _HELD_S = (20.0, 45.0), (0.15, 0.5)
_LEVEL_DB = -30.0
_HOP = 256
_EVEN_DB = -40.0


@dataclass(frozen=True)
class OneTrack:
    """How two people came onto one track, the first `louder_db` louder than the second (speech level).

    `recordings`: one of both, or one for each of two who are in a call. `seed` makes what the two do not share.
    """

    recordings: tuple[RecordingChain, ...]
    louder_db: float
    seed: int

    def tracks(self, voices: Pair) -> Pair:
        """What the track holds of each of two clean voices (S,), float32; the sum of both is the track.

        One microphone's recording is shared out in time and frequency as both would be heard alone; noise is shared
        evenly.
        """
        if len(self.recordings) > 1:
            first, second = (recorded(voices[k], voices[1 - k], self.recordings[k]) for k in (0, 1))
            return _within(self._levelled((first, second)))
        together = self.recordings[0]
        heard = self._levelled(self._through_air(voices, together))
        beyond = replace(together, microphone=Microphone(), room=None, echo=None, drift=None)
        both = heard[0] + heard[1]
        return _shared_out(recorded(both, both, beyond), heard)

    def _through_air(self, voices: Pair, recording: RecordingChain) -> Pair:
        """Each voice as the microphone hears it: its colour, the room from where the person is, how they move."""
        first, second = (
            _heard(voice, recording, np.random.default_rng((self.seed, k))) for k, voice in enumerate(voices)
        )
        return first, second

    def _levelled(self, sounds: Pair) -> Pair:
        first, second = (
            sound * np.float32(10 ** ((_LEVEL_DB + apart - speech_level(sound)) / 20)) if sound.any() else sound
            for sound, apart in zip(sounds, (self.louder_db / 2, -self.louder_db / 2), strict=True)
        )
        return first, second


def draw_one_track(rng: np.random.Generator) -> OneTrack:
    """A random track: one microphone of the kinds that `draw_recording` has, or a call (`CALLS`), in which nobody's
    noise is heard while they are silent."""
    recordings: tuple[RecordingChain, ...] = (draw_recording(rng),)
    if rng.random() < CALLS:
        both = recordings[0], draw_recording(rng)
        gates = [Gate(float(rng.uniform(*_SUPPRESSED_DB)), float(rng.uniform(*_HELD_S))) for _ in both]
        recordings = tuple(replace(one, gate=one.gate or gate) for one, gate in zip(both, gates, strict=True))
    return OneTrack(recordings, float(rng.normal(0, _APART_DB)), int(rng.integers(1 << 31)))


def _heard(voice: np.ndarray, recording: RecordingChain, rng: np.random.Generator) -> np.ndarray:
    sound = recording.path(rng).applied(voice)
    return sound if recording.drift is None else recording.drift.applied(sound, rng)


def _shared_out(track: np.ndarray, heard: Pair) -> Pair:
    """A track (S,) as two, each where its own is heard."""
    first, second = (np.abs(_spectrum(sound)) ** 2 for sound in heard)
    even = 10 ** (_EVEN_DB / 10) * (first + second).mean()
    share = (first + even) / (first + second + 2 * even)
    own = _sound(_spectrum(track) * share, len(track))
    return own, track - own


def _spectrum(sound: np.ndarray) -> np.ndarray:
    """(N, F) of overlapping blocks, which `_sound` adds up to the sound again."""
    padded = np.pad(sound, (_HOP, _HOP + -len(sound) % _HOP))
    blocks = np.lib.stride_tricks.sliding_window_view(padded, 2 * _HOP)[::_HOP]
    return np.asarray(np.fft.rfft(blocks * np.hanning(2 * _HOP + 1)[:-1]))


def _sound(spectrum: np.ndarray, length: int) -> np.ndarray:
    blocks = np.fft.irfft(spectrum).astype(np.float32)
    halves = blocks[1:, :_HOP] + blocks[:-1, _HOP:]
    return halves.reshape(-1)[:length]


def _within(sounds: Pair) -> Pair:
    """Both turned down alike until their sum stays below full scale."""
    loudest = float(max(np.abs(one).max(initial=0) for one in (*sounds, sounds[0] + sounds[1])))
    gain = np.float32(min(1.0, FULL_SCALE / max(loudest, 1e-9)))
    return sounds[0] * gain, sounds[1] * gain
