"""Frechet distance between the Gaussians of two sets of frames.

Shapes: T frames, D channels. |m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)), S = the unbiased covariance over frames.
"""

from __future__ import annotations

from dataclasses import dataclass

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
    return gaussian_distance(_gaussian(first), _gaussian(second))


def paired_frechet_distance(prediction: np.ndarray, target: np.ndarray, partner: np.ndarray) -> float:
    """P-FD: the distance of [partner, prediction] to [partner, target], joined frame by frame; each (T, D)."""
    return frechet_distance(np.hstack([partner, prediction]), np.hstack([partner, target]))


@dataclass(frozen=True, eq=False)
class Gaussian:
    """A normal distribution: its mean (D,) and a root R (n, D) of its covariance, R'R."""

    mean: np.ndarray
    root: np.ndarray


def gaussian_of_moments(mean: np.ndarray, covariance: np.ndarray) -> Gaussian:
    """The distribution of mean (D,) and covariance (D, D); what rounding made negative counts as 0."""
    sizes, directions = np.linalg.eigh(covariance)
    return Gaussian(mean, np.sqrt(np.maximum(sizes, 0.0))[:, None] * directions.T)


def gaussian_distance(first: Gaussian, second: Gaussian) -> float:
    """The Frechet distance of two normal distributions."""
    spread = np.sum(first.root**2) + np.sum(second.root**2)
    overlap = np.linalg.svd(first.root @ second.root.T, compute_uv=False).sum()
    return max(0.0, float(np.sum((first.mean - second.mean) ** 2) + spread - 2 * overlap))


def _gaussian(frames: np.ndarray) -> Gaussian:
    frames = np.asarray(frames, dtype=np.float64)
    mean = frames.mean(axis=0)
    return Gaussian(mean, np.linalg.qr(frames - mean, mode="r") / np.sqrt(len(frames) - 1))
