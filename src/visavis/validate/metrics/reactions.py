"""Scores of reactions: are they where the true ones are, and do they answer what the partner says?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from visavis.analysis.detectors import detect
from visavis.analysis.listening import only_while
from visavis.analysis.moments import WINDOW
from visavis.core.motion import Motion
from visavis.validate.metrics.onsets import Matches, match_onsets


def score_reaction(
    kind: str, prediction: Motion, truth: Motion | Sequence[int], listening: np.ndarray | None = None
) -> Matches:
    """Detections in `prediction` against true onset frames, or against detections in the true motion."""
    true = only_while(sorted(truth), listening) if not isinstance(truth, Motion) else detect(kind, truth, listening)
    return match_onsets(detect(kind, prediction, listening), true)


def answered(onsets: Sequence[int], moments: Sequence[int]) -> int:
    """How many moments are followed by one of the onsets within a second."""
    return sum(any(0 <= onset - moment < WINDOW for onset in onsets) for moment in moments)
