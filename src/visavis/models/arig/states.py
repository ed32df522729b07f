"""Which of seven states a conversation is in, seen by the agent (ARIG, conversation states understanding).

Who speaks is heard first, as silent or not; this tells four kinds of states apart. What kind of pause or of talking at
once it is, the context tells. The state before is asked with, so that a state can last.

Shapes: R rows (a frame of a conversation each), h frames heard, C width, N = 7 states.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from visavis.analysis.states import STATES, State
from visavis.layers.cross_attention import CrossAttention

SPEAKING: Mapping[State, tuple[bool, bool]] = {
    State.SPEAKING: (True, False),
    State.LISTENING: (False, True),
    State.RECEIVING_FEEDBACK: (True, True),
    State.GIVING_FEEDBACK: (True, True),
    State.BEING_INTERRUPTED: (True, True),
    State.PAUSING_TO_THINK: (False, False),
    State.WAITING: (False, False),
}
"""Whether the agent and the user speak in a state, by the paper's classes."""
NO_STATE = len(STATES)
"""The state before the first frame, or one that is not told."""


class VoiceActivity(nn.Module):
    """Whether somebody speaks in the last of h embedded frames of their voice (R, h, C) -> its logit (R,)."""

    def __init__(self, width: int, frames: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(frames * width, width), nn.GELU(), nn.Linear(width, 1))

    def forward(self, heard: Tensor) -> Tensor:
        """See the class."""
        logit: Tensor = self.layers(heard.flatten(1))[:, 0]
        return logit


class StateUnderstanding(nn.Module):
    """The state before asks who speaks now, and the context; what it is told is a feature of the state (R, C)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.state = nn.Embedding(len(STATES) + 1, width)
        self.agent_speaks = nn.Embedding(2, width)
        self.user_speaks = nn.Embedding(2, width)
        self.norm_state = nn.LayerNorm(width, eps=1e-6)
        self.norm_told = nn.LayerNorm(width, eps=1e-6)
        self.attn = CrossAttention(width, heads)
        self.classify = nn.Sequential(nn.LayerNorm(width, eps=1e-6), nn.Linear(width, len(STATES)))

    @property
    def biases(self) -> Tensor:
        """What is added to the logit of each state (N,)."""
        last = self.classify[-1]
        assert isinstance(last, nn.Linear)
        return last.bias

    def forward(self, before: Tensor, agent: Tensor, user: Tensor, context: Tensor) -> Tensor:
        """From the state before (R,), whether each speaks (R,) bool, and the context token (R, C)."""
        return self._answers(self.state(before)[:, None], agent, user, context)[:, 0]

    def following(self, agent: Tensor, user: Tensor, context: Tensor) -> Tensor:
        """The likeliest state (R, N + 1) after each of the states before, `NO_STATE` the last; see `forward`."""
        return self.after_each(agent, user, context).argmax(-1)

    def after_each(self, agent: Tensor, user: Tensor, context: Tensor) -> Tensor:
        """Logits of the states (R, N + 1, N) after each of the states before, `NO_STATE` the last; see `forward`."""
        every = self.state.weight.expand(context.shape[0], -1, -1)
        return self.logits(self._answers(every, agent, user, context))

    def _answers(self, asking: Tensor, agent: Tensor, user: Tensor, context: Tensor) -> Tensor:
        told = torch.stack([self.agent_speaks(agent.long()), self.user_speaks(user.long()), context], dim=1)
        answers: Tensor = asking + self.attn(self.norm_state(asking), self.norm_told(told))
        return answers

    def logits(self, feature: Tensor) -> Tensor:
        """A feature of the state (..., C) -> logits of the states (..., N)."""
        said: Tensor = self.classify(feature)
        return said


def one_after_another(following: Tensor) -> Tensor:
    """The states (B, T) that are told from the first frame on, by which state follows each in every frame
    (B, T, N + 1), `NO_STATE` the last."""
    said = [torch.full_like(following[:, 0, :1], NO_STATE)]
    for after in following.unbind(1):
        said.append(after.gather(1, said[-1]))
    return torch.cat(said[1:], dim=1)


def who_speaks(states: Tensor) -> Tensor:
    """Whether the agent and the user speak (..., 2) bool in known states (...)."""
    table = torch.tensor([SPEAKING[state] for state in State], device=states.device)
    return table[states]
