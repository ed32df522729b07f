"""What can be changed while a session runs."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from visavis.core.errors import VisavisError
from visavis.core.spaces import MotionSpace

RANGES = {
    "expressiveness": (0.0, 3.0),
    "reactivity": (0.0, 10.0),
    "head_motion": (0.0, 3.0),
    "blinks_per_minute": (0.0, 60.0),
    "eye_contact": (0.0, 1.0),
}
"""The least and the greatest value of each dial."""
_MOVED = {
    "expressiveness": "exp",
    "head_motion": "pose",
    "blinks_per_minute": "blink",
    "eye_contact": "gaze",
}
"""The group or part of a space that a dial moves."""


@dataclass(frozen=True)
class Dials:
    """Set while a session runs: `session.dials = replace(session.dials, head_motion=0.5)`.

    expressiveness: distance of the expression from the mean face, 1 = as drawn, 0 to 3; channels that speech moves,
    lids and looks are left alone. reactivity: guidance towards the user, 1 = none, above 1 the user counts more,
    0 to 10 (None: as the system draws). head_motion: distance of the head from its mean pose, 1 = as drawn, 0 to 3.
    blinks_per_minute: blinks at a natural pace instead of the model's, 0 to 60, 0 = never (None: the model's).
    eye_contact: share of the time in which the eyes rest on the partner, straight ahead, and look aside for the
    rest, 0 to 1 (None: the model's eyes).
    """

    expressiveness: float = 1.0
    reactivity: float | None = None
    head_motion: float = 1.0
    blinks_per_minute: float | None = None
    eye_contact: float | None = None

    def __post_init__(self) -> None:
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and low <= value <= high):
                raise VisavisError(f"dial {name} lies between {low:g} and {high:g}, {value} was given")

    def require_possible(self, space: MotionSpace, guidable: bool) -> None:
        """Raises `VisavisError` for a dial that is moved though nothing obeys it."""
        usual = Dials()
        moved = [field.name for field in fields(self) if getattr(self, field.name) != getattr(usual, field.name)]
        for name in moved:
            part = _MOVED.get(name)
            if part is not None and not space.has(part):
                raise VisavisError(f"dial {name} needs channels {part!r}, which space {space.name} has not; leave it")
        if "reactivity" in moved and not guidable:
            raise VisavisError("dial reactivity needs a model that draws with guidance; leave it at None")
