"""Places and motion in a room, as the network takes them: displaced from where heads are at first.

In the room's frame (paper) a displacement is translation minus place. In the partner's frame (ours) everything, the
first rotation, the neck, included, is turned about the upright axis so that +z looks from the own place to the
partner's; how far up the partner is, which heads follow, is told as an angle. Eyes can be told as how far past the
partner's eyes they look (ours), wherever heads are: no turn at all is a look at the partner.

Shapes: B conversations, P = 2 people, T frames, D motion channels.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from visavis.core.layout import Layout
from visavis.core.spaces import MotionSpace
from visavis.layers.rotation import about_y, inverse, multiply, to_axis_angle, to_quaternion, turned
from visavis.models.talking_together.additions import TogetherAdditions
from visavis.models.talking_together.geometry import HeadGeometry, looked_along, quaternion_of

_UP = 10.0
"""How many times a radian is told of the partner's elevation, which differs by about 0.1 from talk to talk."""


class Room:
    """What a motion space says of places: nothing, where it has no group `translation`; motion stays as it is there."""

    def __init__(self, space: MotionSpace, additions: TogetherAdditions) -> None:
        self.partner_frame = additions.partner_frame
        self.translation = list(space.groups.get("translation", ()))
        self.geometry = HeadGeometry(space)
        turning = self.geometry.head if self.translation else ()
        self.first = turning[0] if turning and turning[0].form == "axis-angle" and self.partner_frame else None
        """The rotation that turns a person in the room."""
        aimed = additions.partner_gaze and bool(self.translation) and self.geometry.sees
        self.aimed = self.geometry.eyes if aimed else ()
        """Eyes that are told as how far they look past the partner's."""

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

    def inwards(self, motion: Tensor, places: Tensor, known: Tensor | None = None) -> Tensor:
        """Motion (B, P, T, D) in the room -> as the network takes it, before it is standardised. A partner of whom is
        not known where they are, `known` (B, P, D) bool, is looked for at their place."""
        if not self.translation:
            return motion
        moved, there = motion[..., self.translation], places.transpose(1, 2)
        displaced = moved - there
        found: dict[tuple[int, ...], Tensor] = {}
        if self.partner_frame:
            back = inverse(about_y(headings(places)))
            displaced = turned(back, displaced)
            if self.first is not None:
                local = multiply(back, quaternion_of(motion, self.first))
                found[self.first.channels] = to_axis_angle(local, _no_turn(local))
        found[tuple(self.translation)] = displaced
        if self.aimed:
            if known is not None:
                moved = torch.where(known[:, :, None, self.translation], moved, there)
            back = multiply(inverse(_towards_partner(moved)), self.geometry.head_turn(motion))
            for eye in self.aimed:
                past = multiply(back, quaternion_of(motion, eye))
                found[eye.channels] = to_axis_angle(past, _no_turn(past))
        return with_channels(motion, found)

    def outwards(self, motion: Tensor, places: Tensor) -> Tensor:
        """The inverse of `inwards`. The neck's rotation vector changes smoothly while it is within half a turn of
        facing the partner, and so may be longer than pi."""
        if not self.translation:
            return motion
        displaced = motion[..., self.translation]
        found: dict[tuple[int, ...], Tensor] = {}
        if self.partner_frame:
            facing = about_y(headings(places))
            displaced = turned(facing, displaced)
            if self.first is not None:
                found[self.first.channels] = to_axis_angle(multiply(facing, quaternion_of(motion, self.first)), facing)
        found[tuple(self.translation)] = displaced + places.transpose(1, 2)
        there = with_channels(motion, found)
        if not self.aimed:
            return there
        towards = _towards_partner(there[..., self.translation])
        back = multiply(inverse(self.geometry.head_turn(there)), towards)
        eyes: dict[tuple[int, ...], Tensor] = {}
        for eye in self.aimed:
            turn = multiply(back, quaternion_of(motion, eye))
            eyes[eye.channels] = to_axis_angle(turn, _no_turn(turn))
        return with_channels(there, eyes)

    def known(self, known: Tensor) -> Tensor:
        """Which channels (..., D) bool are known as the network takes them, of those that are known in the room: where
        eyes look is not, unless neck, head, eyes and place are."""
        if not self.aimed:
            return known
        needed = [i for turn in (*self.geometry.head, *self.aimed) for i in turn.channels]
        told = known[..., [*needed, *self.translation]].all(-1, keepdim=True)
        eyes = torch.zeros_like(known)
        eyes[..., [i for eye in self.aimed for i in eye.channels]] = True
        return torch.where(eyes, told, known)

    def gaze(self, motion: Tensor) -> Tensor:
        """Unit vectors (..., 3) along which people look, of motion (..., D) as the network takes it, in the frame in
        which it is told."""
        if not self.aimed:
            return self.geometry.gaze(motion)
        return looked_along([quaternion_of(motion, eye) for eye in self.aimed])

    def looks(self, motion: Tensor) -> Tensor:
        """How far down and to the side (..., 2) [rad] eyes look past the partner's, of motion (..., D) as the network
        takes it, in which they are `aimed`."""
        return torch.stack([motion[..., list(eye.channels[:2])] for eye in self.aimed]).mean(0)

    def looking_on(self, motion: Tensor, by: Tensor) -> Tensor:
        """The same motion with eyes that look farther down and aside by so much (..., 2)."""
        return with_channels(motion, {eye.channels[:2]: motion[..., list(eye.channels[:2])] + by for eye in self.aimed})


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


def _towards_partner(where: Tensor) -> Tensor:
    """How a look from each person's eyes to the partner's is turned: (B, P, T, 3) -> (B, P, T, 4)."""
    away = where.flip(1) - where
    yaw = torch.atan2(away[..., 0], away[..., 2])
    down = torch.atan2(-away[..., 1], away[..., [0, 2]].norm(dim=-1))
    return to_quaternion(torch.stack([yaw, down, torch.zeros_like(yaw)], dim=-1), "yaw-pitch-roll")


def _no_turn(like: Tensor) -> Tensor:
    return about_y(torch.zeros_like(like[..., 0]))


def with_channels(motion: Tensor, found: Mapping[tuple[int, ...], Tensor]) -> Tensor:
    """Motion (..., D) with other values (..., n) in some of its channels."""
    columns = list(motion.unbind(-1))
    for channels, values in found.items():
        for channel, column in zip(channels, values.unbind(-1), strict=True):
            columns[channel] = column
    return torch.stack(columns, dim=-1)
