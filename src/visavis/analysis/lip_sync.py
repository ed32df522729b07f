"""Lip sync: how well the mouth follows the voice, or another mouth, when it is shifted in time. Shapes: T frames."""

from __future__ import annotations

import numpy as np

from visavis.analysis.correlation import LagCurve, correlation, lags_within, still_curve
from visavis.analysis.lips import mouth_opening
from visavis.core.motion import Motion
from visavis.encode.activity import Voice

LONGEST_LAG = 12
"""Lags of the mouth behind the voice reach so many frames either way, 0.48 s."""
LONGEST_JAW_LAG = 8
"""Lags of one mouth behind another reach so many frames either way, 0.32 s."""
QUIETEST_DB = -60.0
"""Loudness below this counts as this [dB of full scale]: how silent a silence is says nothing of lips."""


def lags_behind_voice(motion: Motion, voice: Voice) -> LagCurve | None:
    """Correlation of mouth opening and loudness of the same person's voice [dB], up to 0.48 s either way.

    None in a clip without speech, or one that is not longer than the lags.
    """
    frames = min(len(motion), len(voice))
    opening, level = mouth_opening(motion)[:frames], np.maximum(voice.loudness[:frames], QUIETEST_DB)
    if not voice.speaking[:frames].any() or frames <= 2 * LONGEST_LAG:
        return None
    if np.ptp(opening) == 0:
        return still_curve(LONGEST_LAG)
    lags = lags_within(LONGEST_LAG)
    return LagCurve(lags, tuple(correlation(*_shifted(opening, level, lag)) for lag in lags))


def lags_behind_mouth(motion: Motion, other: Motion, voice: Voice) -> LagCurve | None:
    """Correlation of two mouth openings, up to 0.32 s either way, over the frames in which the person speaks.

    `motion` is late at positive lags. None where there are fewer than two such frames.
    """
    frames = min(len(motion), len(other), len(voice))
    opening, reference = mouth_opening(motion)[:frames], mouth_opening(other)[:frames]
    inside = np.flatnonzero(voice.speaking[:frames])
    inside = inside[(inside >= LONGEST_JAW_LAG) & (inside < frames - LONGEST_JAW_LAG)]
    if len(inside) < 2:
        return None
    if np.ptp(opening[inside]) == 0 or np.ptp(reference[inside]) == 0:
        return still_curve(LONGEST_JAW_LAG)
    lags = lags_within(LONGEST_JAW_LAG)
    return LagCurve(lags, tuple(correlation(opening[inside + lag], reference[inside]) for lag in lags))


def _shifted(opening: np.ndarray, level: np.ndarray, lag: int) -> tuple[np.ndarray, np.ndarray]:
    """The two with the opening `lag` frames later than the level."""
    if lag >= 0:
        return opening[lag:], level[: len(level) - lag]
    return opening[:lag], level[-lag:]
