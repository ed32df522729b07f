"""Metrics of the conversational states that a model tells, from how often each true state is told as each.

Shapes: N = 7 states.
"""

from __future__ import annotations

import numpy as np

from visavis.analysis.states import STATES
from visavis.validate.metrics.intervals import Share, Shares

ACCURACY = "state_accuracy"


def recall_name(state: str) -> str:
    """What the recall of a state is called: `state_recall_pausing_to_think`."""
    return f"state_recall_{state.replace(' ', '_')}"


def state_shares(confusions: np.ndarray) -> Shares:
    """The share of frames whose state is told right, of all and of each true state, from frames by true state (rows)
    and told state (N, N); a state that does not occur says nothing."""
    right, there = np.diag(confusions), confusions.sum(axis=1)
    recalls = {recall_name(state): Share(int(a), int(b)) for state, a, b in zip(STATES, right, there, strict=True)}
    return {ACCURACY: Share(int(right.sum()), int(there.sum())), **recalls}
