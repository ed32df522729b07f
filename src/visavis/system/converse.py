"""Two people from their voices, both moved: each side is drawn by the same model, which is shown what the other did.

A step is drawn twice from the state before it: first with the other's motion known up to this step only, then with
what the first attempt says of the other now, which is in time as in any recording; the second attempt stays. A model
that sees others only up to the step before needs no second.

Shapes: B = 2 rows, the agent as asked and the user in the agent's place; T frames, D motion channels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from visavis.core.contract import InputSpec, Interface
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.steps import Chunk, StepMotion
from visavis.system.generate import (
    OfflineSystem,
    Progress,
    between,
    cut_motion,
    generate_batch,
    padded_input,
    padded_length,
)
from visavis.system.request import Request

_ANOTHER_SEED = 715_827_883
"""Far enough from any seed that the noise of both people differs in every step."""


@dataclass(frozen=True, eq=False)
class MotionPair:
    """The motion of both people of a conversation, of one length."""

    agent: Motion
    user: Motion


def converse(
    system: OfflineSystem,
    user_speech: np.ndarray,
    agent_speech: np.ndarray,
    seed: int = 0,
    progress: Progress | None = None,
) -> MotionPair:
    """The motion of both people from their voices (S,) at 16 kHz, over their common length.

    A model of two people moves both by itself, a model of one draws each of them; the agent's noise has the seed, the
    user's another that follows from it. `progress(done, frames)` is called after each step.
    Raises `VisavisError` for what the model cannot work with, and for models of more people.
    """
    people = len(system.interface.people)
    if people == 2:
        request = Request.pair(agent_speech, user_speech, seed)
        return MotionPair(*generate_batch(system, [request], progress=progress)[0].samples)
    if people > 2:
        raise VisavisError(f"{system.config.name} moves {people} people; a conversation has two, so use generate")
    agent = Request.dyad(user_speech, agent_speech, None, seed)
    user = Request.dyad(agent_speech, user_speech, None, seed + (_ANOTHER_SEED if seed <= 0 else -_ANOTHER_SEED))
    for request in (agent, user):
        request.require_usable(system.config.name, system.interface, system.space)
    return _both(system, [agent, user], progress)


def _both(system: OfflineSystem, sides: list[Request], progress: Progress | None) -> MotionPair:
    interface, frames = system.interface, sides[0].frames
    padded = padded_length(interface, frames)
    given = {one.name: padded_input(system, one, sides, [frames, frames], padded) for one in interface.inputs}
    state = system.init_state(2)
    state = replace(state, seeds=torch.tensor([side.seed for side in sides], device=state.seeds.device))
    steps: list[StepMotion] = []
    count = -(-frames // interface.hop)
    drawn = torch.zeros(2, count * interface.hop, system.space.width, device=state.seeds.device)
    for number in range(count):
        start, stop = number * interface.hop, (number + 1) * interface.hop
        new, after = system.step(_chunk(interface, number, given, drawn[:, :start]), state)
        if _sees(interface):
            drawn[:, start:stop] = new.sample[:, 0]
            new, after = system.step(_chunk(interface, number, given, drawn[:, :stop]), state)
        state = after
        drawn[:, start:stop] = new.sample[:, 0]
        steps.append(new)
        if progress is not None:
            progress(min(stop, frames), frames)
    return MotionPair(*(cut_motion(system, steps, row, side, frames).sample for row, side in enumerate(sides)))


def _sees(interface: Interface) -> bool:
    """Whether others' motion in the frames of a step reaches it."""
    return any(one.ahead > -interface.hop for one in interface.inputs if _of_others(interface, one))


def _of_others(interface: Interface, one: InputSpec) -> bool:
    return one.kind == "motion" and not interface.is_own(one)


def _chunk(interface: Interface, number: int, given: Mapping[str, Tensor | None], drawn: Tensor) -> Chunk:
    """What makes step `number` possible and no more; of each person's partner, what is drawn (B, T, D) is known."""
    values, known = {}, {}
    for one in interface.inputs:
        start = max(0, number * interface.hop + one.ahead) if number else 0
        stop = max(0, (number + 1) * interface.hop + one.ahead)
        values[one.name] = between(one, given[one.name], start, stop)
        if _of_others(interface, one):
            told = drawn[:, start:stop].flip(0)
            unknown = stop - start - told.shape[1]
            values[one.name] = torch.nn.functional.pad(told, (0, 0, 0, unknown))
            known[one.name] = torch.arange(stop - start, device=drawn.device).expand(2, -1) < told.shape[1]
    return Chunk(values, known=known)
