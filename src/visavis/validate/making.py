"""Making what is scored: many recordings through a model, several at a time where the model can.

Shapes: B recordings, S sound samples at 16 kHz, T frames, D channels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np
import torch

from visavis.core.clock import frames_in, samples_in
from visavis.core.motion import Motion
from visavis.core.protocols import Chunk
from visavis.core.spaces import MotionSpace
from visavis.system.generate import Generated
from visavis.system.system import System

BATCH = 16
"""Recordings that a system makes side by side; each row has its own noise, so the number changes nothing."""


class Generator(Protocol):
    """What is evaluated: anything that turns a conversation into the agent's motion."""

    @property
    def space(self) -> MotionSpace:
        """The space of its motion."""
        ...

    @property
    def frames_per_step(self) -> int:
        """Frames that are drawn together: seams are looked for at their multiples."""
        ...

    @property
    def mean_face(self) -> np.ndarray | None:
        """The mean motion (D,) of its training data; None: that of the evaluated data stands in for it."""
        ...

    def generate(
        self, user_speech: np.ndarray, agent_speech: np.ndarray, user_motion: Motion | None = None, *, seed: int = 0
    ) -> Motion:
        """A draw of the agent's motion from both voices (S,) and the user's motion."""
        ...


@runtime_checkable
class PredictsMean(Protocol):
    """A generator that also knows the mean of what it would draw."""

    def mean_motion(
        self, user_speech: np.ndarray, agent_speech: np.ndarray, user_motion: Motion | None = None
    ) -> Motion:
        """The mean of all draws: what it would answer to be judged by squared error."""
        ...


@dataclass(frozen=True, eq=False)
class Request:
    """One recording to be made: both voices (S,), the user's motion if known, the seed, whether the mean is wanted."""

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


def make(system: Generator, requests: Sequence[Request]) -> list[Generated]:
    """The motion of every request, and the predicted mean where it is wanted and the model has one."""
    if isinstance(system, System):
        made: dict[int, Generated] = {}
        for seen in (True, False):
            order = [n for n, request in enumerate(requests) if (request.user_motion is not None) == seen]
            order.sort(key=lambda n: requests[n].frames)
            for start in range(0, len(order), BATCH):
                rows = order[start : start + BATCH]
                made.update(zip(rows, _together(system, [requests[n] for n in rows]), strict=True))
        return [made[n] for n in range(len(requests))]
    return [_alone(system, request) for request in requests]


def _alone(system: Generator, request: Request) -> Generated:
    given = (request.user_speech, request.agent_speech, request.user_motion)
    wanted = request.mean and isinstance(system, PredictsMean)
    return Generated(
        system.generate(*given, seed=request.seed),
        system.mean_motion(*given) if wanted and isinstance(system, PredictsMean) else None,
    )


def _together(system: System, requests: Sequence[Request]) -> list[Generated]:
    """One batch, step by step: shorter recordings are padded with silence and cut again."""
    step = system.frames_per_step
    padded = -(-max(request.frames for request in requests) // step) * step
    user = torch.stack([_sound(system, request.user_speech, request.frames, padded) for request in requests])
    agent = torch.stack([_sound(system, request.agent_speech, request.frames, padded) for request in requests])
    motions = [_held(request.user_motion, request.frames, padded) for request in requests if request.user_motion]
    seen = torch.stack(motions) if motions else None
    state = system.init_state(len(requests))
    state = replace(state, seeds=torch.tensor([request.seed for request in requests], device=state.seeds.device))
    samples: list[torch.Tensor] = []
    means: list[torch.Tensor] = []
    for start in range(0, padded, step):
        sound = slice(samples_in(start), samples_in(start + step))
        moved = None if seen is None else seen[:, start : start + step]
        new, state = system.step(Chunk(user[:, sound], agent[:, sound], moved), state)
        samples.append(new.sample.cpu())
        if new.mean is not None:
            means.append(new.mean.cpu())
    drawn, mean = torch.cat(samples, dim=1).numpy(), torch.cat(means, dim=1).numpy() if means else None
    return [
        Generated(
            Motion(drawn[row, : request.frames], system.space).require_finite(f"what {system.config.name} drew"),
            Motion(mean[row, : request.frames], system.space) if mean is not None and request.mean else None,
        )
        for row, request in enumerate(requests)
    ]


def _sound(system: System, speech: np.ndarray, frames: int, padded: int) -> torch.Tensor:
    """A voice as the system hears it alone, whole turns, then silence up to `padded` frames."""
    whole = -(-frames // system.frames_per_step) * system.frames_per_step
    cut = np.asarray(speech[: samples_in(frames)], dtype=np.float32)
    heard = system.encoder.prepared(torch.from_numpy(np.pad(cut, (0, samples_in(whole) - len(cut)))))
    return torch.nn.functional.pad(heard, (0, samples_in(padded - whole)))


def _held(motion: Motion, frames: int, padded: int) -> torch.Tensor:
    return torch.from_numpy(np.pad(motion.values[:frames], ((0, padded - frames), (0, 0)), mode="edge"))
