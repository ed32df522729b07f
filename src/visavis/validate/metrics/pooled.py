"""Metrics over the frames of all clips together: the other convention in use (DIM, ViCo and ARIG's tables).

Shapes: T frames, D channels of a group. Names: pooled_fd_exp, pooled_rpcc_jaw, ... Clips are seen one at a time:
their frames become sums, sums add up, and every score is read off the sums.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from visavis.core.motion import Motion
from visavis.core.spaces import MotionSpace
from visavis.validate.metrics.diversity import Clusters, entropy_of, fit_clusters
from visavis.validate.metrics.frechet import Gaussian, gaussian_distance, gaussian_of_moments

CLUSTERS = {"exp": 40}
"""Clusters of the pooled index by group; every group that is not named has `OTHER_CLUSTERS`."""
OTHER_CLUSTERS = 20


@dataclass(frozen=True, eq=False)
class Sums:
    """How many frames (n, D) there were, their sum (D,) and the sum of their products (D, D), float64."""

    count: int
    total: np.ndarray
    products: np.ndarray

    def __add__(self, other: Sums) -> Sums:
        return Sums(self.count + other.count, self.total + other.total, self.products + other.products)

    def gaussian(self, of: slice | np.ndarray) -> Gaussian:
        """The normal distribution of some channels, with the unbiased covariance."""
        total = self.total[of]
        covariance = (self.products[of][:, of] - np.outer(total, total) / self.count) / (self.count - 1)
        return gaussian_of_moments(total / self.count, covariance)


@dataclass(frozen=True, eq=False)
class Pool:
    """One group's sums: of [target, prediction], of [partner, target, prediction] where the partner is known.

    `counts`: how many predicted frames fall into each cluster of the true frames.
    """

    own: Sums
    joint: Sums | None
    counts: np.ndarray

    def __add__(self, other: Pool) -> Pool:
        if self.joint is None or other.joint is None:
            joint = self.joint or other.joint
        else:
            joint = self.joint + other.joint
        return Pool(self.own + other.own, joint, self.counts + other.counts)


Pools = Mapping[str, Pool]
"""A pool for each group of a motion space."""


def pooled_clusters(
    truths: Sequence[np.ndarray], space: MotionSpace, groups: Iterable[str] | None = None
) -> dict[str, Clusters]:
    """The clusters of every group (or of some), fitted on the true motion (T, D) of all clips together."""
    return {
        group: fit_clusters(
            np.concatenate([truth[:, space.indices(group)] for truth in truths]), CLUSTERS.get(group, OTHER_CLUSTERS)
        )
        for group in (space.groups if groups is None else groups)
    }


def pool(prediction: Motion, target: Motion, partner: Motion | None, clusters: Mapping[str, Clusters]) -> Pools:
    """What one motion adds to the pools of its row, in the groups of `clusters`; all is trimmed to the shortest."""
    motions = [target, prediction] if partner is None else [target, prediction, partner]
    frames = min(map(len, motions))
    pools: dict[str, Pool] = {}
    for group in clusters:
        own = np.hstack([motion[group][:frames] for motion in (target, prediction)])
        joint = None if partner is None else sums_of(np.hstack([partner[group][:frames], own]))
        pools[group] = Pool(sums_of(own), joint, clusters[group].counts(prediction[group][:frames]))
    return pools


def add_pools(first: Pools, second: Pools) -> Pools:
    """Both together."""
    return {group: first[group] + second[group] for group in first}


def score_pools(pools: Pools) -> dict[str, float]:
    """FD, P-FD, MSE, SID, rPCC and variance of every group, named `pooled_fd_exp` and so on.

    P-FD and rPCC are over the clips whose partner's motion is known. SID has 40 clusters for exp and 20 for every
    other group; the variance is over all values of a group flattened.
    """
    scores: dict[str, dict[str, float]] = {}
    for group, one in pools.items():
        width = len(one.own.total) // 2
        target, prediction = slice(0, width), slice(width, None)
        scores[group] = {"fd": gaussian_distance(one.own.gaussian(target), one.own.gaussian(prediction))}
        if one.joint is not None:
            partner = np.arange(width)
            true, drawn = (np.concatenate([partner, partner + shift]) for shift in (width, 2 * width))
            scores[group]["pfd"] = gaussian_distance(one.joint.gaussian(true), one.joint.gaussian(drawn))
        scores[group] |= {"mse": _squared_error(one.own, width), "sid": entropy_of(one.counts)}
        if one.joint is not None:
            scores[group]["rpcc"] = abs(_correlation(one.joint, width, 1) - _correlation(one.joint, width, 2))
        scores[group]["var"] = _flat_variance(one.own, prediction)
    keys = dict.fromkeys(key for group in scores.values() for key in group)
    return {f"pooled_{key}_{group}": scores[group][key] for key in keys for group in scores if key in scores[group]}


def sums_of(frames: np.ndarray) -> Sums:
    """The sums of frames (T, D)."""
    values = frames.astype(np.float64)
    return Sums(len(values), values.sum(axis=0), values.T @ values)


def _squared_error(own: Sums, width: int) -> float:
    squares = np.diag(own.products)
    crossed = np.diag(own.products[:width, width:])
    return max(0.0, float(squares.sum() - 2 * crossed.sum()) / (own.count * width))


def _flat_variance(sums: Sums, of: slice) -> float:
    """The variance of all values of some channels, flattened over frames and channels."""
    values = sums.count * len(sums.total[of])
    return max(0.0, float(np.diag(sums.products)[of].sum() / values - (sums.total[of].sum() / values) ** 2))


def _correlation(joint: Sums, width: int, person: int) -> float:
    """The partner's correlation with the target (1) or the prediction (2), each flattened; 0 where one is constant."""
    other = slice(person * width, (person + 1) * width)
    partner, values = slice(0, width), joint.count * width
    product = np.diag(joint.products[partner, other]).sum() / values
    means = joint.total[partner].sum() / values * joint.total[other].sum() / values
    spreads = [_flat_variance(joint, of) for of in (partner, other)]
    powers = [np.diag(joint.products)[of].sum() / values for of in (partner, other)]
    if any(spread <= 1e-12 * power for spread, power in zip(spreads, powers, strict=True)):
        return 0.0
    return float((product - means) / np.sqrt(spreads[0] * spreads[1]))
