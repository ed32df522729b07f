"""A system whose frames tell what they were made of, and a clock that stands until it is moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from visavis.core.builtin_spaces import ARKIT61
from visavis.core.clock import samples_in
from visavis.core.contract import InputSpec, Interface
from visavis.core.steps import Chunk, StepMotion
from visavis.streaming.frames import Frames
from visavis.streaming.session import Session

TELLS = ("MouthSmileLeft", "MouthSmileRight", "BrowInnerUp", "CheekPuff", "NoseSneerLeft")
"""Channels that hold the mean of the user's speech, of the agent's, the user's CheekPuff, and heard and seen."""


@dataclass(frozen=True)
class EchoState:
    """`turns` (B,) and a random walk's place (B,), which makes frames depend on all turns before."""

    turns: Tensor
    place: Tensor
    seeds: Tensor


@dataclass(frozen=True)
class Echo:
    """Frames of arkit61 that hold the means of what was heard in them; `HeadYaw` walks at random from turn to turn."""

    hop: int = 5
    guidance: float = 1.0
    guidable: bool = True
    space = ARKIT61

    @property
    def interface(self) -> Interface:
        speech = InputSpec("user_speech", "speech"), InputSpec("agent_speech", "speech")
        return Interface((*speech, InputSpec("user_motion", "motion")), self.hop, 0)

    @property
    def mean_face(self) -> np.ndarray:
        return np.full(self.space.width, 0.1, dtype=np.float32)

    @property
    def fingerprint(self) -> str:
        return f"echo {self.hop} {self.guidance}"

    def init_state(self, batch: int, seed: int = 0) -> EchoState:
        return EchoState(torch.zeros(batch, dtype=torch.int64), torch.zeros(batch), torch.arange(batch) + seed)

    def with_options(
        self,
        *,
        context: int | None = None,  # noqa: ARG002
        steps: int | None = None,  # noqa: ARG002
        guidance: float | None = None,
        temperature: float | None = None,  # noqa: ARG002
        history: str | None = None,  # noqa: ARG002
    ) -> Echo:
        return self if guidance is None else replace(self, guidance=guidance)

    def step(self, chunk: Chunk, state: EchoState) -> tuple[StepMotion, EchoState]:
        rows, frames = len(state.turns), self.hop
        assert chunk["agent_speech"].shape == (rows, samples_in(frames))
        user, agent = (
            voice.unflatten(1, (frames, -1)).mean(-1) for voice in (chunk["user_speech"], chunk["agent_speech"])
        )
        cheek = chunk["user_motion"][..., self.space.channels.index("CheekPuff")]
        sample = torch.full((rows, frames, self.space.width), 0.1)
        told = (user, agent, cheek, chunk.known["user_speech"].float(), chunk.known["user_motion"].float())
        for name, value in zip(TELLS, told, strict=True):
            sample[..., self.space.channels.index(name)] = value
        guidance = self.guidance if chunk.guidance is None else chunk.guidance
        place = (0.9 * state.place + torch.sin(1.7 * state.turns + state.seeds)) * 0.1 * guidance
        sample[..., self.space.channels.index("HeadYaw")] = place[:, None] + agent
        return StepMotion(sample[:, None]), EchoState(state.turns + 1, place, state.seeds)


@dataclass
class Hand:
    """A clock moved by hand [s]."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def level(frames: int, start: int = 0) -> np.ndarray:
    """Sound (S,) whose frame k has the mean 0.01 + k / 1000."""
    return np.repeat(0.01 + np.arange(start, start + frames) / 1000, samples_in(1)).astype(np.float32)


def cheeks(frames: int, start: int = 0) -> np.ndarray:
    """Motion (T, D) whose CheekPuff in frame k is 0.01 + k / 1000."""
    motion = np.full((frames, ARKIT61.width), 0.1, dtype=np.float32)
    motion[:, ARKIT61.indices("CheekPuff")] = 0.01 + np.arange(start, start + frames)[:, None] / 1000
    return motion


def fed(session: Session, frames: int, start: int = 0) -> Frames:
    """What a session gives for complete input of some frames."""
    session.push(level(frames, start), level(frames, start), cheeks(frames, start))
    return session.pull()


def told(frames: Frames, name: str) -> np.ndarray:
    """One channel (T,)."""
    return frames.motion[name][:, 0]


def pieces(total: int, seed: int) -> Iterator[tuple[int, int]]:
    """Cuts of `total` at random: (start, stop)."""
    random, start = np.random.default_rng(seed), 0
    while start < total:
        stop = min(total, start + int(random.integers(1, total // 4)))
        yield start, stop
        start = stop
