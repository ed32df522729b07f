"""How fast the DualTalk protocol is scored, beside the same scores in plain loops, one frame and one channel at a time.

Shapes: T frames, D channels of a group, as lists of floats. The loops say what `per_clip` computes, they are slow on
purpose; both fit the same clusters.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from visavis.core.clock import frames_of
from visavis.core.motion import Motion
from visavis.core.spaces import space_named
from visavis.validate.metrics.diversity import clusters_of_group, fit_clusters
from visavis.validate.metrics.per_clip import reference, score_clip

Frames = list[list[float]]


@dataclass(frozen=True)
class ScoringSpeed:
    """Time to score one clip [ms], in plain loops and as it is done; `gain`: how often the latter fits into the former.

    `difference` is the largest one of any score, relative to the score.
    """

    loops_ms: float
    scoring_ms: float
    gain: float
    difference: float


def scoring_speed(prediction: Motion, target: Motion, partner: Motion, runs: int = 5) -> ScoringSpeed:
    """Measure on one clip; the median of `runs` for what is quick, one run of what is slow."""
    score_clip(prediction, reference(target, partner))  # imports and warms up
    quick = [_timed(lambda: score_clip(prediction, reference(target, partner))) for _ in range(runs)]
    scoring_s = float(np.median([seconds for seconds, _ in quick]))
    loops_s, plain = _timed(lambda: plain_scores(prediction, target, partner))
    difference = max(abs(plain[name] - value) / max(abs(value), 1e-9) for name, value in quick[0][1].items())
    return ScoringSpeed(1000 * loops_s, 1000 * scoring_s, loops_s / scoring_s, difference)


def made_up_clip(seconds: float = 30.0) -> tuple[Motion, Motion, Motion]:
    """A prediction, a target and a partner to measure on where there is no data: three drifting faces of flame56."""
    random = np.random.default_rng(0)
    space, frames = space_named("flame56"), frames_of(seconds)
    drift = 0.98 ** np.arange(frames)[::-1, None]
    steps = random.normal(size=(3, frames, space.width))
    first, second, third = (Motion(np.cumsum(one * 0.02 / drift, axis=0) * drift, space) for one in steps)
    return first, second, third


def plain_scores(prediction: Motion, target: Motion, partner: Motion) -> dict[str, float]:
    """`score_clip` in loops, for three motions of one length and space."""
    scores: dict[str, float] = {}
    for group in target.space.groups:
        drawn, true, other = (motion[group].tolist() for motion in (prediction, target, partner))
        count = clusters_of_group(group)
        joined = [[a + b for a, b in zip(other, mine, strict=True)] for mine in (drawn, true)]
        found = {
            "fd": _frechet(drawn, true),
            "pfd": _frechet(joined[0], joined[1]),
            "mse": _mean([(a - b) ** 2 for x, y in zip(drawn, true, strict=True) for a, b in zip(x, y, strict=True)]),
            "sid": _entropy(drawn, fit_clusters(target[group], count).centres),
            "sid_reverse": _entropy(true, fit_clusters(prediction[group], count).centres),
            "rpcc": abs(_correlation(true, other) - _correlation(drawn, other)),
            "sts": _jumps(drawn, true),
            "var": _mean([_covariance(drawn, c, c) for c in range(len(drawn[0]))]) * (len(drawn) - 1) / len(drawn),
        }
        scores |= {f"{key}_{group}": value for key, value in found.items()}
    return scores


def _timed(work: Callable[[], dict[str, float]]) -> tuple[float, dict[str, float]]:
    start = time.perf_counter()
    scores = work()
    return time.perf_counter() - start, scores


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _covariance(frames: Frames, first: int, second: int) -> float:
    a, b = [frame[first] for frame in frames], [frame[second] for frame in frames]
    mean_a, mean_b = _mean(a), _mean(b)
    return sum((x - mean_a) * (y - mean_b) for x, y in zip(a, b, strict=True)) / (len(frames) - 1)


def _frechet(first: Frames, second: Frames) -> float:
    channels = range(len(first[0]))
    between = sum((_mean([f[c] for f in first]) - _mean([f[c] for f in second])) ** 2 for c in channels)
    one, two = (np.array([[_covariance(f, c, d) for d in channels] for c in channels]) for f in (first, second))
    overlap = np.sqrt(np.linalg.eigvals(one @ two).astype(complex)).real.sum()
    return between + float(np.trace(one) + np.trace(two) - 2 * overlap)


def _entropy(frames: Frames, centres: np.ndarray) -> float:
    places: Frames = centres.tolist()
    counts = [0] * len(places)
    for frame in frames:
        distances = [sum((x - y) ** 2 for x, y in zip(frame, place, strict=True)) for place in places]
        counts[distances.index(min(distances))] += 1
    return -sum(n / len(frames) * math.log2(n / len(frames) + 1e-6) for n in counts)


def _correlation(first: Frames, second: Frames) -> float:
    a, b = [x for frame in first for x in frame], [x for frame in second for x in frame]
    mean_a, mean_b = _mean(a), _mean(b)
    product = sum((x - mean_a) * (y - mean_b) for x, y in zip(a, b, strict=True))
    return product / math.sqrt(sum((x - mean_a) ** 2 for x in a) * sum((y - mean_b) ** 2 for y in b))


def _jumps(first: Frames, second: Frames) -> float:
    total = 0.0
    for t in range(1, len(first)):
        for c in range(len(first[0])):
            total += ((first[t][c] - first[t - 1][c]) - (second[t][c] - second[t - 1][c])) ** 2 / 0.1
    return math.sqrt(total)
