"""Places and motion in a room, as the network takes them: displaced from where heads are at first.

In the room's frame (paper) a displacement is translation minus place. In the partner's frame (ours) everything, the
first rotation, the neck, included, is turned about the upright axis so that +z looks from the own place to the
partner's; how far up the partner is, which heads follow, is told as an angle.

Shapes: B conversations, P = 2 people, T frames, D motion channels.
"""

from __future__ import annotations

import torch
from torch import Tensor

from visavis.core.layout import Layout
from visavis.core.spaces import MotionSpace
from visavis.layers.rotation import about_y, inverse, multiply, to_axis_angle, to_quaternion, turned

_UP = 10.0
"""How many times a radian is told of the partner's elevation, which differs by about 0.1 from talk to talk."""


class Room:
    """What a motion space says of places: nothing, where it has no group `translation`; motion stays as it is there."""

    def __init__(self, space: MotionSpace, partner_frame: bool) -> None:
        self.partner_frame = partner_frame
        self.translation = list(space.groups.get("translation", ()))
        turning = (*space.rotations_in("neck"), *space.rotations_in("pose")) if self.translation else ()
        self.first = turning[0] if turning and turning[0].form == "axis-angle" and partner_frame else None
        """The rotation that turns a person in the room."""

    def told(self, places: Tensor) -> Tensor:
        """Places (B, T, P, 3) [m] of both -> those of oneself and the partner (B, P, T, 6), as each person sees them:
        in the room, or from the floor under oneself, where the first number, which would always be 0, is how far up the
        partner is [0.1 rad]."""
        own = places.transpose(1, 2)
        partner = own.flip(1)
        if self.partner_frame:
            level = own * own.new_tensor([1.0, 0.0, 1.0])
            back = inverse(about_y(headings(places)))
            own, partner = turned(back, own - level), turned(back, partner - level)
            up = torch.atan2(partner[..., 1] - own[..., 1], partner[..., 2])
            own = torch.cat([_UP * up[..., None], own[..., 1:]], dim=-1)
        return torch.cat([own, partner], dim=-1)

    def inwards(self, motion: Tensor, places: Tensor) -> Tensor:
        """Motion (B, P, T, D) in the room -> as the network takes it, before it is standardised."""
        if not self.translation:
            return motion
        displaced = motion[..., self.translation] - places.transpose(1, 2)
        if not self.partner_frame:
            return self._with(motion, displaced, None)
        back = inverse(about_y(headings(places)))
        neck = None
        if self.first is not None:
            local = multiply(back, to_quaternion(motion[..., list(self.first.channels)], self.first.form))
            neck = to_axis_angle(local, about_y(torch.zeros_like(local[..., 0])))
        return self._with(motion, turned(back, displaced), neck)

    def outwards(self, motion: Tensor, places: Tensor) -> Tensor:
        """The inverse of `inwards`. The neck's rotation vector changes smoothly while it is within half a turn of
        facing the partner, and so may be longer than pi."""
        if not self.translation:
            return motion
        displaced, neck = motion[..., self.translation], None
        if self.partner_frame:
            facing = about_y(headings(places))
            displaced = turned(facing, displaced)
            if self.first is not None:
                local = to_quaternion(motion[..., list(self.first.channels)], self.first.form)
                neck = to_axis_angle(multiply(facing, local), facing)
        return self._with(motion, displaced + places.transpose(1, 2), neck)

    def _with(self, motion: Tensor, translation: Tensor, neck: Tensor | None) -> Tensor:
        columns = list(motion.unbind(-1))
        for channel, column in zip(self.translation, translation.unbind(-1), strict=True):
            columns[channel] = column
        if neck is not None and self.first is not None:
            for channel, column in zip(self.first.channels, neck.unbind(-1), strict=True):
                columns[channel] = column
        return torch.stack(columns, dim=-1)


def headings(places: Tensor) -> Tensor:
    """The way from each person's place to the partner's, about y [rad]: places (B, T, P, 3) -> (B, P, T)."""
    away = places.flip(2) - places
    found: Tensor = torch.atan2(away[..., 0], away[..., 2]).transpose(1, 2)
    return found


def people_of(places: Tensor) -> Tensor:
    """Places (B, T, 6) as a model is given them -> (B, T, P, 3)."""
    people: Tensor = places.unflatten(-1, (2, 3))
    return people


def usual_places(like: Tensor) -> Tensor:
    """The places (P, 3) where nothing is said of them."""
    return torch.from_numpy(Layout.default().translations).to(like)
