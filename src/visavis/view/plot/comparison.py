"""What models made against what was true, in numbers: lips, distance and liveliness, group by group.

S samples, T frames at 25 fps, D channels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from visavis.analysis.correlation import correlation, correlation_while_speaking
from visavis.analysis.lips import has_jaw, mouth_opening
from visavis.core.clock import FPS
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.rate import at_rate
from visavis.data.inputs import TOLERANCE_S
from visavis.encode.activity import Voice, detect_voice
from visavis.view.plot.style import SERIES, shown_unit


@dataclass(frozen=True, eq=False)
class Comparison:
    """A model's motion against the truth, both T frames long at 25 fps.

    `lips`: correlation of the mouth opening, over the frames in which the person speaks where its voice is known; None
    in a space without a jaw. By group of the space: `distance` (T,), root mean square over the group's channels, angles
    in degrees, lengths in centimetres; `speed_ratio`, mean change from frame to frame over that of the truth, infinite
    where only the model moves and NaN where neither does.
    """

    label: str
    model: Motion
    lips: float | None
    distance: Mapping[str, np.ndarray]
    speed_ratio: Mapping[str, float]


def compared(
    truth: Motion, models: Mapping[str, Motion], voice: np.ndarray | None = None
) -> tuple[Motion, tuple[Comparison, ...]]:
    """The truth and each model by its label, brought to 25 fps and cut to the shortest; `voice` (S,) is the person's.

    Raises `VisavisError` when there is no model or more than six, a space differs from the truth's, a motion is empty,
    not finite, or more than half a second shorter or longer than the truth.
    """
    if not 1 <= len(models) <= len(SERIES):
        raise VisavisError(f"{len(models)} models given; 1 to {len(SERIES)} can be compared with one truth")
    true = _prepared("the truth", truth)
    shown = {label: _prepared(label, motion) for label, motion in models.items()}
    for label, motion in shown.items():
        _require_alike(label, motion, true)
    frames = min(len(true), *(len(motion) for motion in shown.values()))
    activity = None if voice is None else detect_voice(voice)
    true = true.cut(0, frames)
    return true, tuple(_comparison(label, motion.cut(0, frames), true, activity) for label, motion in shown.items())


def _prepared(label: str, motion: Motion) -> Motion:
    if len(motion) == 0:
        raise VisavisError(f"{label} has no frames; give motion of at least one")
    return at_rate(motion.require_finite(label), FPS)


def _require_alike(label: str, motion: Motion, truth: Motion) -> None:
    if motion.space is not truth.space:
        raise VisavisError(
            f"{label} is in space {motion.space.name}, the truth in {truth.space.name}; give motion of the same space"
        )
    if abs(len(motion) - len(truth)) > TOLERANCE_S * FPS:
        raise VisavisError(
            f"{label} lasts {len(motion) / FPS:.2f} s, the truth {len(truth) / FPS:.2f} s; they may differ by "
            f"{TOLERANCE_S:g} s, cut them to the same stretch"
        )


def _comparison(label: str, model: Motion, truth: Motion, voice: Voice | None) -> Comparison:
    return Comparison(
        label=label,
        model=model,
        lips=_lips(model, truth, voice),
        distance={group: _distance(model, truth, group) for group in truth.space.groups},
        speed_ratio={group: _speed_ratio(model[group], truth[group]) for group in truth.space.groups},
    )


def _lips(model: Motion, truth: Motion, voice: Voice | None) -> float | None:
    if not has_jaw(truth):
        return None
    openings = mouth_opening(model), mouth_opening(truth)
    return correlation(*openings) if voice is None else correlation_while_speaking(*openings, voice)


def _distance(model: Motion, truth: Motion, group: str) -> np.ndarray:
    away = model[group].astype(np.float64) - truth[group]
    return np.asarray(np.sqrt(np.square(away).mean(axis=1)) * shown_unit(truth.space, group).scale)


def _speed_ratio(model: np.ndarray, truth: np.ndarray) -> float:
    moved, true = (float(np.abs(np.diff(values, axis=0)).sum(dtype=np.float64)) for values in (model, truth))
    if true == 0:
        return float("inf") if moved else float("nan")
    return moved / true
