"""Whole recordings through a system: the same steps as live, over a long input."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Generated:
    """The drawn motion, and the model's predicted mean where it has one."""

    sample: Motion
    mean: Motion | None


def whole(
    system: System,
    user_speech: np.ndarray,
    agent_speech: np.ndarray,
    user_motion: Motion | None,
    seed: int,
    noise: Noise | None,
    progress: Progress | None,
) -> Generated:
    """Motion over the common length of what is given; a last partial turn is padded with silence and trimmed.

    Speech is (S,) at 16 kHz. `progress(done, frames)` is called after each step.
    Raises `VisavisError` for motion of another space or rate, NaN, or nothing to work on.
    """
    frames = _common_length(system, user_speech, agent_speech, user_motion)
    step = system.frames_per_step
    padded = -(-frames // step) * step
    user, agent = (
        _padded(system.encoder.prepared(_tensor(sound[: samples_in(frames)])), samples_in(padded))
        for sound in (user_speech, agent_speech)
    )
    motion = None if user_motion is None else torch.from_numpy(_held(user_motion.values[:frames], padded))
    state = system.init_state(1, seed)
    samples: list[np.ndarray] = []
    means: list[np.ndarray] = []
    for start in range(0, padded, step):
        sound = slice(samples_in(start), samples_in(start + step))
        seen = None if motion is None else motion[None, start : start + step]
        new, state = system.step(Chunk(user[None, sound], agent[None, sound], seen), state, noise)
        samples.append(new.sample[0].cpu().numpy())
        if new.mean is not None:
            means.append(new.mean[0].cpu().numpy())
        if progress is not None:
            progress(min(start + step, frames), frames)
    mean = Motion(np.concatenate(means)[:frames], system.space) if means else None
    drawn = Motion(np.concatenate(samples)[:frames], system.space)
    return Generated(drawn.require_finite(f"what {system.config.name} drew"), mean)


def _common_length(system: System, user: np.ndarray, agent: np.ndarray, motion: Motion | None) -> int:
    for name, sound in (("user speech", user), ("agent speech", agent)):
        if sound.ndim != 1:
            raise VisavisError(f"{name} must be mono, of shape (samples,); {sound.shape} was given")
        if not np.isfinite(sound).all():
            raise VisavisError(f"{name} holds NaN or infinite samples; repair or cut the recording")
    frames = min(frames_in(len(user)), frames_in(len(agent)))
    if motion is not None:
        if motion.space is not system.space:
            raise VisavisError(
                f"the model speaks {system.space.name}, the user's motion is in {motion.space.name}; "
                f"give motion in {system.space.name}, or none"
            )
        if motion.fps != FPS:
            raise VisavisError(f"user motion at {motion.fps} fps; resample it to {FPS} first")
        frames = min(frames, len(motion.require_finite("user motion")))
    if frames == 0:
        raise VisavisError("there is not one common frame (40 ms) of both voices; give longer recordings")
    return frames


def _tensor(sound: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.array(sound, dtype=np.float32))


def _padded(sound: torch.Tensor, samples: int) -> torch.Tensor:
    return torch.nn.functional.pad(sound, (0, samples - len(sound)))


def _held(motion: np.ndarray, frames: int) -> np.ndarray:
    return np.pad(motion, ((0, frames - len(motion)), (0, 0)), mode="edge")
