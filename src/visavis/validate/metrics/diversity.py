"""Diversity: the Shannon index (SID), how evenly frames spread over the clusters of a reference.

Learning2Listen (Ng et al. 2022) and DualTalk: k-means on the reference, entropy of the histogram of the scored frames.
The only door to scikit-learn.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from visavis.core.errors import missing_extra

CLUSTERS = {"exp": 40}
"""Clusters of the DualTalk protocol by group; every group that is not named has `OTHER_CLUSTERS`."""
OTHER_CLUSTERS = 10


@dataclass(frozen=True, eq=False)
class Clusters:
    """The k-means clusters of a reference (T, D)."""

    count: int
    fitted: Any

    @property
    def centres(self) -> np.ndarray:
        """The middle of each cluster, (count, D)."""
        centres: np.ndarray = self.fitted.cluster_centers_
        return centres

    def counts(self, frames: np.ndarray) -> np.ndarray:
        """How many of `frames` (T, D) fall into each cluster: (count,) integers."""
        return np.bincount(self.fitted.predict(np.ascontiguousarray(frames)), minlength=self.count)

    def entropy(self, frames: np.ndarray) -> float:
        """Entropy [bit] of the clusters that `frames` (T, D) fall into: 0 = one cluster, log2(count) = all evenly."""
        return entropy_of(self.counts(frames))


def fit_clusters(reference: np.ndarray, count: int) -> Clusters:
    """K-means with `count` clusters on `reference` (T, D); at most as many as frames, random state 0."""
    require_extra()
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    count = min(count, len(reference))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted = KMeans(n_clusters=count, random_state=0, n_init="auto").fit(np.ascontiguousarray(reference))
    return Clusters(count, fitted)


def entropy_of(counts: np.ndarray) -> float:
    """Entropy [bit] of a histogram (count,), 1e-6 inside the logarithm."""
    share = counts / counts.sum()
    return float(-np.sum(share * np.log2(share + 1e-6)))


def require_extra() -> None:
    """Raises `VisavisError` naming the extra to install where scikit-learn is missing."""
    try:
        import sklearn.cluster  # noqa: F401
    except ImportError as error:
        raise missing_extra("scikit-learn", "evaluate", "the Shannon index (SID)") from error


def clusters_of_group(group: str) -> int:
    """How many clusters the DualTalk protocol uses for a group: 40 for exp, 10 for jaw, pose and any other."""
    return CLUSTERS.get(group, OTHER_CLUSTERS)
