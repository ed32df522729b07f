"""The losses of the steps since the last look; read all at once, so that a GPU need not wait at every step."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from visavis.core.errors import VisavisError
from visavis.training.processes import Processes


class Journal:
    """Collects the scalars of each step on the device and looks at them when asked."""

    def __init__(self, done: int) -> None:
        """Begin after `done` steps."""
        self._done, self._names = done, tuple[str, ...]()
        self._rows: list[Tensor] = []

    def add(self, values: Mapping[str, Tensor]) -> None:
        """The scalars of the next step; every step has the same names."""
        if self._names and tuple(values) != self._names:
            raise VisavisError(
                f"an objective gives the same losses in every step; it gave {', '.join(self._names)} "
                f"and then {', '.join(values)}"
            )
        self._names = tuple(values)
        self._rows.append(torch.stack([value.detach().float() for value in values.values()]))

    def look(self, processes: Processes) -> dict[str, float]:
        """Means over the steps since the last look and over the processes.

        Raises `VisavisError` naming the first step in which something was NaN or infinite.
        """
        rows = processes.mean(torch.stack(self._rows)).cpu()
        bad = (~rows.isfinite().all(dim=1)).nonzero()
        if len(bad):
            first = int(bad[0])
            values = ", ".join(f"{name} {float(v):.4g}" for name, v in zip(self._names, rows[first], strict=True))
            raise VisavisError(
                f"training broke at step {self._done + first + 1}: {values}; the last checkpoint is from before it; "
                "start again with a smaller optimizer.lr, a smaller clip or bf16 off, or check the data"
            )
        self._done += len(rows)
        self._rows = []
        return dict(zip(self._names, rows.double().mean(0).tolist(), strict=True))
