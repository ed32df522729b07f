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
from visavis.core.motion import Motion
from visavis.core.steps import Chunk
from visavis.data.shipped import shipped_conversation
from visavis.system.request import Request, Value
from visavis.system.state import SystemState
from visavis.system.system import System


@dataclass(frozen=True)
class Step:
    """One step: how long it took [ms], and the motion (B, T, D) of the first person it moves."""

    ms: float
    motion: Tensor


def stream(system: System, steps: int, rows: int = 1) -> Iterator[Step]:
    """So many steps of `rows` conversations at once, each with the same input: the shipped one, over and over.

    What a model looks ahead comes before the first of them, so that each draws.
    """
    frames = system.frames_per_step
    ahead = max(0, *(one.ahead for one in system.interface.inputs))
    state: SystemState = system.init_state(rows)
    talk = looped(system, frames)
    for step in range(-(-ahead // frames) + steps):
        given = next(talk)
        chunk = Chunk(
            {
                name: value.expand(rows, *[-1] * (value.dim() - 1)).to(system.device)
                for name, value in given.values.items()
            }
        )
        settle(system.device)
        start = time.perf_counter()
        drawn, state = system.step(chunk, state)
        settle(system.device)
        if step * frames >= ahead:
            yield Step(1000 * (time.perf_counter() - start), drawn.sample[:, 0])


def looped(system: System, frames: int) -> Iterator[Chunk]:
    """The shipped conversation without end, so many frames at a time; a user whose motion is not known is at rest."""
    talk = shipped_conversation(system.space)
    length = frames_in(len(talk.user_speech))
    rest = Motion(np.tile(system.mean_face, (length, 1)), system.space)
    motion = rest if talk.user_motion is None else talk.user_motion.cut(0, length)
    request = Request.dyad(talk.user_speech, talk.agent_speech, motion, seed=0)
    by_frame = {
        one.name: _by_frame(value, length)
        for one in system.interface.inputs
        if (value := request.value(one.name)) is not None
    }
    for start in itertools.count(0, frames):
        at = torch.arange(start, start + frames) % length
        yield Chunk(
            {
                one.name: by_frame[one.name][at].flatten(0, 1)[None]
                if one.kind == "speech"
                else by_frame[one.name][at][None]
                for one in system.interface.inputs
                if one.name in by_frame
            }
        )


def _by_frame(value: Value, length: int) -> Tensor:
    """An input frame by frame: sound (T, 640), or numbers (T, width)."""
    if isinstance(value, Motion):
        return torch.from_numpy(value.values[:length])
    by_frame = torch.from_numpy(
        np.array(value[: samples_in(length)] if value.ndim == 1 else value[:length], np.float32)
    )
    return by_frame.unflatten(0, (length, -1)) if value.ndim == 1 else by_frame


def settle(device: torch.device) -> None:
    """Wait until everything that was asked of an accelerator is done."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
