"""What we add to the paper's ARIG, each switched on by a recipe; the defaults are the paper's form."""

from __future__ import annotations

from dataclasses import dataclass

from visavis.core.bounds import OptionalDepth, OptionalSize, require_bounds
from visavis.core.errors import VisavisError


@dataclass(frozen=True)
class ArigAdditions:
    """look_ahead: frames of the agent's voice beyond the one that is drawn: what an agent says is known before it is
    heard (paper: 0).

    own_motion: the model is told its own past motion (paper). At 25 frames a second the last frames tell the next one
    almost wholly, and what others say and do is no longer learned from; without it, the last stage of motion
    prediction goes on from what was intended in the frames before, by the voices alone.
    mean_head: a head that predicts the mean from z and the agent's newest sounds; the diffusion head draws only what is
    left of it, in units that z foretells.
    ask_user: the second stage of motion prediction asks the user's last behaviours, too; in the paper what users do
    reaches motion through the context token alone.
    told_noise: own past motion is told with noise on it, and how strong that is, so that no frame can be copied.
    mean_velocity: the head predicts the mean velocity of a flow, with which one step draws, see
    `sampling.mean_velocity`.
    noise_lags: over how many frames the noise that a draw starts from is correlated (0: independent, paper), see
    `layers.correlated_noise`.
    """

    look_ahead: OptionalSize = 0
    own_motion: bool = True
    ask_user: bool = False
    told_noise: bool = False
    mean_head: bool = False
    mean_velocity: bool = False
    noise_lags: OptionalDepth = 0

    def __post_init__(self) -> None:
        require_bounds(self)
        if self.told_noise and not self.own_motion:
            raise VisavisError("told_noise is on own past motion; set own_motion to true, or told_noise to false")
