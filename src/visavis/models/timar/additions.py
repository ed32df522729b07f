"""What we add to the paper's TIMAR, each switched on by a recipe; the defaults are the paper's form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from visavis.core.bounds import OptionalDepth, OptionalSize, require_bounds
from visavis.core.errors import VisavisError


@dataclass(frozen=True)
class TimarAdditions:
    """positions: "window" = learned, counted from the oldest turn (paper); "turn" = learned within the turn, rotary in
    time across turns, so that a cache stays exact for ever.

    turns_per_layer: turns of history each layer looks back over (0 = the whole window; paper: 0).
    skip: a masked agent-motion token also receives a Linear of the agent-speech token of its frames;
    skip_user: and of the user's two tokens of these frames.
    mean_head: a small head on z that predicts the mean beside the generative head.
    hand_over: the trunk never sees own motion; the head is given the last own frame, its velocity and acceleration.
    speech_layers: layers of a network over each turn's speech frames before they are packed (0 = none, paper);
    the mean head then also gets each frame's own speech, past all packing.
    guide: a guide guesses each token from z, the mean and the hand-over; the head draws only what is left of it.
    """

    positions: Literal["window", "turn"] = "window"
    turns_per_layer: OptionalSize = 0
    skip: bool = False
    skip_user: bool = False
    mean_head: bool = False
    hand_over: bool = False
    speech_layers: OptionalDepth = 0
    guide: bool = False

    def __post_init__(self) -> None:
        require_bounds(self)
        if self.positions == "window" and self.turns_per_layer:
            raise VisavisError("turns_per_layer needs positions 'turn'; window positions see the whole window")
        if self.skip_user and not self.skip:
            raise VisavisError("skip_user widens the skip; it needs skip")
        if self.guide and not (self.hand_over and self.mean_head):
            raise VisavisError(
                "a guide goes from the last own frame towards the mean; it needs hand_over and mean_head"
            )
