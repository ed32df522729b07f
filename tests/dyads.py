"""Inputs of models that hear a user and an agent and see the user."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from visavis.core.steps import Chunk, StepInput


def step_input(
    user_speech: Tensor, agent_speech: Tensor, user_motion: Tensor, heard: Tensor, seen: Tensor
) -> StepInput:
    values = {"user_speech": user_speech, "agent_speech": agent_speech, "user_motion": user_motion}
    return StepInput(values, {"user_speech": heard, "agent_speech": heard.new_ones(heard.shape), "user_motion": seen})


def each(function: Callable[..., Tensor], *inputs: StepInput) -> StepInput:
    """What a function makes of each tensor of some inputs."""
    first = inputs[0]
    return StepInput(
        {name: function(*(one.values[name] for one in inputs)) for name in first.values},
        {name: function(*(one.known[name] for one in inputs)) for name in first.known},
    )


def changed(given: Chunk, known: dict[str, Tensor] | None = None, **values: Tensor) -> Chunk:
    """A chunk with other values, or with other frames known."""
    return Chunk({**given.values, **values}, known=given.known if known is None else known)
