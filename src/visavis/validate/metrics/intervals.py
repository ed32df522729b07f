"""Means over clips with bootstrap confidence intervals.

Every metric is a ratio of sums over clips: a mean is (value, 1) per clip, an F1 is (2 matched, found + true),
a speed ratio is (speed of the prediction, true speed). So every metric is averaged and bootstrapped the same way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from visavis.validate.metrics.reactions import Matches

RESAMPLES = 1000
LEVEL = 0.95


@dataclass(frozen=True)
class Share:
    """One clip's part in a metric: numerator and denominator."""

    above: float
    below: float = 1.0


@dataclass(frozen=True)
class Estimate:
    """A metric over all clips with its 95 % bootstrap interval, None over a single clip, whose resamples are all alike;
    `clips` had something to say about it."""

    value: float
    low: float | None
    high: float | None
    clips: int


Shares = dict[str, Share]
"""One clip's metrics by name."""


def shares_of(scores: Mapping[str, float]) -> Shares:
    """Scores whose mean over clips is wanted; NaN = this clip has nothing to say."""
    return {name: Share(value) for name, value in scores.items() if not np.isnan(value)}


def shares_of_matches(name: str, matches: Matches) -> Shares:
    """`react_f1_`, `react_signed_s_` and `react_absolute_s_` of one kind of reaction."""
    pairs = len(matches.errors_s)
    return {
        f"react_f1_{name}": Share(2 * pairs, matches.found + matches.true),
        f"react_signed_s_{name}": Share(sum(matches.errors_s), pairs),
        f"react_absolute_s_{name}": Share(sum(map(abs, matches.errors_s)), pairs),
    }


def estimate(clips: Sequence[Sequence[Shares]], *, seed: int = 0) -> dict[str, Estimate]:
    """Every metric over all clips; whole clips are resampled, with all that was scored in them.

    `clips[i]` holds the shares of everything scored in clip i: both roles, every seed. Metrics whose denominators
    sum to 0 are left out.
    """
    names = dict.fromkeys(name for clip in clips for shares in clip for name in shares)
    weights = np.random.default_rng(seed).multinomial(len(clips), np.full(len(clips), 1 / len(clips)), size=RESAMPLES)
    found: dict[str, Estimate] = {}
    for name in names:
        sums = np.array([_sums(clip, name) for clip in clips])
        if sums[:, 1].sum() == 0:
            continue
        telling = int(np.count_nonzero(sums[:, 1]))
        low, high = _interval(weights @ sums) if telling > 1 else (None, None)
        above, below = sums.sum(axis=0)
        found[name] = Estimate(float(above / below), low, high, telling)
    return found


def by_clip(clips: Sequence[Sequence[Shares]]) -> dict[str, tuple[float | None, ...]]:
    """Every metric of each clip by itself, over all that was scored in it; None where it has nothing to say."""
    names = dict.fromkeys(name for clip in clips for shares in clip for name in shares)
    sums = {name: [_sums(clip, name) for clip in clips] for name in names}
    return {name: tuple(above / below if below else None for above, below in found) for name, found in sums.items()}


def _interval(drawn: np.ndarray) -> tuple[float, float]:
    """The bounds of the ratio over resampled sums (R, 2)."""
    drawn = drawn[drawn[:, 1] > 0]
    low, high = np.quantile(drawn[:, 0] / drawn[:, 1], [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def _sums(clip: Sequence[Shares], name: str) -> tuple[float, float]:
    shares = [one[name] for one in clip if name in one]
    return sum(share.above for share in shares), sum(share.below for share in shares)
