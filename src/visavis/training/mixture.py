"""Windows of two kinds in every batch, in a fixed share."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Protocol

import numpy as np

from visavis.core.errors import VisavisError
from visavis.data.windows import Batch, joined
from visavis.training.feed import Windows


class ClipWindows(Windows, Protocol):
    """Windows of conversations."""

    def load(self, indices: Sequence[int], epoch: int) -> Batch:
        """The windows of those indices, as they are in that epoch."""
        ...


class Mixture:
    """The windows of `main`, each once an epoch, and between them those of `other`, round after round, in a `share`.

    The kinds alternate as evenly as they can, so any stretch of the order holds the share to within one window.
    `other`'s rounds are its own epochs: in each its windows lie elsewhere. Everything follows from (seed, epoch).
    """

    def __init__(self, main: ClipWindows, other: ClipWindows, share: Fraction) -> None:
        if not 0 < share < 1:
            raise VisavisError(
                f"a share of {float(share):g} of the windows cannot be mixed in; give one between 0 and 1"
            )
        self.main, self.other = main, other
        count = len(main) * share.denominator // (share.denominator - share.numerator)
        others = np.array([index * share.numerator // share.denominator for index in range(count + 1)])
        self._is_other = np.diff(others) > 0
        self._rounds = -(-int(others[-1]) // len(other))

    def __len__(self) -> int:
        return len(self._is_other)

    def order(self, seed: int, epoch: int) -> np.ndarray:
        """Window numbers (len,) of one epoch: those of `main`, then those of each of `other`'s rounds."""
        order = np.empty(len(self), np.int64)
        order[~self._is_other] = np.asarray(self.main.order(seed, epoch))[: np.count_nonzero(~self._is_other)]
        rounds = [
            len(self.main)
            + number * len(self.other)
            + np.asarray(self.other.order(seed, epoch * self._rounds + number))
            for number in range(self._rounds)
        ]
        if rounds:
            order[self._is_other] = np.concatenate(rounds)[: np.count_nonzero(self._is_other)]
        return order

    def load(self, indices: Sequence[int], epoch: int) -> Batch:
        """The windows of these numbers, as they lie in this epoch."""
        chosen = np.asarray(indices, dtype=np.int64)
        last = len(self.main) + self._rounds * len(self.other) - 1
        if len(chosen) == 0 or chosen.min() < 0 or chosen.max() > last:
            raise VisavisError(f"window numbers lie in 0 to {last}; {indices} was asked for")
        rounds, windows = np.divmod(chosen - len(self.main), len(self.other))
        parts, places = [], []
        for number in np.unique(np.maximum(rounds, -1)).tolist():
            here = np.flatnonzero(np.maximum(rounds, -1) == number)
            if number < 0:
                parts.append(self.main.load(chosen[here].tolist(), epoch))
            else:
                parts.append(self.other.load(windows[here].tolist(), epoch * self._rounds + number))
            places.append(here.tolist())
        return joined(parts, places)
