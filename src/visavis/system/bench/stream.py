"""A conversation that is streamed as fast as it goes, and how long each step takes.

Shapes: B conversations, S samples, T frames, D motion channels.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from visavis.core.clock import FPS, samples_in
from visavis.core.protocols import Chunk
from visavis.system.state import SystemState
from visavis.system.system import System

_SYLLABLES_S = 0.25
_LEVEL = 0.05
_UTTERANCE_S = 2.5


@dataclass(frozen=True)
class Step:
    """One step: how long it took [ms], and the motion (B, T, D) it gave."""

    ms: float
    motion: Tensor


def stream(system: System, steps: int, rows: int = 1) -> Iterator[Step]:
    """So many steps of `rows` conversations at once, each with the same input: two voices that take turns."""
    frames = system.frames_per_step
    state: SystemState = system.init_state(rows)
    motion = torch.from_numpy(system.mean_face).expand(rows, frames, -1).to(system.device)
    for number in range(steps):
        user, agent = (voice(number * frames, frames, first).expand(rows, -1) for first in (False, True))
        chunk = Chunk(user.to(system.device), agent.to(system.device), motion)
        settle(system.device)
        start = time.perf_counter()
        drawn, state = system.step(chunk, state)
        settle(system.device)
        yield Step(1000 * (time.perf_counter() - start), drawn.sample)


def voice(start: int, frames: int, first: bool) -> Tensor:
    """Sound (1, S) of some frames: noise in the rhythm of syllables, in utterances by turns with the other voice."""
    noise = torch.randn(1, samples_in(frames), generator=torch.Generator().manual_seed(2 * start + first))
    seconds = torch.arange(samples_in(start), samples_in(start + frames)) / samples_in(FPS)
    speaks = ((seconds / _UTTERANCE_S).floor() % 2 == 0) == first
    return _LEVEL * noise * speaks * (torch.pi * seconds / _SYLLABLES_S).sin().square()


def settle(device: torch.device) -> None:
    """Wait until everything that was asked of an accelerator is done."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
