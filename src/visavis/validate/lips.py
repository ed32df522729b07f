"""Lips: does the mouth move with the voice, and only with it?

Shapes: T frames. Works in every space with a jaw: JawOpen where it is named, else the jaw's rotation.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from visavis.core.clock import FPS
from visavis.core.conversation import Event
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.encode.activity import Voice
from visavis.validate.protocol import correlation

BILABIALS = ("p", "b", "m")
ROUNDING = ("MouthFunnel", "MouthPucker")
LONGEST_LAG = 12
LONGEST_JAW_LAG = 8
MOVING_SHARE = 0.25
QUIETEST_DB = -60.0


@dataclass(frozen=True)
class LipSync:
    """Correlation of mouth opening and loudness at lag 0, the best correlation, and its lag [ms].

    Positive lag: the mouth follows the voice. All NaN in a clip without speech; no lag for a mouth that stands still.
    """

    correlation: float
    best_correlation: float
    lag_ms: float


def mouth_opening(motion: Motion) -> np.ndarray:
    """How far the jaw is open, (T,): JawOpen [0, 1], or the angle [rad] of a jaw that is a rotation.

    Raises `VisavisError` where a space has neither.
    """
    if "JawOpen" in motion.space.channels:
        return motion["JawOpen"][:, 0]
    if "jaw" not in motion.space.groups:
        raise VisavisError(f"motion space {motion.space.name} has no jaw; lips need a channel JawOpen or a group jaw")
    angle: np.ndarray = np.linalg.norm(motion["jaw"], axis=1)
    return angle


def has_jaw(motion: Motion) -> bool:
    """Whether `mouth_opening` can be read from this motion."""
    name = "JawOpen" if "JawOpen" in motion.space.channels else "jaw"
    return (name in motion.space.channels or name in motion.space.groups) and motion.knows(name)


def has_rounding(motion: Motion) -> bool:
    """Whether `rounding` can be read from this motion."""
    return all(name in motion.space.channels and motion.knows(name) for name in ROUNDING)


def rounding(motion: Motion) -> np.ndarray:
    """How round the lips are, (T,): the mean of MouthFunnel and MouthPucker."""
    return np.asarray(np.mean([motion[name][:, 0] for name in ROUNDING], axis=0))


def lip_gap(motion: Motion) -> np.ndarray:
    """How far the lips are apart, (T,): the mouth opening less MouthClose where the space has that channel."""
    opening = mouth_opening(motion)
    return opening - motion["MouthClose"][:, 0] if "MouthClose" in motion.space.channels else opening


def lip_sync(motion: Motion, voice: Voice) -> LipSync:
    """Mouth opening against the loudness of the same person's voice at lags up to 0.48 s either way."""
    frames = min(len(motion), len(voice))
    opening, level = mouth_opening(motion)[:frames], np.maximum(voice.loudness[:frames], QUIETEST_DB)
    if not voice.speaking[:frames].any() or frames <= 2 * LONGEST_LAG:
        return LipSync(float("nan"), float("nan"), float("nan"))
    if np.ptp(opening) == 0:
        return LipSync(0.0, 0.0, float("nan"))
    lags = range(-LONGEST_LAG, LONGEST_LAG + 1)
    scores = [correlation(*_shifted(opening, level, lag)) for lag in lags]
    best = int(np.argmax(scores))
    return LipSync(scores[LONGEST_LAG], scores[best], lags[best] * 1000 / FPS)


def jaw_correlation(prediction: Motion, target: Motion, voice: Voice) -> float:
    """Correlation of predicted and true mouth opening over the frames in which the person speaks; NaN if never."""
    return _while_speaking(mouth_opening(prediction), mouth_opening(target), voice)


def jaw_correlation_throughout(prediction: Motion, target: Motion) -> float:
    """The same over all frames: it also sees whether the mouth rests in pauses, which loudness alone tells well."""
    frames = min(len(prediction), len(target))
    return correlation(mouth_opening(prediction)[:frames], mouth_opening(target)[:frames])


