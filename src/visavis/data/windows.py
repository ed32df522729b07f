"""Training windows: distinct stretches of every recording, seen from every side whose motion is known.

B windows, T frames a window, S = 640 T samples, D channels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from visavis.core.clock import FPS, SAMPLE_RATE, frames_in, samples_in
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.spaces import MotionSpace
from visavis.data.folder import Clip, Side, read_side_motion
from visavis.data.sound import read_sound, read_span, sound_length, sound_rate

STD_FLOOR = 0.01
"""The least standard deviation of a channel [its unit]: one that hardly moves is not blown up."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Windows of conversations, float32 on the CPU.

    `user_speech` and `agent_speech` (B, S) at 16 kHz, `user_motion` and `agent_motion` (B, T, D),
    `user_seen` (B,) bool: false where the partner's motion is unknown, which is then 0.
    `user_known` and `agent_known` (B, D) bool: which channels' motion means something; `agent_counted` (B, T) bool:
    which frames of the agent are learned from. None: all. `agent_labels` and `user_labels` (B, T, ...) int64: what a
    labeller says of each frame of each; None: nobody was asked. `agent_expected` (B, T, D): what somebody expects of
    the agent's motion; None: nobody was asked. `user_counted` (B, T) bool: in which frames the partner's motion means
    something. `masks` (B, T, 2): who speaks, and `places` (B, T, 6): where the heads of both are [m], as models of two
    people are given them, of the agent first; None: nobody was asked.
    """

    user_speech: Tensor
    agent_speech: Tensor
    user_motion: Tensor
    agent_motion: Tensor
    user_seen: Tensor
    user_known: Tensor | None = None
    agent_known: Tensor | None = None
    agent_counted: Tensor | None = None
    agent_labels: Tensor | None = None
    agent_expected: Tensor | None = None
    user_counted: Tensor | None = None
    masks: Tensor | None = None
    places: Tensor | None = None
    user_labels: Tensor | None = None

    def to(self, device: torch.device | str) -> Batch:
        """The batch on another device."""
        return Batch(**{name: tensor.to(device, non_blocking=True) for name, tensor in self.tensors().items()})

    def tensors(self) -> dict[str, Tensor]:
        """What it holds, by name."""
        held: dict[str, Tensor | None] = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: tensor for name, tensor in held.items() if tensor is not None}


def joined(parts: Sequence[Batch], places: Sequence[Sequence[int]]) -> Batch:
    """One batch of several, whose rows go to these places of it (every place is named once)."""
    order = torch.tensor([place for given in places for place in given]).argsort()
    held = [part.tensors() for part in parts]
    examples = {name: tensor for tensors in held for name, tensor in tensors.items()}

    def rows(tensors: dict[str, Tensor], name: str) -> Tensor:
        if name in tensors:
            return tensors[name]
        return torch.ones(len(tensors["user_seen"]), *examples[name].shape[1:], dtype=torch.bool)

    return Batch(**{name: torch.cat([rows(tensors, name) for tensors in held])[order] for name in examples})


@dataclass(frozen=True, eq=False)
class Statistics:
    """Mean and standard deviation (D,) float32 of every channel; the deviation is at least 0.01 of its unit.

    `known` (D,) bool: whether any recording knows the channel; of others the mean is 0.
    """

    mean: np.ndarray
    std: np.ndarray
    known: np.ndarray


@dataclass(frozen=True)
class Focus:
    """What of recordings is learned from: `channels` of the agent, in frames that `when` picks by the agent's voice.

    `when` takes the whole sound (S,) at 16 kHz and gives (T,) bool. Channels outside count as unknown.
    """

    channels: frozenset[str]
    when: Callable[[np.ndarray], np.ndarray]


Expectation = Callable[[Clip, int], np.ndarray]
"""What somebody expects of the motion (T, D) of speaker 1 or 2: called with the clip and the speaker."""
Labeller = Callable[[Clip, int], np.ndarray]
"""Labels (2, T, ...) of T frames of a clip's speakers 1 and 2: called with the clip and T."""


