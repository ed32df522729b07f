"""How alike two curves are: Pearson's correlation, overall, while a person speaks, and lag by lag. Shapes: T frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from visavis.core.clock import FPS
from visavis.encode.activity import Voice


@dataclass(frozen=True)
class LagCurve:
    """Correlation of two curves lag by lag: `correlations[i]` at `lags[i]` frames; positive lag = the first is late.

    `still`: one of them does not move, so that it follows nothing and no lag is best.
    """

    lags: tuple[int, ...]
    correlations: tuple[float, ...]
    still: bool = False

    @property
    def at_zero(self) -> float:
        """The correlation without a lag."""
        return self.correlations[self.lags.index(0)]

    @property
    def best(self) -> float:
        """The greatest correlation."""
        return self.correlations[self._best_place]

    @property
    def best_lag_ms(self) -> float:
        """The lag of the greatest correlation [ms]; NaN where a curve is still."""
        return float("nan") if self.still else self.lags[self._best_place] * 1000 / FPS

    @property
    def _best_place(self) -> int:
        return int(np.argmax(self.correlations))


def still_curve(longest: int) -> LagCurve:
    """The lag curve of something that does not move: 0 at all lags up to `longest` frames either way."""
    lags = lags_within(longest)
    return LagCurve(lags, (0.0,) * len(lags), still=True)


def lags_within(longest: int) -> tuple[int, ...]:
    """All lags up to `longest` frames either way, in ascending order."""
    return tuple(range(-longest, longest + 1))


def correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Pearson correlation of two arrays, flattened; 0 where one of them is constant."""
    a = np.asarray(first, dtype=np.float64).ravel()
    b = np.asarray(second, dtype=np.float64).ravel()
    a, b = a - a.mean(), b - b.mean()
    scale = np.sqrt(np.sum(a * a) * np.sum(b * b))
    return float(np.sum(a * b) / scale) if scale > 1e-12 else 0.0


def correlation_while_speaking(first: np.ndarray, second: np.ndarray, voice: Voice) -> float:
    """Correlation of two curves (T,) over the frames in which a person speaks; NaN where there are fewer than two."""
    frames = min(len(first), len(second), len(voice))
    speaking = voice.speaking[:frames]
    return correlation(first[:frames][speaking], second[:frames][speaking]) if speaking.sum() >= 2 else float("nan")
