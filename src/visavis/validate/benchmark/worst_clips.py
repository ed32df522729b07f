"""The worst clips of an evaluation by a metric, and curves that show what went wrong.

Shapes: T frames, D channels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from visavis.analysis.detectors import detects
from visavis.analysis.head import head_angles
from visavis.analysis.lips import has_jaw, mouth_opening
from visavis.core.clock import FPS
from visavis.core.errors import unknown
from visavis.core.motion import Motion
from visavis.encode.activity import runs, speech_activity
from visavis.validate.benchmark.aggregation import Evaluation
from visavis.validate.benchmark.case_scores import MODEL
from visavis.validate.benchmark.cases import Case
from visavis.validate.benchmark.published_scores import MORE_IS_BETTER

WORST_BY = ("fd_exp", "fd_jaw", "fd_pose")
SHOWN = 24 * FPS
"""So many frames of a clip are shown."""


@dataclass(frozen=True)
class Rank:
    """A clip's place in one metric: `case` is its number among the cases, `value` and all clips' `median` are raw."""

    case: int
    clip: str
    metric: str
    value: float
    median: float


@dataclass(frozen=True, eq=False)
class Signal:
    """A quantity over time: `target` and `prediction` (T,) in `unit`."""

    title: str
    unit: str
    target: np.ndarray
    prediction: np.ndarray


@dataclass(frozen=True, eq=False)
class WorstClip:
    """A clip and what is shown of it: signals from `start_s` [s] on, and who speaks, as stretches of those frames."""

    rank: Rank
    start_s: float
    signals: tuple[Signal, ...]
    voices: Mapping[str, tuple[tuple[int, int], ...]]


def rank_clips(evaluation: Evaluation, metric: str, count: int = 2, row: str = MODEL) -> tuple[Rank, ...]:
    """The `count` worst clips of a row by one metric, the worst first.

    Raises `VisavisError` where the row has no such metric.
    """
    known = evaluation.per_clip.get(row, {})
    if metric not in known:
        raise unknown(f"metric of row {row!r}", metric, known)
    values = {place: value for place, value in enumerate(known[metric]) if value is not None}
    median = float(np.median([*values.values()])) if values else 0.0
    order = sorted(values, key=lambda place: (-badness(metric, values[place]), place))[:count]
    names, cases = evaluation.clip_names, evaluation.cases
    return tuple(Rank(cases[place], names[place], metric, values[place], median) for place in order)


def badness(metric: str, value: float) -> float:
    """A metric's value with the sign that makes more of it worse."""
    return -value if metric.startswith(MORE_IS_BETTER) else value


def worst_clips(
    evaluation: Evaluation,
    cases: Sequence[Case],
    predicted: Callable[[int], Motion],
    *,
    metrics: Sequence[str] = WORST_BY,
    count: int = 2,
) -> tuple[WorstClip, ...]:
    """The `count` worst clips by each metric the model has, out of all `cases` that were given to the evaluation.

    `predicted(number)` makes or reads the motion of a case; it is asked once for each.
    """
    known = [metric for metric in metrics if metric in evaluation.per_clip.get(MODEL, {})]
    ranks = [rank for metric in known for rank in rank_clips(evaluation, metric, count)]
    made = {number: predicted(number) for number in sorted({rank.case for rank in ranks})}
    return tuple(show_clip(rank, cases[rank.case], made[rank.case]) for rank in ranks)


def show_clip(rank: Rank, case: Case, prediction: Motion) -> WorstClip:
    """Jaw, head pitch and size of the expression, and both voices, where the metric's channels differ most."""
    frames = min(len(prediction), len(case.truth))
    prediction, target = prediction.cut(0, frames), case.truth.cut(0, frames)
    group = rank.metric.rpartition("_")[2]
    channels = target.space.indices(group) if group in target.space.groups else slice(None)
    start = _widest(np.sum((prediction.values[:, channels] - target.values[:, channels]) ** 2, axis=1))
    part = slice(start, start + SHOWN)
    signals = [Signal(s.title, s.unit, s.target[part], s.prediction[part]) for s in _signals(target, prediction)]
    speaking = {"agent": case.voice.speaking, "user": speech_activity(case.user_speech)}
    voices = {name: tuple(runs(active[:frames][part])) for name, active in speaking.items()}
    return WorstClip(rank, start / FPS, tuple(signals), voices)


def _signals(target: Motion, prediction: Motion) -> list[Signal]:
    signals: list[Signal] = []
    if has_jaw(target):
        named = "JawOpen" in target.space.channels
        opening = mouth_opening(target), mouth_opening(prediction)
        signals.append(Signal("Jaw opening", "" if named else "rad", *opening))
    if detects("nod", target.space):
        pitch = [np.degrees(head_angles(motion)[:, 1]) for motion in (target, prediction)]
        signals.append(Signal("Head pitch, down is positive", "degrees", pitch[0], pitch[1]))
    if "exp" in target.space.groups:
        rest = target["exp"].mean(axis=0)
        size = [np.linalg.norm(motion["exp"] - rest, axis=1) for motion in (target, prediction)]
        signals.append(Signal("Expression, distance from the true mean", "", size[0], size[1]))
    return signals


def _widest(difference: np.ndarray) -> int:
    """The first of those `SHOWN` frames whose differences (T,) sum to most."""
    sums = np.concatenate([[0.0], np.cumsum(difference)])
    return int(np.argmax(sums[SHOWN:] - sums[:-SHOWN])) if len(difference) > SHOWN else 0
