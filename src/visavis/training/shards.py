"""Training with weights sharded over the processes (FSDP): a twin of the objective learns, in shards.

The objective itself stays an ordinary module of whole weights: empty while its twin learns, filled where somebody uses
it, which is in validation and at the end. They share what does not learn, frozen parameters and buffers.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import cast

import torch
from torch import Tensor, nn

from visavis.training.ema import trained_parameters


def whole(tensor: Tensor) -> Tensor:
    """A tensor that may be sharded, whole; of one that is, all processes ask at once."""
    from torch.distributed.tensor import DTensor

    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def gathered(tensors: Mapping[str, Tensor], here: bool) -> dict[str, Tensor]:
    """Tensors that may be sharded, whole and on the CPU; none in a process that only gives its shards to the others."""
    kept: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        complete = whole(tensor.detach())
        if here:
            kept[name] = complete.cpu()
    return kept


def shard_like(tensor: Tensor, like: Tensor) -> Tensor:
    """This process's shard of a whole tensor, where `like`, of the same shape, is sharded; else all of it."""
    from torch.distributed.tensor import DTensor, distribute_tensor

    if not isinstance(like, DTensor):
        return tensor
    return distribute_tensor(tensor, like.device_mesh, like.placements, src_data_rank=None)


def twin_of(objective: nn.Module, device: torch.device) -> nn.Module:
    """A module like `objective` that takes over its trained parameters and leaves it empty.

    What both share moves to `device`; parameters that learn stay where they are until they are sharded.
    """
    memo: dict[int, object] = {id(buffer): buffer for buffer in objective.buffers()}
    for parameter in objective.parameters():
        memo[id(parameter)] = nn.Parameter(parameter.data) if parameter.requires_grad else parameter
    twin = copy.deepcopy(objective, memo)
    _empty(objective)
    for shared in (*objective.buffers(), *objective.parameters()):
        if not shared.requires_grad:
            shared.data = shared.data.to(device)
    return twin


def fill(objective: nn.Module, learner: nn.Module) -> None:
    """Give an objective the whole weights of its twin, all processes at once; nothing to do if it learns itself."""
    if objective is not learner:
        theirs = trained_parameters(learner)
        for name, parameter in trained_parameters(objective).items():
            parameter.data = whole(theirs[name].detach())


@contextmanager
def filled(objective: nn.Module, learner: nn.Module) -> Iterator[None]:
    """Inside, an objective has the weights that its twin has; all processes enter at once."""
    fill(objective, learner)
    try:
        yield
    finally:
        if objective is not learner:
            _empty(objective)


def leave_unused_alone(model: nn.Module, optimizer: torch.optim.Optimizer, total: Callable[[Tensor], Tensor]) -> None:
    """Let steps pass over parameters that no process has used, as they do where nothing is sharded.

    Shards of gradients are averaged together, with zeros from a process that did not use a parameter; zeros from all of
    them would still decay it and move it on. total: the sum of a tensor over the processes.
    """
    from torch.distributed.fsdp import FSDPModule
    from torch.distributed.tensor import DTensor

    used: set[str] = set()

    def pass_over(*_: object) -> None:
        parameters = trained_parameters(model)
        marks = torch.tensor([float(name in used) for name in parameters], device=next(model.parameters()).device)
        for parameter, count in zip(parameters.values(), total(marks).tolist(), strict=True):
            if not count:
                parameter.grad = None
        used.clear()

    assert isinstance(model, FSDPModule)
    model.set_reduce_scatter_unused_params(True)
    for where, unit in model.named_modules():
        if isinstance(unit, FSDPModule):
            unit.unshard()
            for name, parameter in cast(nn.Module, unit).named_parameters(where):
                if parameter.requires_grad and not isinstance(parameter, DTensor):
                    parameter.register_post_accumulate_grad_hook(lambda _, name=name: used.add(name))
            unit.reshard()
    optimizer.register_step_pre_hook(pass_over)


def _empty(objective: nn.Module) -> None:
    for parameter in trained_parameters(objective).values():
        parameter.data = parameter.data.new_empty(0)
