"""What a person's eyes do with fixations: motion whose eyes rest and jump, and a face that shows it.

Shapes: B conversations, P = 2 people, T frames, D motion channels.
"""

from __future__ import annotations

import torch
from torch import Tensor

from visavis.core.errors import VisavisError
from visavis.core.look_weights import look_weights
from visavis.core.spaces import MotionSpace
from visavis.models.talking_together.additions import TogetherAdditions
from visavis.models.talking_together.fixations import Aims, Fixation, rested
from visavis.models.talking_together.geometry import looked_along, quaternion_of
from visavis.models.talking_together.room import Room, with_channels

_SIDES = {"Left": -1.0, "Right": 1.0}
"""The eyes in a space's order, and the sign of a yaw that turns each to the other."""


class RestingEyes:
    """Eyes of two people in one room that rest until they would look `rest` [rad] elsewhere, as far past the partner as
    `aims` say (0: eyes move as drawn), however the network is told of them.

    Raises `VisavisError` for a space without eyes and places.
    """

    def __init__(self, space: MotionSpace, rest: float, aims: Aims) -> None:
        self.room = Room(space, TogetherAdditions(partner_gaze=True))
        if rest and not self.room.aimed:
            raise VisavisError(
                f"eyes cannot rest ({rest:g} rad) in motion space {space.name}, which does not turn eyes and say where "
                "people are; train in colocated_arkit, or set drawing.rest to 0"
            )
        self.space, self.rest, self.aims = space, rest, aims

    def step(self, motion: Tensor, last: Fixation, count: int) -> tuple[Tensor, Fixation]:
        """The first `count` frames of motion (B, P, T, D) in the room with eyes that rest and jump, and look weights
        that show it, on from the `last` fixation; and the one at their end. Where eyes go, frames beyond tell, too."""
        if not self.rest:
            return motion[:, :, :count], last
        told = self._told(motion)
        drawn = self.room.looks(told)
        looks, fixation = rested(drawn, last, self.rest, self.aims, count)
        turned = self.room.looking_on(told[:, :, :count], looks - drawn[:, :, :count])
        moved = self.room.outwards(turned, _nowhere(turned, self.room))
        return with_channels(moved, self._shown(moved)), fixation

    def past(self, motion: Tensor) -> Tensor:
        """How far down and aside (B, P, T, 2) [rad] two people look past one another, of motion (B, P, T, D) in the
        room."""
        return self.room.looks(self._told(motion))

    def _told(self, motion: Tensor) -> Tensor:
        """Motion with eyes that are told as how far they look past the partner's."""
        return self.room.inwards(motion, _nowhere(motion, self.room))

    def _shown(self, motion: Tensor) -> dict[tuple[int, ...], Tensor]:
        """The look weights of motion in the room, by their channels."""
        shown = {}
        for (side, inwards), eye in zip(_SIDES.items(), self.space.rotations_in("gaze"), strict=True):
            x, y, z = looked_along([quaternion_of(motion, eye)]).unbind(-1)
            down = torch.atan2(-y, torch.hypot(x, z))
            for name, weight in look_weights(side, inwards * torch.atan2(x, z), down).items():
                if name in self.space.channels:
                    channels = tuple(int(channel) for channel in self.space.indices(name))
                    shown[channels] = weight.clamp_max(1.0)[..., None]
        return shown


def _nowhere(motion: Tensor, room: Room) -> Tensor:
    """Places (B, T, P, 3) from which people are not displaced."""
    return torch.zeros_like(motion[..., room.translation]).transpose(1, 2)
