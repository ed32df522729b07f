"""How past turns reach the turn that is drawn: recomputed, or through keys and values that were kept.

Shapes: B conversations, L lanes, R = B L rows, P turns, N tokens a turn, n tokens a stream, H turns of history,
Z width of z.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from visavis.core.errors import VisavisError
from visavis.models.timar.model import Embedded, Past, Timar
from visavis.models.timar.tokens import TurnInputs

Memory = TurnInputs | Past
"""The inputs of past turns, or what each lane keeps of them, with axes (B, L, ...) in front."""
HistoryForm = Literal["exact", "cached"]


@dataclass(frozen=True)
class Context:
    """z (B, n, Z) of the turn's agent-motion tokens, what the voice says of their mean (B, n, K D), and what the
    trunk has kept up to this turn in each lane."""

    z: Tensor
    voice: Tensor
    kept: Past


class History(ABC):
    """Gives the trunk's view of a turn after past ones. `turns` counts turns at most that reach it."""

    def __init__(self, model: Timar, turns: int) -> None:
        self.model = model
        self.turns = turns

    @abstractmethod
    def init_memory(self, batch: int) -> Memory:
        """The memory before the first turn."""

    @abstractmethod
    def encode_context(self, turn: TurnInputs, steps: Tensor, memory: Memory) -> Context:
        """The view of one turn (P = 1), after `steps` (B,) turns."""

    @abstractmethod
    def remember(self, turn: TurnInputs, steps: Tensor, memory: Memory, context: Context | None) -> Memory:
        """The memory after a turn as the future shall see it; `context` is its view if it was already had."""


class Recomputed(History):
    """Keeps the inputs of the last turns and goes through all of them anew each turn."""

    def init_memory(self, batch: int) -> TurnInputs:
        """See `History.init_memory`."""
        model = self.model
        mean, config = model.motion_mean, model.config
        speech = mean.new_zeros(batch, self.turns, config.frames_per_turn, model.features)
        motion = mean.new_zeros(batch, self.turns, config.frames_per_turn, model.channels)
        no = torch.zeros(batch, self.turns, model.tokens.stream, dtype=torch.bool, device=mean.device)
        return TurnInputs(speech, motion, speech, motion, no, no, no)

    def encode_context(self, turn: TurnInputs, steps: Tensor, memory: Memory) -> Context:
        """See `History.encode_context`."""
        assert isinstance(memory, TurnInputs)
        model, places = self.model, self.turns + 1
        place = torch.arange(places, device=steps.device)[None]
        empty = self.turns - steps.clamp(max=self.turns)[:, None]
        seen = (place >= empty)[:, None] | torch.eye(places, dtype=torch.bool, device=place.device)
        mask, causal = model.per_token(model.per_token(seen, 1), 2), model.mask(places)
        mask = (mask if causal is None else mask & causal)[:, None]
        embedded = model.embed(memory.followed_by(turn))
        z, kept = model.trunk(embedded, mask, places=(place - empty).clamp_min(0))
        return Context(model.own(z)[:, -1], embedded.voice[:, -1], kept)

    def remember(self, turn: TurnInputs, steps: Tensor, memory: Memory, context: Context | None) -> TurnInputs:
        """See `History.remember`."""
        del steps, context
        assert isinstance(memory, TurnInputs)
        return memory.followed_by(turn).last(self.turns)


class Cached(History):
    """Keeps keys and values; a turn costs one turn's work.

    Where each layer looks back over its own turns, one lane is exact for ever. A model that sees a whole window
    has `stagger` lanes, which start that far apart and begin anew when the window is full, so that every turn
    stands at a place that it had in training. Each turn goes through all lanes and is drawn from the longest one:
    exactly as by recomputation while the window has not slid, and afterwards exactly as with between
    W - W / stagger and W - 1 turns of history.
    """

    def __init__(self, model: Timar, stagger: int = 2) -> None:
        config = model.config
        super().__init__(model, config.additions.turns_per_layer or config.window_turns - 1)
        self.starts = (
            ()
            if config.additions.turns_per_layer
            else tuple(i * config.window_turns // stagger for i in range(stagger))
        )
        self.lanes = max(1, len(self.starts))

    def init_memory(self, batch: int) -> Past:
        """See `History.init_memory`."""
        return self.model.no_past(batch * self.lanes, self.turns).by_conversation(self.lanes)

    def encode_context(self, turn: TurnInputs, steps: Tensor, memory: Memory) -> Context:
        """See `History.encode_context`."""
        assert isinstance(memory, Past)
        model = self.model
        held = self._held(steps)
        slot = torch.arange(self.turns + 1, device=steps.device)
        seen = model.per_token(slot >= self.turns - held.flatten()[:, None], 1)
        embedded = model.embed(turn)
        z, kept = model.trunk(
            self._for_lanes(embedded),
            seen[:, None, None],
            places=held.flatten()[:, None],
            past=memory.rows(),
            times=model.times(self.turns + 1),
        )
        rows = torch.arange(steps.shape[0], device=steps.device)
        own = model.own(z)[:, 0].unflatten(0, (-1, self.lanes))
        return Context(own[rows, self._longest(steps)], embedded.voice[:, 0], kept)

    def remember(self, turn: TurnInputs, steps: Tensor, memory: Memory, context: Context | None) -> Past:
        """See `History.remember`."""
        assert isinstance(memory, Past)
        kept = self.encode_context(turn, steps, memory).kept if context is None else context.kept
        return kept.last(self.turns).by_conversation(self.lanes)

    def _held(self, steps: Tensor) -> Tensor:
        """How many turns each lane (B, L) holds for the turn after `steps` (B,) turns."""
        if not self.starts:
            return steps[:, None]
        starts = torch.tensor(self.starts, device=steps.device)
        return (steps[:, None] - starts) % self.model.config.window_turns

    def _longest(self, steps: Tensor) -> Tensor:
        """The lane (B,) that holds most of what has been drawn."""
        held = self._held(steps)
        return torch.where(held <= steps[:, None], held, -1).argmax(dim=1)

    def _for_lanes(self, embedded: Embedded) -> Embedded:
        def each(tensor: Tensor) -> Tensor:
            return tensor if tensor.shape[0] == 1 else tensor.repeat_interleave(self.lanes, 0)

        tokens = embedded.tokens.repeat_interleave(self.lanes, 0)
        masked = embedded.masked.repeat_interleave(self.lanes, 0)
        return Embedded(tokens, masked, each(embedded.blank), embedded.voice)


def make_history(model: Timar, slid: HistoryForm, turns: int | None) -> History:
    """The trained history of a model (`turns` None), or the last `turns` turns recomputed.

    Raises `VisavisError` where a cache cannot be: what a turn sees must not depend on later turns.
    """
    config = model.config
    if turns is None and config.causal and (config.additions.turns_per_layer or slid == "cached"):
        return Cached(model)
    if turns is None and slid == "cached":
        raise VisavisError("a bidirectional model's past changes with every turn; set drawing.history to 'exact'")
    return Recomputed(model, config.history_turns if turns is None else turns)
