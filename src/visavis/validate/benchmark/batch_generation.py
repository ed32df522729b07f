"""Making what is scored: many recordings through a model, several at a time where the model can.

Shapes: S sound samples at 16 kHz, T frames, D channels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np

from visavis.core.motion import Motion
from visavis.core.spaces import MotionSpace
from visavis.system.generate import Generated, Request, generate_batch
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


def make(system: Generator, requests: Sequence[Request]) -> list[Generated]:
    """The motion of every request, and the predicted mean where it is wanted and the model has one."""
    if isinstance(system, System):
        made: dict[int, Generated] = {}
        for seen in (True, False):
            order = [n for n, request in enumerate(requests) if (request.user_motion is not None) == seen]
            order.sort(key=lambda n: requests[n].frames)
            for start in range(0, len(order), BATCH):
                rows = order[start : start + BATCH]
                made.update(zip(rows, generate_batch(system, [requests[n] for n in rows]), strict=True))
        return [made[n] for n in range(len(requests))]
    return [_alone(system, request) for request in requests]


def _alone(system: Generator, request: Request) -> Generated:
    given = (request.user_speech, request.agent_speech, request.user_motion)
    wanted = request.mean and isinstance(system, PredictsMean)
    return Generated(
        system.generate(*given, seed=request.seed),
        system.mean_motion(*given) if wanted and isinstance(system, PredictsMean) else None,
    )
