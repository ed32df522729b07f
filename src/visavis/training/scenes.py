"""Scenes to learn who speaks from: windows of mixed recordings of two people, with who speaks in each frame.

The two tracks of a simulated conversation, or of two people who never met, are made faster or slower (other voices),
moved in time (more or less overlap), thinned, levelled, put into one room before one microphone, with noise, on a line.
Every scene is two windows of the same people, so that voices can be told again. What is made once is kept on disk.

Shapes: N scenes, T motion frames, K frames of a network, S samples, F features, P = 2 people.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr
import torch
from torch import Tensor

from visavis.core.clock import SAMPLE_RATE, SAMPLES_PER_FRAME, frames_in, samples_in
from visavis.core.errors import VisavisError
from visavis.data.folder import Clip, read_events
from visavis.data.sound import read_span, sound_length
from visavis.encode.activity import runs
from visavis.training.feed import seed_of
from visavis.training.scene_sound import mixed

_CONVERSATIONS, _STRANGERS, _ALONE = 0.55, 0.33, 0.09
_RECORDED_SHARE = 0.35
_SPEED = 0.13
_FURTHEST_SHIFT_S = 3.0
_FADE = 320
_AROUND = 3


@dataclass(frozen=True, eq=False)
class Track:
    """One person alone: a sound file at 16 kHz, in which of its frames they speak (T,) bool, and who it is."""

    path: Path
    speaking: np.ndarray
    person: int

    def window(self, rng: np.random.Generator, start: int, frames: int, speed: float, kept: float) -> Voiced:
        """What is said from frame `start` on (earlier than 0 and after the end: nothing), `speed` times as fast; of
        the phrases only a share `kept`."""
        speaking = np.zeros(frames, bool)
        taken = start + np.floor(np.arange(frames) * speed).astype(np.int64)
        inside = (taken >= 0) & (taken < len(self.speaking))
        speaking[inside] = self.speaking[taken[inside]]
        first, count = samples_in(start), round(samples_in(frames) * speed)
        before, after = max(0, -first), min(first + count, samples_in(len(self.speaking)))
        sound = np.zeros(count, np.float32)
        if after > max(first, 0):
            sound[before : after - first] = read_span(self.path, max(first, 0), after - max(first, 0))
        if speed != 1:
            sound = np.asarray(soxr.resample(sound, SAMPLE_RATE * speed, SAMPLE_RATE, quality="MQ"), np.float32)
        sound = np.pad(sound, (0, max(0, samples_in(frames) - len(sound))))[: samples_in(frames)]
        return _thinned(Voiced(sound, speaking), rng, kept)


@dataclass(frozen=True, eq=False)
class Voiced:
    """A stretch of one person: `sound` (S,) and `speaking` (T,) bool."""

    sound: np.ndarray
    speaking: np.ndarray


Spectra = Callable[[Tensor], Tensor]
"""Sound of windows (B, S) -> features (B, K, F), K of a network's own frames."""


@dataclass(frozen=True, eq=False)
class SceneBatch:
    """`features` (N, 2, K, F) of two windows of each scene, `speaking` (N, 2, T, P) float, and who the `people` (N, P)
    are: numbers that are equal for the same person."""

    features: Tensor
    speaking: Tensor
    people: Tensor

    def to(self, device: torch.device | str) -> SceneBatch:
        """The batch on another device."""
        return SceneBatch(*(one.to(device) for one in (self.features, self.speaking, self.people)))


@dataclass(frozen=True, eq=False)
class _Kept:
    """What lies on disk of all scenes: as in `SceneBatch`, and which are `made` (N,)."""

    features: np.ndarray
    speaking: np.ndarray
    people: np.ndarray
    made: np.ndarray


