"""Classifier-free guidance as a wrapper around two predictions."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Predict = Callable[[Tensor, Tensor], Tensor]


def guided(conditional: Predict, unconditional: Predict, scale: float, values: int) -> Predict:
    """A prediction u + scale (c - u) in the first `values` outputs; the rest (a variance) comes from `conditional`."""

    def predict(x: Tensor, time: Tensor) -> Tensor:
        with_user = conditional(x, time)
        without = unconditional(x, time)[:, :values]
        mixed = without + scale * (with_user[:, :values] - without)
        return torch.cat([mixed, with_user[:, values:]], dim=1)

    return predict
