"""Classifier-free guidance as a wrapper around two predictions."""

from __future__ import annotations

import torch
from torch import Tensor

from visavis.core.protocols import Network, Predict


def guided(conditional: Network, unconditional: Network, scale: float, values: int) -> Network:
    """A prediction u + scale (c - u) in the first `values` outputs; the rest (a variance) comes from `conditional`."""

    def network(times: Tensor) -> Predict:
        informed, blind = conditional(times), unconditional(times)

        def predict(x: Tensor, step: int) -> Tensor:
            with_user = informed(x, step)
            without = blind(x, step)[:, :values]
            mixed = without + scale * (with_user[:, :values] - without)
            return torch.cat([mixed, with_user[:, values:]], dim=1)

        return predict

    return network
