"""Reactivity: how much of the agent's motion comes from the user?

Give the same agent speech with the user replaced by another clip's, with the same noise: a model that ignores the
user gives the same motion, score 0.
"""

from __future__ import annotations

import numpy as np

from visavis.core.errors import VisavisError
from visavis.core.motion import Motion


def reactivity(motion: Motion, with_other_user: Motion) -> dict[str, float]:
    """Root mean square change per group, divided by the group's standard deviation over time in `motion`.

    0 = the user is ignored; sqrt(2) = as different as two unrelated clips. The two are trimmed to the shorter.
    """
    if motion.space is not with_other_user.space:
        raise VisavisError(f"motions in {motion.space.name} and {with_other_user.space.name} cannot be compared")
    frames = min(len(motion), len(with_other_user))
    scores: dict[str, float] = {}
    for group in motion.space.groups:
        values = motion[group][:frames].astype(np.float64)
        change = np.mean((with_other_user[group][:frames] - values) ** 2)
        spread = np.mean(np.var(values, axis=0))
        scores[group] = float(np.sqrt(change / spread)) if spread > 0 else (0.0 if change == 0 else float("inf"))
    return scores
