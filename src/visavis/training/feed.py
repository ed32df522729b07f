"""Which windows a step sees, and fetching them one step ahead.

A step's batch is cut into equal *shares*, one for each forward pass of each process. What a share holds and draws
follows from (seed, step, share) alone, so a run can stop anywhere, and two processes do what one does in two passes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch

from visavis.core.errors import VisavisError


class Loaded(Protocol):
    """What training needs of a batch: that it can be moved; all else is between the windows and the objective."""

    def to(self, device: torch.device) -> Any:
        """The batch on another device."""
        ...


class Windows(Protocol):
    """What training needs of windows, such as those of `data.windows.WindowSet`."""

    def __len__(self) -> int:
        """How many windows there are."""
        ...

    def order(self, seed: int, epoch: int) -> Sequence[int] | np.ndarray:
        """Every window's index once, shuffled by (seed, epoch)."""
        ...

    def load(self, indices: Sequence[int], epoch: int) -> Loaded:
        """The windows of those indices, as they are in that epoch."""
        ...


@dataclass(frozen=True)
class Shares:
    """How a batch is cut: this process works on `mine` of `count` shares with `rows` windows each."""

    count: int
    rows: int
    mine: range


def cut(batch_size: int, processes: int, rank: int, accumulate: int) -> Shares:
    """The shares of process `rank`; raises `VisavisError` when the batch cannot be cut evenly."""
    count = processes * accumulate
    if batch_size % count:
        raise VisavisError(
            f"a batch of {batch_size} windows cannot be cut into {processes} processes x {accumulate} passes; "
            f"choose a batch_size that is a multiple of {count}"
        )
    return Shares(count, batch_size // count, range(rank * accumulate, (rank + 1) * accumulate))


def seed_of(seed: int, *where: int) -> int:
    """A 64-bit seed that belongs to (seed, where) alone."""
    return int(np.random.SeedSequence(seed, spawn_key=where).generate_state(1, np.uint64)[0])


class Feed:
    """This process's batches of every step, loaded by one thread while the step before is computed."""

    def __init__(self, windows: Windows, shares: Shares, seed: int) -> None:
        self.windows, self.shares, self.seed = windows, shares, seed
        self.batch_size = shares.count * shares.rows
        self.steps_per_epoch = len(windows) // self.batch_size
        if self.steps_per_epoch == 0:
            raise VisavisError(
                f"the data holds {len(windows)} windows and one batch needs {self.batch_size}; "
                "bring more recordings or choose a smaller batch_size"
            )
        self._epoch, self._order = -1, np.empty(0, np.int64)

    def batches(self, start: int, stop: int) -> Iterator[list[Loaded]]:
        """For each step from `start` up to `stop`, one batch for each of this process's shares."""
        with ThreadPoolExecutor(1, "visavis-feed") as loader:
            ahead = loader.submit(self.load, start) if start < stop else None
            for step in range(start, stop):
                assert ahead is not None
                ready = ahead.result()
                ahead = loader.submit(self.load, step + 1) if step + 1 < stop else None
                yield ready

    def load(self, step: int) -> list[Loaded]:
        """The batches of one step; what is left over at the end of an epoch is skipped."""
        epoch, place = divmod(step, self.steps_per_epoch)
        if epoch != self._epoch:
            self._epoch, self._order = epoch, np.asarray(self.windows.order(self.seed, epoch))
        rows = self.shares.rows
        first = place * self.batch_size
        starts = [first + share * rows for share in self.shares.mine]
        return [self.windows.load(self._order[start : start + rows].tolist(), epoch) for start in starts]