def jaw_lag_ms(prediction: Motion, target: Motion, voice: Voice) -> float:
    """The lag of predicted against true mouth opening at which they correlate best while the person speaks [ms].

    Positive: the prediction is late. Lags reach to 0.32 s either way; NaN without speech and for a mouth at rest.
    """
    frames = min(len(prediction), len(target), len(voice))
    drawn, true = mouth_opening(prediction)[:frames], mouth_opening(target)[:frames]
    inside = np.flatnonzero(voice.speaking[:frames])
    inside = inside[(inside >= LONGEST_JAW_LAG) & (inside < frames - LONGEST_JAW_LAG)]
    if len(inside) < 2 or np.ptp(drawn[inside]) == 0 or np.ptp(true[inside]) == 0:
        return float("nan")
    lags = range(-LONGEST_JAW_LAG, LONGEST_JAW_LAG + 1)
    scores = [correlation(drawn[inside + lag], true[inside]) for lag in lags]
    return lags[int(np.argmax(scores))] * 1000 / FPS


def rounding_correlation(prediction: Motion, target: Motion, voice: Voice) -> float:
    """Correlation of predicted and true rounding over the frames in which the person speaks; NaN if never."""
    return _while_speaking(rounding(prediction), rounding(target), voice)


def moving_while_silent(prediction: Motion, reference: Motion, voice: Voice) -> float:
    """Share of the person's silent frames in which the mouth opens or closes noticeably; NaN if never silent.

    Noticeably: faster than a quarter of the true motion's mean speed while speaking. Half a second around speech
    counts as neither.
    """
    frames = min(len(prediction), len(reference), len(voice))
    speaking = voice.speaking[:frames]
    near = np.convolve(speaking, np.ones(FPS + 1), mode="same")[:frames] > 0
    silent = ~(near[1:] | near[:-1])
    if not silent.any() or not speaking[1:].any():
        return float("nan")
    true_speed = np.abs(np.diff(mouth_opening(reference)[:frames]))
    speed = np.abs(np.diff(mouth_opening(prediction)[:frames]))
    return float(np.mean(speed[silent] > MOVING_SHARE * true_speed[speaking[1:]].mean()))


def closed_level(motion: Motion, voice: Voice) -> float:
    """The lip gap that counts as closed: half this mouth's median gap while speaking; NaN if the person never speaks.

    Its own, so that mouths of other rigs and of people who open less are judged alike, and no mouth closes by never
    opening.
    """
    frames = min(len(motion), len(voice))
    gap = lip_gap(motion)[:frames][voice.speaking[:frames]]
    return float(np.median(gap) / 2) if len(gap) else float("nan")


def closure_rate(motion: Motion, phonemes: Iterable[Event], closed: float) -> float:
    """Share of `phonemes` in which the lip gap falls to `closed`; NaN without any.

    Frames from one before the phoneme to one after count; `closed` is the motion's `closed_level`.
    Bilabials (`is_bilabial`) should score high, all other phonemes are the rate that chance and neighbours explain.
    """
    gap = lip_gap(motion)
    spans = [gap[_around(event)] for event in phonemes]
    least = [float(span.min()) for span in spans if len(span)]
    return float(np.mean(np.array(least) <= closed)) if least else float("nan")


def closest_frame(motion: Motion, phoneme: Event) -> int | None:
    """The frame in which the lip gap is smallest, of those that `closure_rate` looks at; None where there is none."""
    span = _around(phoneme)
    gap = lip_gap(motion)[span]
    return span.start + int(np.argmin(gap)) if len(gap) else None


def is_bilabial(phoneme: Event) -> bool:
    """Whether a phoneme is p, b or m (by its label; length and stress marks are ignored)."""
    return phoneme.label[:1] in BILABIALS


def _around(phoneme: Event) -> slice:
    """A phoneme's frames, one more before and one after."""
    return slice(max(0, phoneme.onset - 1), phoneme.onset + phoneme.duration + 1)


def _while_speaking(drawn: np.ndarray, true: np.ndarray, voice: Voice) -> float:
    frames = min(len(drawn), len(true), len(voice))
    speaking = voice.speaking[:frames]
    return correlation(drawn[:frames][speaking], true[:frames][speaking]) if speaking.sum() >= 2 else float("nan")


def _shifted(opening: np.ndarray, level: np.ndarray, lag: int) -> tuple[np.ndarray, np.ndarray]:
    """The two with the opening `lag` frames later than the level."""
    if lag >= 0:
        return opening[lag:], level[: len(level) - lag]
    return opening[:lag], level[-lag:]
