"""Frechet distance between the Gaussians of two sets of frames.

Shapes: T frames, D channels. |m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)), S = the unbiased covariance over frames.
"""

from __future__ import annotations

import numpy as np

from visavis.core.errors import VisavisError


def frechet_distance(first: np.ndarray, second: np.ndarray) -> float:
    """Frechet distance of the frame distributions of `first` (T1, D) and `second` (T2, D).

    With centred frames X = Q R the covariance is R'R / (T - 1), and tr (S1 S2)^(1/2) is the sum of the
    singular values of R1 R2': no matrix square root, and no trouble with fewer frames than channels.
    Raises `VisavisError` with fewer than two frames or unequal widths.
    """
    if first.ndim != 2 or second.ndim != 2 or first.shape[1] != second.shape[1] or min(len(first), len(second)) < 2:
        raise VisavisError(
            f"a Frechet distance needs two arrays (frames, channels) of the same width with two frames or more; "
            f"{first.shape} and {second.shape} were given"
        )
    mean_first, root_first = _moments(first)
    mean_second, root_second = _moments(second)
    spread = np.sum(root_first**2) + np.sum(root_second**2)
    overlap = np.linalg.svd(root_first @ root_second.T, compute_uv=False).sum()
    return max(0.0, float(np.sum((mean_first - mean_second) ** 2) + spread - 2 * overlap))


def paired_frechet_distance(prediction: np.ndarray, target: np.ndarray, partner: np.ndarray) -> float:
    """P-FD: the distance of [partner, prediction] to [partner, target], joined frame by frame; each (T, D)."""
    return frechet_distance(np.hstack([partner, prediction]), np.hstack([partner, target]))


def _moments(frames: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean (D,) and a root R of the covariance, R'R = cov(frames)."""
    frames = np.asarray(frames, dtype=np.float64)
    mean = frames.mean(axis=0)
    return mean, np.linalg.qr(frames - mean, mode="r") / np.sqrt(len(frames) - 1)