class Scenes:
    """So many scenes of clips, and of people recorded alone (each a tuple of tracks), in windows of so many `frames`;
    their `spectra` are kept in the folder `kept`."""

    def __init__(
        self,
        clips: Sequence[Clip],
        people: Sequence[Sequence[Track]],
        spectra: Spectra,
        frames: int,
        count: int,
        kept: Path,
        seed: int = 0,
    ) -> None:
        if not clips:
            raise VisavisError("scenes need a conversation at least; give clips of `visavis simulate`")
        self.clips, self.people, self.frames, self.count, self.seed = clips, people, frames, count, seed
        self._spectra, self._folder = spectra, kept

    def __len__(self) -> int:
        return self.count

    def order(self, seed: int, epoch: int) -> np.ndarray:
        """All scenes once, shuffled."""
        return np.random.default_rng(seed_of(seed, epoch)).permutation(self.count)

    def load(self, indices: Sequence[int], epoch: int) -> SceneBatch:
        """The scenes of those numbers, the same in every epoch."""
        del epoch
        kept, chosen = self._kept, np.asarray(indices)
        for index in chosen[kept.made[chosen] == 0].tolist():
            scene = self.scene(index)
            with torch.no_grad():
                kept.features[index] = self._spectra(torch.from_numpy(np.stack(scene.sounds))).float().numpy()
            kept.speaking[index], kept.people[index] = np.stack(scene.speaking), scene.people
            kept.made[index] = 1
        return SceneBatch(
            torch.from_numpy(kept.features[chosen].astype(np.float32)),
            torch.from_numpy(kept.speaking[chosen].astype(np.float32)),
            torch.from_numpy(kept.people[chosen].astype(np.int64)),
        )

    @functools.cached_property
    def _kept(self) -> _Kept:
        self._folder.mkdir(parents=True, exist_ok=True)
        with torch.no_grad():
            _, *shape = self._spectra(torch.zeros(1, samples_in(self.frames))).shape
        return _Kept(
            _on_disk(self._folder / "features.f2", np.dtype(np.float16), (self.count, 2, *shape)),
            _on_disk(self._folder / "speaking.u1", np.dtype(np.uint8), (self.count, 2, self.frames, 2)),
            _on_disk(self._folder / "people.i4", np.dtype(np.int32), (self.count, 2)),
            _on_disk(self._folder / "made.u1", np.dtype(np.uint8), (self.count,)),
        )

    def scene(self, index: int) -> Scene:
        """One scene as sound."""
        rng = np.random.default_rng((self.seed, index))
        pair, together = self._draw_people(rng)
        frames = self.frames
        speeds = np.exp(rng.uniform(-_SPEED, _SPEED, 2)) if rng.random() < 0.7 else np.ones(2)
        shift = round(rng.uniform(-_FURTHEST_SHIFT_S, _FURTHEST_SHIFT_S) * 25) if rng.random() < 0.6 else 0
        kept = rng.uniform(0.3, 1.0, 2) if rng.random() < (0.2 if together else 0.6) else np.ones(2)
        windows = []
        for _ in range(2):
            starts = [_start(rng, track, frames, speed) for track, speed in zip(pair, speeds, strict=True)]
            if together:
                starts = [starts[0], starts[0] + shift]
            windows.append(
                [
                    track.window(rng, start, frames, speed, share) if track else nobody(frames)
                    for track, start, speed, share in zip(pair, starts, speeds.tolist(), kept.tolist(), strict=True)
                ]
            )
        sounds = mixed([[one.sound for one in window] for window in windows], rng)
        speaking = [np.stack([one.speaking for one in window], axis=1) for window in windows]
        return Scene(tuple(sounds), tuple(speaking), tuple(track.person if track else -1 for track in pair))

    def _draw_people(self, rng: np.random.Generator) -> tuple[list[Track | None], bool]:
        """Two tracks, None for nobody, and whether they talk together."""
        kind = rng.random()
        if kind < _CONVERSATIONS:
            return list(self._tracks(int(rng.integers(len(self.clips))))), True
        first, second = (self._draw_track(rng) for _ in range(2))
        if kind < _CONVERSATIONS + _STRANGERS and first.person != second.person:
            return [first, second], False
        return [first if kind < _CONVERSATIONS + _STRANGERS + _ALONE else None, None], False

    def _draw_track(self, rng: np.random.Generator) -> Track:
        if self.people and rng.random() < _RECORDED_SHARE:
            person = self.people[int(rng.integers(len(self.people)))]
            return person[int(rng.integers(len(person)))]
        return self._tracks(int(rng.integers(len(self.clips))))[int(rng.integers(2))]

    def _tracks(self, index: int) -> tuple[Track, Track]:
        return tracks_of(self.clips[index], index)


