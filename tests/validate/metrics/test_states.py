from __future__ import annotations

import numpy as np

from visavis.analysis.states import STATES, State
from visavis.validate.metrics.intervals import Share
from visavis.validate.metrics.states import ACCURACY, recall_name, state_shares


def test_accuracy_is_over_all_frames_and_recall_over_those_of_a_state() -> None:
    confusions = np.zeros((7, 7), np.int64)
    confusions[State.SPEAKING, State.SPEAKING] = 6
    confusions[State.SPEAKING, State.LISTENING] = 2
    confusions[State.WAITING, State.PAUSING_TO_THINK] = 2
    shares = state_shares(confusions)
    assert shares[ACCURACY] == Share(6, 10)
    assert shares["state_recall_speaking"] == Share(6, 8)
    assert shares["state_recall_waiting"] == Share(0, 2)
    assert shares["state_recall_pausing_to_think"] == Share(0, 0)
    assert list(shares) == [ACCURACY, *map(recall_name, STATES)]
