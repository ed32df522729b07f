"""How old the user's voice is when the frames that have heard it are sent."""

from __future__ import annotations

from collections import deque

import numpy as np

_REMEMBERED = 250


class Arrivals:
    """When which of the user's voice came, by the user's clock; and how old it was when it was shown."""

    def __init__(self) -> None:
        self._came: deque[tuple[int, float]] = deque(maxlen=_REMEMBERED)
        self._ages_s: deque[float] = deque(maxlen=_REMEMBERED)

    def came(self, end: int, now_s: float) -> None:
        """The user's voice came up to a sample of the user's clock."""
        if self._came and end <= self._came[-1][0]:
            self._came.clear()
        self._came.append((end, now_s))

    def shown(self, heard: int, now_s: float) -> float | None:
        """Frames that heard the user up to a sample are sent; how long ago that sample came [s], None: unknown."""
        at = next((when for end, when in self._came if end >= heard), None)
        if at is None:
            return None
        self._ages_s.append(now_s - at)
        return now_s - at

    def quantiles(self) -> tuple[float, float]:
        """The median and the 95th percentile of the last ages [s]; 0 before any."""
        if not self._ages_s:
            return 0.0, 0.0
        p50, p95 = np.quantile(self._ages_s, [0.5, 0.95])
        return float(p50), float(p95)
