"""Whole recordings through a system: the same steps as live, over a long input; the one way for everybody who asks.

Shapes: S sound samples at 16 kHz.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from visavis.core.clock import FPS, frames_in, samples_in
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.protocols import Chunk, Noise

if TYPE_CHECKING:
    from visavis.system.system import System

Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Request:
    """One recording to be made: both voices (S,) at 16 kHz, the user's motion if seen, the seed of the draw.

    mean: whether the predicted mean is wanted, too.
    """

    user_speech: np.ndarray
    agent_speech: np.ndarray
    user_motion: Motion | None
    seed: int
    mean: bool = False

    @property
    def frames(self) -> int:
        """The common length."""
        lengths = [frames_in(len(self.user_speech)), frames_in(len(self.agent_speech))]
        return min(lengths if self.user_motion is None else [*lengths, len(self.user_motion)])


@dataclass(frozen=True)
class Generated:
    """The drawn motion, and the predicted mean where it is wanted and the model has one."""

    sample: Motion
    mean: Motion | None


def generate_batch(
    system: System,
    requests: Sequence[Request],
    noise: Noise | None = None,
    progress: Progress | None = None,
) -> list[Generated]:
    """Generates the agent's motion for recordings of any length side by side, each over its own common length.

    All requests see the user's motion, or none does. Each voice is made ready (`SpeechEncoder.prepared`) as the
    recording it is; only then it is padded with silence to whole turns of the longest, and what was drawn of that is
    cut off. `progress(done, frames)` is called after each step.
    Raises `VisavisError` for motion of another space or rate, NaN, or nothing to work on.
    """
    lengths = [_common_length(system, request) for request in requests]
    step, longest = system.frames_per_step, max(lengths)
    padded = -(-longest // step) * step
    given = _chunk(system, requests, lengths, padded)
    state = system.init_state(len(requests))
    state = replace(state, seeds=torch.tensor([request.seed for request in requests], device=state.seeds.device))
    samples: list[np.ndarray] = []
    means: list[np.ndarray] = []
    for start in range(0, padded, step):
        sound, frames = slice(samples_in(start), samples_in(start + step)), slice(start, start + step)
        seen = None if given.user_motion is None else given.user_motion[:, frames]
        new, state = system.step(Chunk(given.user_speech[:, sound], given.agent_speech[:, sound], seen), state, noise)
        samples.append(new.sample.cpu().numpy())
        if new.mean is not None:
            means.append(new.mean.cpu().numpy())
        if progress is not None:
            progress(min(start + step, longest), longest)
    drawn, mean = np.concatenate(samples, axis=1), np.concatenate(means, axis=1) if means else None
    return [
        Generated(
            Motion(drawn[row, :length], system.space).require_finite(f"what {system.config.name} drew"),
            Motion(mean[row, :length], system.space) if mean is not None and request.mean else None,
        )
        for row, (request, length) in enumerate(zip(requests, lengths, strict=True))
    ]


def _chunk(system: System, requests: Sequence[Request], lengths: Sequence[int], padded: int) -> Chunk:
    """All input of a batch, `padded` frames of each recording."""
    rows = list(zip(requests, lengths, strict=True))
    user = torch.stack([_prepared(system, request.user_speech, frames, padded) for request, frames in rows])
    agent = torch.stack([_prepared(system, request.agent_speech, frames, padded) for request, frames in rows])
    motions = [_held(one.user_motion, frames, padded) for one, frames in rows if one.user_motion is not None]
    return Chunk(user, agent, torch.stack(motions) if motions else None)


def _common_length(system: System, request: Request) -> int:
    motion = request.user_motion
    for name, sound in (("user speech", request.user_speech), ("agent speech", request.agent_speech)):
        if sound.ndim != 1:
            raise VisavisError(f"{name} must be mono, of shape (samples,); {sound.shape} was given")
        if not np.isfinite(sound).all():
            raise VisavisError(f"{name} holds NaN or infinite samples; repair or cut the recording")
    if motion is not None:
        if motion.space is not system.space:
            raise VisavisError(
                f"the model speaks {system.space.name}, the user's motion is in {motion.space.name}; "
                f"give motion in {system.space.name}, or none"
            )
        if motion.fps != FPS:
            raise VisavisError(f"user motion at {motion.fps} fps; resample it to {FPS} first")
        motion.require_finite("user motion")
    if request.frames == 0:
        raise VisavisError("there is not one common frame (40 ms) of both voices; give longer recordings")
    return request.frames


def _prepared(system: System, sound: np.ndarray, frames: int, padded: int) -> torch.Tensor:
    """The first `frames` frames of a voice made ready for the speech encoder, then silence up to `padded` frames."""
    cut = torch.from_numpy(np.array(sound[: samples_in(frames)], dtype=np.float32))
    return torch.nn.functional.pad(system.encoder.prepared(cut), (0, samples_in(padded - frames)))


def _held(motion: Motion, frames: int, padded: int) -> torch.Tensor:
    return torch.from_numpy(np.pad(motion.values[:frames], ((0, padded - frames), (0, 0)), mode="edge"))
