"""Metrics of lips: does the mouth move with the voice, as the true one does, and only with it? Shapes: T frames."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from visavis.analysis.closures import closed_in
from visavis.analysis.correlation import correlation, correlation_while_speaking
from visavis.analysis.lip_sync import lags_behind_mouth, lags_behind_voice
from visavis.analysis.lips import mouth_opening, rounding
from visavis.analysis.listening import widened
from visavis.core.clock import FPS
from visavis.core.conversation import Event
from visavis.core.motion import Motion
from visavis.encode.activity import Voice

MOVING_SHARE = 0.25


@dataclass(frozen=True)
class LipSync:
    """Correlation of mouth opening and loudness at lag 0, the best correlation, and its lag [ms].

    Positive lag: the mouth follows the voice. All NaN in a clip without speech; no lag for a mouth that stands still.
    """

    correlation: float
    best_correlation: float
    lag_ms: float


def lip_sync(motion: Motion, voice: Voice) -> LipSync:
    """Mouth opening against the loudness of the same person's voice at lags up to 0.48 s either way."""
    curve = lags_behind_voice(motion, voice)
    if curve is None:
        return LipSync(float("nan"), float("nan"), float("nan"))
    return LipSync(curve.at_zero, curve.best, curve.best_lag_ms)


def jaw_correlation(prediction: Motion, target: Motion, voice: Voice) -> float:
    """Correlation of predicted and true mouth opening over the frames in which the person speaks; NaN if never."""
    return correlation_while_speaking(mouth_opening(prediction), mouth_opening(target), voice)


def jaw_correlation_throughout(prediction: Motion, target: Motion) -> float:
    """The same over all frames: it also sees whether the mouth rests in pauses, which loudness alone tells well."""
    frames = min(len(prediction), len(target))
    return correlation(mouth_opening(prediction)[:frames], mouth_opening(target)[:frames])


def jaw_lag_ms(prediction: Motion, target: Motion, voice: Voice) -> float:
    """The lag of predicted against true mouth opening at which they correlate best while the person speaks [ms].

    Positive: the prediction is late. Lags reach to 0.32 s either way; NaN without speech and for a mouth at rest.
    """
    curve = lags_behind_mouth(prediction, target, voice)
    return float("nan") if curve is None else curve.best_lag_ms


def rounding_correlation(prediction: Motion, target: Motion, voice: Voice) -> float:
    """Correlation of predicted and true rounding over the frames in which the person speaks; NaN if never."""
    return correlation_while_speaking(rounding(prediction), rounding(target), voice)


def moving_while_silent(prediction: Motion, reference: Motion, voice: Voice) -> float:
    """Share of the person's silent frames in which the mouth opens or closes noticeably; NaN if never silent.

    Noticeably: faster than a quarter of the true motion's mean speed while speaking. Half a second around speech
    counts as neither.
    """
    frames = min(len(prediction), len(reference), len(voice))
    return _moving(prediction, reference, voice, _silent(voice, frames))


def moving_while_partner_speaks(prediction: Motion, reference: Motion, voice: Voice, partner: Voice) -> float:
    """`moving_while_silent` over the frames in which the partner speaks: what one person's mouth does to the other's
    words; NaN where the partner never speaks alone."""
    frames = min(len(prediction), len(reference), len(voice), len(partner))
    return _moving(prediction, reference, voice, _silent(voice, frames) & partner.speaking[1:frames])


def cross_talk(prediction: Motion, partner_reference: Motion, voice: Voice, partner: Voice) -> float:
    """Correlation of a person's mouth opening with the partner's true one while the partner speaks alone.

    Half a second around own speech does not count. 0 for a mouth at rest; NaN where the partner never speaks alone.
    """
    frames = min(len(prediction), len(partner_reference), len(voice), len(partner))
    alone = np.concatenate([[False], _silent(voice, frames) & partner.speaking[1:frames]])
    if alone.sum() < 2:
        return float("nan")
    return correlation(*(mouth_opening(one)[:frames][alone] for one in (prediction, partner_reference)))


def _silent(voice: Voice, frames: int) -> np.ndarray:
    """Between which frames (T - 1,) a person is half a second and more away from own speech."""
    # A second in all, 0.48 s of it before speech; less before and more after where the clip itself is shorter.
    before = (min(frames, FPS + 1) - 1) // 2
    near = widened(voice.speaking[:frames], before, FPS - before)
    away: np.ndarray = ~(near[1:] | near[:-1])
    return away


def _moving(prediction: Motion, reference: Motion, voice: Voice, silent: np.ndarray) -> float:
    """Share of the steps `silent` (T - 1,) in which the mouth opens or closes noticeably; NaN where there are none."""
    frames = len(silent) + 1
    speaking = voice.speaking[1:frames]
    if not silent.any() or not speaking.any():
        return float("nan")
    true_speed = np.abs(np.diff(mouth_opening(reference)[:frames]))
    speed = np.abs(np.diff(mouth_opening(prediction)[:frames]))
    return float(np.mean(speed[silent] > MOVING_SHARE * true_speed[speaking].mean()))


def closure_rate(motion: Motion, phonemes: Iterable[Event], closed: float) -> float:
    """Share of `phonemes` in which the lip gap falls to `closed`; NaN without any.

    Frames from one before the phoneme to one after count; `closed` is the motion's `closed_level`.
    Bilabials (`is_bilabial`) should score high, all other phonemes are the rate that chance and neighbours explain.
    """
    closes = closed_in(motion, phonemes, closed)
    return float(np.mean(closes)) if len(closes) else float("nan")
