"""Two people from their voices, both moved: each side is drawn by the same model, which is shown what the other did.

A step is drawn twice from the state before it: first with the other's motion known up to this step only, then with
what the first attempt says of the other now, which is in time as in any recording; the second attempt stays. A model
that sees others only up to the step before needs no second. Voices are heard once, for both attempts, and, where the
model hears both in the same way, for both people.

Shapes: B = 2 rows, the agent as asked and the user in the agent's place; T frames, D motion channels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from visavis.core.contract import InputSpec, Interface
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.steps import Chunk, StepInput, StepMotion
from visavis.core.threads import threads_for
from visavis.system.generate import OfflineSystem, Progress, cut_motion, generate_batch, padded_input
from visavis.system.padding import PaddedInput
from visavis.system.request import Request
from visavis.system.state import SystemState

_ANOTHER_SEED = 715_827_883
"""Far enough from any seed that the noise of both people differs in every step."""


class ConversingSystem(OfflineSystem, Protocol):
    """What two people who are drawn by turns need of a system: the two halves of its step, one by one."""

    @property
    def products(self) -> int:
        """About how many products of numbers a step of one conversation takes."""
        ...

    def hear(self, chunk: Chunk, state: SystemState) -> tuple[list[StepInput], SystemState]:
        """What steps are given that a chunk makes possible, and the state in which they are to be drawn."""
        ...

    def draw(self, given: Sequence[StepInput], state: SystemState) -> tuple[StepMotion, SystemState]:
        """The frames of the steps that are given this, and the state after them."""
        ...


@dataclass(frozen=True, eq=False)
class MotionPair:
    """The motion of both people of a conversation, of one length."""

    agent: Motion
    user: Motion


def converse(
    system: ConversingSystem,
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


def _both(system: ConversingSystem, sides: list[Request], progress: Progress | None) -> MotionPair:
    interface, frames = system.interface, sides[0].frames
    alike = _hears_alike(interface)
    heard = sides[:1] if alike else sides
    given = {one.name: padded_input(system, one, heard, [frames] * len(heard)) for one in interface.inputs}
    ears, state = system.init_state(len(heard)), system.init_state(2)
    state = replace(state, seeds=torch.tensor([side.seed for side in sides], device=state.seeds.device))
    steps: list[StepMotion] = []
    count = -(-frames // interface.hop)
    drawn = torch.zeros(2, count * interface.hop, system.space.width, device=state.seeds.device)
    for number in range(count):
        start, stop = number * interface.hop, (number + 1) * interface.hop
        with torch.inference_mode(), threads_for(2 * system.products):
            (told,), ears = system.hear(_chunk(interface, number, given, drawn[: len(heard)]), ears)
            told = _mirrored(interface, told) if alike else told
            new, after = system.draw([_shown(interface, number, told, drawn[:, :start])], state)
            if _sees(interface):
                drawn[:, start:stop] = new.sample[:, 0]
                new, after = system.draw([_shown(interface, number, told, drawn[:, :stop])], state)
        state = after
        drawn[:, start:stop] = new.sample[:, 0]
        steps.append(new)
        if progress is not None:
            progress(min(stop, frames), frames)
    return MotionPair(*(cut_motion(system, steps, row, side, frames).sample for row, side in enumerate(sides)))


def _hears_alike(interface: Interface) -> bool:
    """Whether a voice is heard at the same time and in the same way, whichever of the two people it is of."""
    heard = interface.of_kind("speech")
    return len(heard) == 2 and len({(one.ahead, interface.span(one)) for one in heard}) == 1


def _mirrored(interface: Interface, given: StepInput) -> StepInput:
    """What the agent (B = 1) is given, and below it what the user is, to whom both voices are the other way round."""
    first, second = (one.name for one in interface.of_kind("speech"))
    other = {first: second, second: first}

    def both(values: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return {name: torch.cat([value, values[other.get(name, name)]]) for name, value in values.items()}

    return StepInput(both(given.values), both(given.known), given.guidance)


def _shown(interface: Interface, number: int, given: StepInput, drawn: Tensor) -> StepInput:
    """What step `number` is given, and of each person's partner the motion that is drawn (B, T, D)."""
    values, known = dict(given.values), dict(given.known)
    for one in interface.inputs:
        if _of_others(interface, one):
            stop, span = (number + 1) * interface.hop + one.ahead, interface.span(one)
            first, last = (min(max(place, 0), drawn.shape[1]) for place in (stop - span, stop))
            lead = min(max(span - stop, 0), span)
            after = (lead, span - lead - (last - first))
            values[one.name] = torch.nn.functional.pad(drawn[:, first:last].flip(0), (0, 0, *after))
            known[one.name] = torch.nn.functional.pad(torch.ones_like(drawn[:, first:last, 0], dtype=torch.bool), after)
    return StepInput(values, known, given.guidance)


def _sees(interface: Interface) -> bool:
    """Whether others' motion in the frames of a step reaches it."""
    return any(one.ahead > -interface.hop for one in interface.inputs if _of_others(interface, one))


def _of_others(interface: Interface, one: InputSpec) -> bool:
    return one.kind == "motion" and not interface.is_own(one)


def _chunk(interface: Interface, number: int, given: Mapping[str, PaddedInput | None], like: Tensor) -> Chunk:
    """What makes step `number` possible and no more; others' motion (B, T, D), such as `like`, is told later."""
    values, known = {}, {}
    for one in interface.inputs:
        start = max(0, number * interface.hop + one.ahead) if number else 0
        stop = max(0, (number + 1) * interface.hop + one.ahead)
        value = given[one.name]
        values[one.name] = None if value is None else value.between(start, stop)
        if _of_others(interface, one):
            values[one.name] = like.new_zeros(len(like), stop - start, like.shape[-1])
            known[one.name] = torch.zeros(len(like), stop - start, dtype=torch.bool, device=like.device)
    return Chunk(values, known=known)
