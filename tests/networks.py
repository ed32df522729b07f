"""Networks for tests, from predictions for values (rows, ...) at process times (rows,), or (rows, times)."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from visavis.core.protocols import Network


def network(predict: Callable[[Tensor, Tensor], Tensor]) -> Network:
    return lambda times: lambda x, step: predict(x, times[step].expand(len(x), *times.shape[1:]))
