"""Recordings of two people to be told apart: simulated ones of a wanted overlap, and real ones with their truth.

Shapes: S samples at 16 kHz, T frames.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from visavis.core.clock import FPS, frames_in, frames_of, samples_in
from visavis.core.errors import VisavisError
from visavis.data.folder import Clip
from visavis.data.rttm import read_rttm
from visavis.data.sound import read_sound
from visavis.encode.activity import runs
from visavis.training.scene_sound import mixed
from visavis.training.scenes import alone, tracks_of
from visavis.validate.metrics.diarisation import overlap_share, utterances

_FURTHEST = 20 * FPS
_SHORTEST_PART = 5 * FPS


@dataclass(frozen=True, eq=False)
class Mixture:
    """A recording (S,) of which it is known when each person truly speaks: `truth`, (N, 2) [s] of each; and, where it
    is known by frames, `speaking` (T, 2) bool."""

    name: str
    sound: np.ndarray
    truth: tuple[np.ndarray, ...]
    speaking: np.ndarray | None = None

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.sound) / samples_in(FPS)


def real_mixture(recording: Path, truths: Sequence[Path]) -> Mixture:
    """A sound file, whose truth is in that one of the RTTM files that tells of it.

    Raises `VisavisError` where none does.
    """
    for path in truths:
        people = read_rttm(path).get(recording.stem)
        if people is not None:
            return Mixture(recording.stem, read_sound(recording), tuple(people[name] for name in sorted(people)))
    told = ", ".join(str(path) for path in truths) or "no file"
    raise VisavisError(f"{told} tells nothing of {recording.stem!r}; give the RTTM of this recording with --truth")


def simulated_mixtures(
    clips: Sequence[Clip], overlap: float, seed: int, minutes: float | None = None
) -> Iterator[Mixture]:
    """Both voices of each clip in one recording, one of them moved in time so that of all speech a share `overlap` is
    both people's; in a room, through a microphone, with noise, as `training.scene_sound` draws them.

    People speak in the phrases of the event log; nothing else of their tracks is heard. minutes: so long do the same
    two people talk, by parts of the clip in random order; None: as long as the clip is.
    """
    for number, clip in enumerate(clips):
        sounds, speaking = _spoken(clip)
        frames = len(speaking)
        voices = [alone(sound, who) for sound, who in zip(sounds, speaking.T, strict=True)]
        shift = overlapping_shift(speaking, overlap)
        speaking[:, 1] = np.roll(speaking[:, 1], shift)
        voices[1] = np.roll(voices[1], samples_in(shift))
        rng = np.random.default_rng((seed, number))
        if minutes is not None:
            order = part_order(speaking, frames_of(60 * minutes), rng)
            speaking = speaking[order]
            voices = [voice.reshape(frames, -1)[order].ravel() for voice in voices]
        (sound,) = mixed([voices], rng)
        yield Mixture(clip.name, sound, tuple(utterances(speaking)), speaking)


def recorded_mixtures(clips: Sequence[Clip]) -> Iterator[Mixture]:
    """Both tracks of each clip added up: the recording itself of two who were simulated on one (`--colocated`)."""
    for clip in clips:
        (first, second), speaking = _spoken(clip)
        yield Mixture(clip.name, first + second, tuple(utterances(speaking)), speaking)


def _spoken(clip: Clip) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    """Both tracks (S,) of a clip, and when each speaks, in the phrases of its log (T, 2) bool."""
    tracks = tracks_of(clip, 0)
    frames = min(len(track.speaking) for track in tracks)
    first, second = (read_sound(track.path)[: samples_in(frames)] for track in tracks)
    return (first, second), np.stack([track.speaking[:frames] for track in tracks], axis=1)


def overlapping_shift(speaking: np.ndarray, overlap: float) -> int:
    """By how many frames, 20 s at most, the second person of (T, 2) bool is moved to speak a share `overlap` of all
    speech at the same time as the first, as nearly as can be; the least such shift."""
    first, second = speaking.T
    shifts = sorted(range(-_FURTHEST, _FURTHEST + 1, 5), key=abs)
    moved = (np.stack([first, np.roll(second, shift)], axis=1) for shift in shifts)
    distances = [abs(overlap_share(one) - overlap) for one in moved]
    return shifts[int(np.argmin(distances))]


def part_order(speaking: np.ndarray, frames: int, rng: np.random.Generator) -> np.ndarray:
    """The frames of a talk (T, 2) bool in an order (`frames`,) of random parts of 5 s and more that begin and end where
    nobody speaks; a talk without pauses is one part."""
    borders = [0]
    for start, stop in runs(np.asarray(~speaking.any(1))):
        if (start + stop) // 2 - borders[-1] >= _SHORTEST_PART:
            borders.append((start + stop) // 2)
    parts = [np.arange(first, stop) for first, stop in zip(borders, [*borders[1:], len(speaking)], strict=True)]
    chosen: list[np.ndarray] = []
    while sum(map(len, chosen)) < frames:
        chosen += [parts[place] for place in rng.permutation(len(parts))]
    return np.concatenate(chosen)[:frames]


def known_frames(mixture: Mixture) -> np.ndarray:
    """Who speaks in each frame (T, 2) bool, of a mixture of two people."""
    if mixture.speaking is not None:
        return mixture.speaking
    speaking = np.zeros((frames_in(len(mixture.sound)), len(mixture.truth)), bool)
    for column, spans in zip(speaking.T, mixture.truth, strict=True):
        for start, stop in spans:
            column[round(start * FPS) : round(stop * FPS)] = True
    return speaking