@dataclass(frozen=True, eq=False)
class PairSignals:
    """What a model of two people is told beside their voices, of speaker 1 first: `masks` (T, 2), 1 where somebody
    speaks, and `places` (T, 6) of their heads [m]."""

    masks: np.ndarray
    places: np.ndarray

    def seen_by(self, number: int) -> PairSignals:
        """The same with speaker 1 or 2 first."""
        if number == 1:
            return self
        return PairSignals(self.masks[:, ::-1], np.roll(self.places, self.places.shape[1] // 2, axis=1))


Signaller = Callable[[Clip, int], PairSignals]
"""Who tells a clip's signals over T frames: called with the clip and T."""


@dataclass(frozen=True, eq=False)
class _Voice:
    """One speaker of a recording: sound on disk (`held` where it had to be resampled), motion in memory."""

    path: Path
    held: np.ndarray | None
    motion: Motion | None

    def speech(self, start: int, count: int) -> np.ndarray:
        return read_span(self.path, start, count) if self.held is None else self.held[start : start + count]

    @property
    def frames(self) -> int:
        samples = sound_length(self.path) if self.held is None else len(self.held)
        return min(frames_in(samples), len(self.motion) if self.motion is not None else frames_in(samples))


@dataclass(frozen=True, eq=False)
class _Recording:
    """A clip from one side: agent and partner, their common length [frames].

    `user_known` and `agent_known` (D,) bool; `counted` and `user_counted` (T,) bool or None: all; `labels` and
    `user_labels` (T, ...) or None; `expected` (T, D) or None; `signals` of the agent first.
    """

    agent: _Voice
    user: _Voice
    frames: int
    user_known: np.ndarray
    agent_known: np.ndarray
    counted: np.ndarray | None
    labels: np.ndarray | None
    expected: np.ndarray | None
    user_counted: np.ndarray | None
    signals: PairSignals | None
    user_labels: np.ndarray | None


class WindowSet:
    """All windows of `frames` frames of the clips, from the side of every speaker whose motion is known.

    A recording with L = length - frames + 1 possible starts has ceil(L / stride) windows. Window k starts somewhere
    in the k-th of that many equal parts of the L starts; where in it is drawn anew for each recording and epoch.
    So windows never coincide, and over the epochs every start comes up.

    Motion is held in memory; sound is read by span from 16 kHz files (the system's file cache makes that as fast as
    memory) and held in memory where it has another rate. Recordings shorter than a window are left out (`too_short`).

    `focus` limits what is learned from; windows are left out if, wherever they may start in their part, on average less
    than a share `least_counted` of their frames counts. `labels` names what is said of each frame beside its motion,
    `expected` what motion somebody expects there, `signals` what a model of two people is told.

    Raises `VisavisError` when nothing is long enough, or a file is damaged or holds motion of another space.
    """

    def __init__(
        self,
        clips: Sequence[Clip],
        frames: int,
        space: MotionSpace,
        *,
        stride: int | None = None,
        focus: Focus | None = None,
        least_counted: float = 0.0,
        labels: Labeller | None = None,
        expected: Expectation | None = None,
        signals: Signaller | None = None,
    ) -> None:
        if frames < 1 or (stride is not None and stride < 1):
            raise VisavisError(f"windows need at least 1 frame and a stride of 1; {frames} and {stride} were given")
        self.frames = frames
        self.space = space
        self.stride = stride or frames
        every = [
            recording for clip in clips for recording in _recordings(clip, space, focus, labels, expected, signals)
        ]
        self._recordings = [recording for recording in every if recording.frames >= frames]
        self.too_short = len(every) - len(self._recordings)
        if not self._recordings:
            raise VisavisError(
                f"none of {len(clips)} clips holds a window of {frames} frames ({frames / FPS:g} s); "
                "use shorter windows or longer recordings"
            )
        self._starts = np.array([recording.frames - frames + 1 for recording in self._recordings])
        self._parts = -(-self._starts // self.stride)
        self._first = np.concatenate([[0], np.cumsum(self._parts)])
        every_part = np.arange(self._first[-1])
        self._chosen = every_part if least_counted <= 0 else every_part[self._counting(every_part) >= least_counted]
        if not len(self._chosen):
            raise VisavisError(
                f"in none of {len(every_part)} windows of {len(clips)} clips {least_counted:.0%} of the frames count; "
                "bring recordings in which people speak more, or ask for less"
            )

    def __len__(self) -> int:
        return len(self._chosen)

    def _counting(self, parts: np.ndarray) -> np.ndarray:
        """For each part the share of frames that count, over all windows that start in it."""
        shares = np.ones(len(parts))
        which, begin, end = self._bounds(parts)
        for index, (r, first, stop) in enumerate(zip(which, begin, end, strict=True)):
            counted = self._recordings[r].counted
            if counted is not None:
                shares[index] = counted[first : stop - 1 + self.frames].mean()
        return shares

    def order(self, seed: int, epoch: int) -> np.ndarray:
        """A random order of all windows (len,) int64 for one epoch."""
        return np.random.default_rng([seed, epoch, 0]).permutation(len(self))

    def load(self, indices: Sequence[int] | np.ndarray, epoch: int = 0, seed: int = 0) -> Batch:
        """The windows of these numbers, as they lie in this epoch; the same arguments give the same batch."""
        chosen = np.asarray(indices, dtype=np.int64)
        if chosen.ndim != 1 or len(chosen) == 0 or chosen.min() < 0 or chosen.max() >= len(self):
            raise VisavisError(f"window numbers lie in 0 to {len(self) - 1}; {indices} was asked for")
        rows, samples = len(chosen), samples_in(self.frames)
        user_speech, agent_speech = np.empty((2, rows, samples), dtype=np.float32)
        user_motion, agent_motion = np.zeros((2, rows, self.frames, self.space.width), dtype=np.float32)
        user_seen = np.zeros(rows, dtype=bool)
        user_known, agent_known = np.ones((2, rows, self.space.width), dtype=bool)
        counted, user_counted = np.ones((2, rows, self.frames), dtype=bool)
        labels, user_labels, expected = [], [], []
        masks, places = [], []
        for row, (recording, start) in enumerate(self._places(chosen, epoch, seed)):
            stop = start + self.frames
            agent, user = recording.agent, recording.user
            agent_speech[row] = agent.speech(samples_in(start), samples)
            user_speech[row] = user.speech(samples_in(start), samples)
            assert agent.motion is not None
            agent_motion[row] = agent.motion.values[start:stop]
            agent_known[row] = recording.agent_known
            if recording.counted is not None:
                counted[row] = recording.counted[start:stop]
            if recording.labels is not None:
                labels.append(recording.labels[start:stop])
            if recording.user_labels is not None:
                user_labels.append(recording.user_labels[start:stop])
            if recording.expected is not None:
                expected.append(recording.expected[start:stop])
            if recording.signals is not None:
                masks.append(recording.signals.masks[start:stop])
                places.append(recording.signals.places[start:stop])
            if user.motion is not None:
                user_motion[row] = user.motion.values[start:stop]
                user_known[row] = recording.user_known
                user_seen[row] = True
            if recording.user_counted is not None:
                user_counted[row] = recording.user_counted[start:stop]
        user_limits, agent_limits, frame_limits, user_frame_limits = (
            None if every.all() else torch.from_numpy(every)
            for every in (user_known, agent_known, counted, user_counted)
        )
        return Batch(
            user_speech=torch.from_numpy(user_speech),
            agent_speech=torch.from_numpy(agent_speech),
            user_motion=torch.from_numpy(user_motion),
            agent_motion=torch.from_numpy(agent_motion),
            user_seen=torch.from_numpy(user_seen),
            user_known=user_limits,
            agent_known=agent_limits,
            agent_counted=frame_limits,
            agent_labels=torch.from_numpy(np.stack(labels).astype(np.int64)) if labels else None,
            agent_expected=torch.from_numpy(np.stack(expected).astype(np.float32)) if expected else None,
            user_counted=user_frame_limits,
            masks=torch.from_numpy(np.stack(masks).astype(np.float32)) if masks else None,
            places=torch.from_numpy(np.stack(places).astype(np.float32)) if places else None,
            user_labels=torch.from_numpy(np.stack(user_labels).astype(np.int64)) if user_labels else None,
        )

    def _bounds(self, parts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The recording of each part, and the first start in it and the first after it."""
        which = np.searchsorted(self._first, parts, side="right") - 1
        part, count, starts = parts - self._first[which], self._parts[which], self._starts[which]
        return which, part * starts // count, (part + 1) * starts // count

    def _places(self, chosen: np.ndarray, epoch: int, seed: int) -> list[tuple[_Recording, int]]:
        which, begin, end = self._bounds(self._chosen[chosen])
        shift = np.random.default_rng([seed, epoch, 1]).random(len(self._recordings))[which]
        first_frames = begin + np.floor(shift * (end - begin)).astype(np.int64)
        return [(self._recordings[r], int(f)) for r, f in zip(which, first_frames, strict=True)]


def statistics(clips: Sequence[Clip], space: MotionSpace) -> Statistics:
    """Mean and standard deviation of each channel over all frames that count, of all who know it.

    Raises `VisavisError` when no clip has motion, or a file is damaged or holds motion of another space.
    """
    sides = (side for clip in clips for side in clip.sides)
    return statistics_of((read_side_motion(side, space) for side in sides), space, len(clips))


def statistics_of(motions: Iterable[Motion | None], space: MotionSpace, clips: int) -> Statistics:
    """Mean and standard deviation of each channel over all frames of motions that know it, of so many clips.

    Raises `VisavisError` when there is no motion.
    """
    count, total, squares = np.zeros((3, space.width))
    for motion in motions:
        if motion is not None:
            told = slice(None) if motion.counted is None else motion.counted
            values, known = motion.values[told].astype(np.float64), _known(motion, space)
            count += len(values) * known
            total += values.sum(axis=0) * known
            squares += np.square(values).sum(axis=0) * known
    if not count.any():
        raise VisavisError(f"none of {clips} clips has motion; statistics need at least one NAME_speaker1.npz")
    mean = total / np.maximum(count, 1)
    std = np.sqrt(np.maximum(squares / np.maximum(count, 1) - np.square(mean), 0))
    return Statistics(mean.astype(np.float32), np.maximum(std, STD_FLOOR).astype(np.float32), count > 0)


def _recordings(
    clip: Clip,
    space: MotionSpace,
    focus: Focus | None,
    labels: Labeller | None,
    expectation: Expectation | None,
    signaller: Signaller | None,
) -> list[_Recording]:
    voices = {side.number: _voice(clip, side, space) for side in clip.sides}
    frames = min(voice.frames for voice in voices.values())
    said = None if labels is None else labels(clip, frames)
    told = None if signaller is None else signaller(clip, frames)
    made = []
    for number, agent in voices.items():
        if agent.motion is None:
            continue
        user = voices[3 - number]
        user_known, agent_known = (_known(voice.motion, space) for voice in (user, agent))
        counted = _counted(agent.motion, frames)
        if focus is not None:
            agent_known = agent_known & np.isin(space.channels, sorted(focus.channels))
            spoken = focus.when(agent.speech(0, samples_in(frames)))
            counted = spoken if counted is None else spoken & counted
        own, their = (None, None) if said is None else (said[number - 1], said[2 - number])
        expected = None if expectation is None else expectation(clip, number)
        frames_told = frames if expected is None else min(frames, len(expected))
        others = _counted(user.motion, frames)
        signals = None if told is None else told.seen_by(number)
        made.append(
            _Recording(
                agent, user, frames_told, user_known, agent_known, counted, own, expected, others, signals, their
            )
        )
    return made


def _counted(motion: Motion | None, frames: int) -> np.ndarray | None:
    """In which of a recording's frames (T,) bool somebody's motion means something; None: in all."""
    return None if motion is None or motion.counted is None else motion.counted[:frames]


def _known(motion: Motion | None, space: MotionSpace) -> np.ndarray:
    """Which channels (D,) bool of somebody's motion are known."""
    if motion is None or motion.known is None:
        return np.full(space.width, motion is not None)
    return np.isin(space.channels, sorted(motion.known))


def _voice(clip: Clip, side: Side, space: MotionSpace) -> _Voice:
    if side.sound is None:
        raise VisavisError(f"{clip.folder}: {clip.name}_speaker{side.number}.wav is missing; windows need both voices")
    held = None if sound_rate(side.sound) == SAMPLE_RATE else read_sound(side.sound)
    return _Voice(side.sound, held, read_side_motion(side, space))
