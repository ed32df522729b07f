"""Metrics of single clips in the DualTalk protocol: by group of the motion space, on raw parameters.

Shapes: T frames, D channels of a group. Names follow `key_group`: fd_exp, pfd_jaw, mse_pose, ...
Source: DualTalk (arXiv 2505.18096) and TIMAR (arXiv 2512.15340); definitions in docs/metrics.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from visavis.analysis.correlation import correlation
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.validate.metrics.diversity import Clusters, clusters_of_group, fit_clusters
from visavis.validate.metrics.frechet import frechet_distance, paired_frechet_distance

PROTOCOL = ("fd", "pfd", "mse", "sid", "sid_reverse", "rpcc", "sts", "var")
NEEDS_PARTNER = ("pfd", "rpcc")


@dataclass(frozen=True, eq=False)
class Reference:
    """What a clip's predictions are scored against: the true motion, its partner's, and the target's clusters.

    `clusters` has the groups that are known of the target; no other is scored.
    """

    target: Motion
    partner: Motion | None
    clusters: Mapping[str, Clusters]


def reference(target: Motion, partner: Motion | None) -> Reference:
    """A clip's reference, its clusters fitted once for any number of predictions; trimmed to the shorter motion."""
    if partner is not None:
        _same_space(target, partner)
        frames = min(len(target), len(partner))
        target, partner = target.cut(0, frames), partner.cut(0, frames)
    known = [group for group in target.space.groups if target.knows(group)]
    clusters = {group: fit_clusters(target[group], clusters_of_group(group)) for group in known}
    return Reference(target, partner, clusters)


def score_clip(prediction: Motion, truth: Reference) -> dict[str, float]:
    """Every metric of the protocol for one clip; those that need the partner's motion only where it is known.

    All are trimmed to the shortest of prediction, target and partner. SID's clusters come from `truth`.
    Raises `VisavisError` when the spaces differ or fewer than two frames are common.
    """
    _same_space(prediction, truth.target)
    frames = min(len(prediction), len(truth.target))
    if frames < 2:
        raise VisavisError(f"prediction and target have {frames} frames in common; scores need two or more")
    if frames < len(truth.target):
        truth = reference(truth.target.cut(0, frames), None if truth.partner is None else truth.partner.cut(0, frames))
    scores: dict[str, float] = {}
    for group, clusters in truth.clusters.items():
        partner = truth.partner[group] if truth.partner is not None and truth.partner.knows(group) else None
        values = _score_group(group, prediction[group][:frames], truth.target[group], partner, clusters)
        scores.update({f"{key}_{group}": value for key, value in values.items()})
    return {key: scores[key] for key in sorted(scores, key=_printed_order)}


def mean_squared_error(prediction: np.ndarray, target: np.ndarray) -> float:
    """Mean over frames and channels of the squared difference."""
    return float(np.mean((prediction.astype(np.float64) - target) ** 2))


def rpcc(prediction: np.ndarray, target: np.ndarray, partner: np.ndarray) -> float:
    """|corr(target, partner) - corr(prediction, partner)|, each flattened over frames and channels."""
    return abs(correlation(target, partner) - correlation(prediction, partner))


def _score_group(
    group: str, prediction: np.ndarray, target: np.ndarray, partner: np.ndarray | None, clusters: Clusters
) -> dict[str, float]:
    jumps = np.diff(prediction.astype(np.float64), axis=0) - np.diff(target.astype(np.float64), axis=0)
    scores = {
        "fd": frechet_distance(prediction, target),
        "mse": mean_squared_error(prediction, target),
        "sid": clusters.entropy(prediction),
        "sid_reverse": fit_clusters(prediction, clusters_of_group(group)).entropy(target),
        "sts": float(np.sqrt(np.sum(jumps**2 / 0.1))),
        "var": float(np.var(prediction.astype(np.float64), axis=0).mean()),
    }
    if partner is not None:
        scores["pfd"] = paired_frechet_distance(prediction, target, partner)
        scores["rpcc"] = rpcc(prediction, target, partner)
    return scores


def _same_space(first: Motion, second: Motion) -> None:
    if first.space is not second.space:
        raise VisavisError(
            f"motion in space {first.space.name} cannot be scored against motion in space {second.space.name}; "
            f"use data of the model's own space"
        )


def _printed_order(key: str) -> int:
    return PROTOCOL.index(key.rsplit("_", 1)[0])
