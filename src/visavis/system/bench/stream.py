"""A conversation that is streamed as fast as it goes, and how long each step takes.

Shapes: B conversations, S samples, T frames, D motion channels.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from visavis.core.clock import frames_in, samples_in
from visavis.core.protocols import Chunk
from visavis.data.shipped import shipped_conversation
from visavis.system.state import SystemState
from visavis.system.system import System


@dataclass(frozen=True)
class Step:
    """One step: how long it took [ms], and the motion (B, T, D) it gave."""

    ms: float
    motion: Tensor


@dataclass(frozen=True)
class Given:
    """What a step is given: voices (1, S) and the user's motion (1, T, D)."""

    user_speech: Tensor
    agent_speech: Tensor
    user_motion: Tensor


def stream(system: System, steps: int, rows: int = 1) -> Iterator[Step]:
    """So many steps of `rows` conversations at once, each with the same input: the shipped one, over and over."""
    frames = system.frames_per_step
    state: SystemState = system.init_state(rows)
    talk = looped(system, frames)
    for _ in range(steps):
        given = next(talk)
        chunk = Chunk(
            given.user_speech.expand(rows, -1).to(system.device),
            given.agent_speech.expand(rows, -1).to(system.device),
            given.user_motion.expand(rows, -1, -1).to(system.device),
        )
        settle(system.device)
        start = time.perf_counter()
        drawn, state = system.step(chunk, state)
        settle(system.device)
        yield Step(1000 * (time.perf_counter() - start), drawn.sample)


def looped(system: System, frames: int) -> Iterator[Given]:
    """The shipped conversation without end, so many frames at a time; a user whose motion is not known is at rest."""
    talk = shipped_conversation(system.space)
    length = frames_in(len(talk.user_speech))
    values = np.tile(system.mean_face, (length, 1)) if talk.user_motion is None else talk.user_motion.values[:length]
    speech = torch.from_numpy(np.stack([talk.user_speech, talk.agent_speech])[:, : samples_in(length)])
    by_frame, motion = speech.unflatten(1, (length, -1)), torch.from_numpy(values)
    for start in itertools.count(0, frames):
        at = torch.arange(start, start + frames) % length
        user, agent = by_frame[:, at].flatten(1)[:, None]
        yield Given(user, agent, motion[at][None])


def settle(device: torch.device) -> None:
    """Wait until everything that was asked of an accelerator is done."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
