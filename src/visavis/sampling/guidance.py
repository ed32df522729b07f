"""Classifier-free guidance as a wrapper around two predictions (Ho & Salimans 2022).

Shapes: R rows (the first axis); predictions (R, ..., V).
"""

from __future__ import annotations

import torch
from torch import Tensor

from visavis.core.protocols import Network, Predict
from visavis.sampling.process import per_row


def guided(conditional: Network, unconditional: Network, scale: float | Tensor, values: int) -> Network:
    """A prediction u + scale (c - u) in the first `values` outputs; the rest (a variance) comes from `conditional`.

    `scale` is one number, or one for each row (R,).
    """

    def network(times: Tensor) -> Predict:
        informed, blind = conditional(times), unconditional(times)

        def predict(x: Tensor, step: int) -> Tensor:
            with_user = informed(x, step)
            without = blind(x, step)[..., :values]
            by = per_row(scale, without) if isinstance(scale, Tensor) else scale
            mixed = without + by * (with_user[..., :values] - without)
            return torch.cat([mixed, with_user[..., values:]], dim=-1)

        return predict

    return network
