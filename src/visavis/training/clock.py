"""How long a run has taken and how fast it learns, validation and saving left out of the speed."""

from __future__ import annotations

import time

from visavis.training.checkpoints import Progress


class Clock:
    """Started where a run begins or goes on."""

    def __init__(self, start: Progress) -> None:
        self._start = self._mark = time.monotonic()
        self._before, self._marked = start.seconds, start.step
        self._learning_s, self._learnt = 0.0, 0

    @property
    def seconds(self) -> float:
        """Time spent so far, that before the resumption included [s]."""
        return self._before + time.monotonic() - self._start

    @property
    def mean_speed(self) -> float:
        """Speed over all looks [steps/s]; 0 before the first."""
        return self._learnt / self._learning_s if self._learnt else 0.0

    def look(self, done: int) -> float:
        """Speed since the last look, `done` being the steps done now [steps/s]."""
        spent, steps = time.monotonic() - self._mark, done - self._marked
        self._learning_s, self._learnt = self._learning_s + spent, self._learnt + steps
        self._mark, self._marked = time.monotonic(), done
        return steps / max(spent, 1e-9)

    def leave_out(self) -> None:
        """Do not count the time since the last look."""
        self._mark = time.monotonic()
