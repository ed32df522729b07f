"""AdamW with weight decay where it belongs, and its state by parameter name."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from visavis.core.errors import VisavisError, unknown
from visavis.training.ema import trained_parameters
from visavis.training.loop_config import OptimizerConfig
from visavis.training.shards import shard_like

_MOMENTS = ("exp_avg", "exp_avg_sq")
_ADAM = ("step", *_MOMENTS)


def make_optimizer(objective: nn.Module, config: OptimizerConfig) -> torch.optim.AdamW:
    """AdamW over the parameters that learn.

    Matrices decay; 1-D parameters do not, nor those named by the objective's optional method `undecayed() -> set[str]`
    (names as in `objective.named_parameters()`; an unknown one is refused).
    """
    parameters = trained_parameters(objective)
    if not parameters:
        raise VisavisError("the objective has no parameter that learns; at least one needs requires_grad=True")
    undecayed = getattr(objective, "undecayed", set[str])()
    for name in undecayed:
        if name not in dict(objective.named_parameters()):
            raise unknown("undecayed parameter", name, parameters)
    free = [p for name, p in parameters.items() if p.dim() <= 1 or name in undecayed]
    decayed = [p for name, p in parameters.items() if p.dim() > 1 and name not in undecayed]
    groups = [
        {"params": decayed, "weight_decay": config.weight_decay},
        {"params": free, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW([group for group in groups if group["params"]], config.lr, config.betas, fused=True)


def set_rate(optimizer: torch.optim.Optimizer, lr: float) -> None:
    """Use learning rate `lr` in the next step."""
    for group in optimizer.param_groups:
        group["lr"] = lr


def optimizer_tensors(optimizer: torch.optim.Optimizer, objective: nn.Module) -> dict[str, Tensor]:
    """The optimiser's memory as `{parameter}.{exp_avg, exp_avg_sq, step}`; absent for parameters never moved."""
    return {
        f"{name}.{part}": optimizer.state[parameter][part]
        for name, parameter in trained_parameters(objective).items()
        if parameter in optimizer.state
        for part in _ADAM
    }


def load_optimizer_tensors(
    optimizer: torch.optim.Optimizer, objective: nn.Module, tensors: Mapping[str, Tensor]
) -> None:
    """Take over the memory that `optimizer_tensors` gave."""
    optimizer.state.clear()
    for name, parameter in trained_parameters(objective).items():
        if f"{name}.step" in tensors:
            state = {part: tensors[f"{name}.{part}"] for part in _ADAM}
            state |= {part: shard_like(state[part], parameter) for part in _MOMENTS}
            optimizer.state[parameter] = {
                part: tensor.to(parameter.device, copy=True) for part, tensor in state.items()
            }
