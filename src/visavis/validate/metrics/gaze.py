"""Metrics of gaze: how far it is from the truth, how often two people look at each other, and at whom. T frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from visavis.analysis.gaze import (
    FORWARD,
    angle_deg,
    angle_to_partner_deg,
    dwell_times_s,
    gaze_directions,
    looks_at,
    looks_at_partner,
)
from visavis.core.motion import Motion


def gaze_error_deg(prediction: Motion, target: Motion) -> float:
    """Mean angle between predicted and true gaze [deg] over the common frames."""
    frames = min(len(prediction), len(target))
    return float(np.mean(angle_deg(gaze_directions(prediction)[:frames], gaze_directions(target)[:frames])))


def mutual_gaze(
    first: Motion, second: Motion, to_second: np.ndarray = FORWARD, to_first: np.ndarray = FORWARD
) -> float:
    """Share of frames in which two people look at each other, within `CONTACT_DEG`.

    `to_second` (3,) or (T, 3) points from the first person's head to the second's in the first's frame, `to_first`
    back in the second's; by default they sit face to face.
    """
    frames = min(len(first), len(second))
    looks = looks_at(gaze_directions(first)[:frames], to_second)
    answers = looks_at(gaze_directions(second)[:frames], to_first)
    return float(np.mean(looks & answers))


@dataclass(frozen=True)
class GazeInRoom:
    """How one of two people in a room looks at the other; NaN where there is no such frame or look.

    mutual: share of frames in which both look at each other. at_partner_deg: mean angle past the partner's eyes while
    this person truly looks at them. speaking, listening: share of the frames in which this person speaks, and of all
    others, in which they look at the partner. agreement: share of frames in which they do so, or do not, as truly.
    dwell_s: how long a look at the partner lasts.
    """

    mutual: float
    at_partner_deg: float
    speaking: float
    listening: float
    agreement: float
    dwell_s: float


def gaze_in_room(
    made: Motion, partner_made: Motion, true: Motion, partner_true: Motion, speaking: np.ndarray
) -> GazeInRoom:
    """The gaze of one person `made` with a partner, held against that of both truly; `speaking` (T,) of this person.

    The partner is looked at where the partner is in the same rendering. Within `CONTACT_DEG` counts as looking. Raises
    `VisavisError` for motion that does not say where people are.
    """
    frames = min(len(speaking), *map(len, (made, partner_made, true, partner_true)))
    looks, answers, truly = (
        looks_at_partner(*pair)[:frames] for pair in ((made, partner_made), (partner_made, made), (true, partner_true))
    )
    past, speaks = angle_to_partner_deg(made, partner_made)[:frames], speaking[:frames].astype(bool)
    return GazeInRoom(
        mutual=_mean(looks & answers),
        at_partner_deg=_mean(past[truly]),
        speaking=_mean(looks[speaks]),
        listening=_mean(looks[~speaks]),
        agreement=_mean(looks == truly),
        dwell_s=_mean(dwell_times_s(looks)),
    )


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else float("nan")
