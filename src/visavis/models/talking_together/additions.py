"""What we add to the paper's Talking Together, each switched on by a recipe; the defaults are the paper's form."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TogetherAdditions:
    """partner_frame: each person's place, displacement and first rotation (the neck) are told in a frame whose +z looks
    level from the own place to the partner's, so that facing the partner is no turn at all, wherever they sit. In the
    room's frame (paper) somebody who sits opposite is turned by about pi, where rotation vectors jump from one sign to
    the other.

    partner_gaze: eyes are told as how far past the partner's eyes they look, in place of how they are turned in the
    head: a look at the partner is then no turn at all, whatever head and neck do. As rotations of neck, head and eyes
    (paper), a gaze is the sum of three things that are each drawn with errors of their own, so that people look beside
    one another, and looks at the partner and aside run into each other.

    shown_past: the frames that a window shares with the one before are told to the network as a condition; held alone
    while it denoises (paper: silent), they are hardly seen while there is much noise, and motion goes on with a seam.

    own_voice: each person is told once more what is heard, times how much they speak. Whoever listens has nothing
    there, so that lips have a way on which the other's words do not come; where roles alone tell whose words are heard
    (paper), a listener's mouth says them, too, a little.

    unseen_lips: channels that speech moves are not seen while they are noised, so that the network makes them of what
    is heard, at every level of noise. Seen (paper), they tell of themselves as soon as there is a little less noise,
    and what is heard is learned from in the noisiest windows alone.
    """

    partner_frame: bool = False
    partner_gaze: bool = False
    shown_past: bool = False
    own_voice: bool = False
    unseen_lips: bool = False