@dataclass(frozen=True, eq=False)
class Scene:
    """Two windows of the same two people: mixed `sounds` (S,) each, `speaking` (T, 2) bool each; -1 is nobody."""

    sounds: tuple[np.ndarray, ...]
    speaking: tuple[np.ndarray, ...]
    people: tuple[int, ...]


@functools.lru_cache(maxsize=4096)
def tracks_of(clip: Clip, number: int) -> tuple[Track, Track]:
    """Both speakers of a simulated clip, who speak in the phrases of its event log; people 2 `number` and the next.

    Raises `VisavisError` for a clip whose log names no phrases.
    """
    spoken = read_events(clip, "phrase")
    if not spoken:
        raise VisavisError(f"the event log of {clip.name} names no phrases; bring conversations of `visavis simulate`")
    tracks = []
    for side in clip.sides:
        assert side.sound is not None
        speaking = np.zeros(frames_in(sound_length(side.sound)), bool)
        for event in spoken:
            if event.person == side.number:
                speaking[event.onset : event.onset + event.duration] = True
        tracks.append(Track(side.sound, speaking, 2 * number + side.number - 1))
    return tracks[0], tracks[1]


def nobody(frames: int) -> Voiced:
    """Silence."""
    return Voiced(np.zeros(samples_in(frames), np.float32), np.zeros(frames, bool))


def _start(rng: np.random.Generator, track: Track | None, frames: int, speed: float) -> int:
    length = 0 if track is None else len(track.speaking)
    return int(rng.integers(max(1, length - round(frames * speed))))


def _thinned(voiced: Voiced, rng: np.random.Generator, kept: float) -> Voiced:
    """Only a share of the phrases, and nothing of what the microphone heard beside them."""
    speaking = voiced.speaking.copy()
    for first, stop in runs(voiced.speaking):
        if rng.random() > kept:
            speaking[first:stop] = False
    return Voiced(alone(voiced.sound, speaking), speaking)


def alone(sound: np.ndarray, speaking: np.ndarray) -> np.ndarray:
    """What is said in the frames (T,) bool of a recording (S,) of one person: (S,) float32, faded out beside them.

    What else that person's microphone has heard, such as others who talk in the background, would be people in a scene
    of whom nothing is known.
    """
    heard = np.convolve(speaking, np.ones(2 * _AROUND + 1), mode="same") > 0.5
    gain = np.repeat(heard.astype(np.float32), SAMPLES_PER_FRAME)
    ramp = np.concatenate([np.zeros(1), np.cumsum(np.pad(gain, _FADE // 2, mode="edge"))])
    smooth = ((ramp[_FADE:] - ramp[:-_FADE]) / _FADE)[: len(sound)]
    return np.asarray(sound * np.pad(smooth, (0, len(sound) - len(smooth)), mode="edge"), np.float32)


def _on_disk(path: Path, dtype: np.dtype[np.generic], shape: tuple[int, ...]) -> np.ndarray:
    """An array on disk, all 0 where it is new; raises `VisavisError` where one of another size lies there."""
    size = int(np.prod(shape)) * dtype.itemsize
    if path.is_file() and path.stat().st_size != size:
        raise VisavisError(f"{path} holds other scenes than these; remove it, or choose another folder")
    return np.memmap(path, dtype, "r+" if path.is_file() else "w+", shape=shape)
