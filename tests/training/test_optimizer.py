from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from tests.training.dummy import DummyObjective
from visavis.core.errors import VisavisError
from visavis.training.loop_config import OptimizerConfig
from visavis.training.optimizer import load_optimizer_tensors, make_optimizer, optimizer_tensors, set_rate


def decay_of(optimizer: torch.optim.Optimizer, parameter: Tensor) -> float:
    (decay,) = [g["weight_decay"] for g in optimizer.param_groups for p in g["params"] if p is parameter]
    return float(decay)


def test_only_matrices_that_may_decay_do() -> None:
    objective = DummyObjective()
    optimizer = make_optimizer(objective, OptimizerConfig(weight_decay=0.25))
    assert decay_of(optimizer, objective.first.weight) == 0.25
    assert decay_of(optimizer, objective.first.bias) == 0.0
    assert decay_of(optimizer, objective.second.weight) == 0.0, "listed in undecayed()"
    assert all(p is not objective.frozen.weight for g in optimizer.param_groups for p in g["params"])


def test_unknown_undecayed_name_is_refused() -> None:
    objective = DummyObjective()
    objective.undecayed = lambda: {"second.wieght"}  # type: ignore[method-assign]
    with pytest.raises(VisavisError, match=r"'second.wieght'; did you mean 'second.weight'"):
        make_optimizer(objective, OptimizerConfig())


def test_nothing_to_learn_is_refused() -> None:
    with pytest.raises(VisavisError, match="no parameter that learns"):
        make_optimizer(nn.Linear(1, 1).requires_grad_(False), OptimizerConfig())


def stepped(objective: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    for name, parameter in objective.named_parameters():
        if parameter.requires_grad and name != "seldom":
            parameter.grad = torch.full_like(parameter, 0.5)
    optimizer.step()


def test_memory_survives_by_name() -> None:
    one, other = DummyObjective(), DummyObjective()
    first, second = (make_optimizer(objective, OptimizerConfig()) for objective in (one, other))
    stepped(one, first)
    kept = {name: tensor.clone() for name, tensor in optimizer_tensors(first, one).items()}
    assert not any(name.startswith("seldom") for name in kept), "a parameter never moved has no memory"
    other.load_state_dict(one.state_dict())
    load_optimizer_tensors(second, other, kept)
    stepped(one, first)
    stepped(other, second)
    assert torch.equal(one.first.weight, other.first.weight)


def test_rate_is_used_at_once() -> None:
    objective = DummyObjective()
    optimizer = make_optimizer(objective, OptimizerConfig(weight_decay=0.0))
    before = objective.first.bias.detach().clone()
    set_rate(optimizer, 0.0)
    stepped(objective, optimizer)
    assert torch.equal(objective.first.bias, before)
    set_rate(optimizer, 0.1)
    stepped(objective, optimizer)
    assert torch.allclose(before - objective.first.bias, torch.full_like(before, 0.1), rtol=1e-3)
