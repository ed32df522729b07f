from __future__ import annotations

import sys

import pytest
import torch
from torch import nn

from visavis.core.errors import VisavisError
from visavis.training.processes import Processes


def test_one_process_is_the_first_of_one() -> None:
    processes = Processes()
    assert (processes.count, processes.rank, processes.first) == (1, 0, True)
    objective = nn.Linear(1, 1)
    assert processes.prepare(objective, torch.optim.SGD(objective.parameters())) is objective
    assert processes.mean(torch.tensor([2.0])).tolist() == processes.sum(torch.tensor([2.0])).tolist() == [2.0]


def test_without_accelerate_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "accelerate", None)
    with pytest.raises(VisavisError, match=r"accelerate.*visavis\[train\]"):
        Processes()


def test_processes_that_do_not_find_each_other_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    Processes()
    monkeypatch.setenv("WORLD_SIZE", "4")
    with pytest.raises(VisavisError, match="4 processes were started and accelerate sees 1"):
        Processes()


def test_other_ways_of_accelerate_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import accelerate

    class Cut(accelerate.Accelerator):
        distributed_type = accelerate.DistributedType.DEEPSPEED

    monkeypatch.setattr(accelerate, "Accelerator", Cut)
    with pytest.raises(VisavisError, match="told to train by DEEPSPEED, which is not known here"):
        Processes()


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("FSDP_VERSION", "1", "FSDP 1; add --fsdp_version 2"),
        ("FSDP_ACTIVATION_CHECKPOINTING", "true", "activation checkpointing; leave it out"),
        ("FSDP_OFFLOAD_PARAMS", "true", "offloading to the CPU; leave it out"),
    ],
)
def test_shards_with_extras_are_refused(variable: str, value: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FSDP_CPU_RAM_EFFICIENT_LOADING", "false")
    for name, set_to in {"ACCELERATE_USE_FSDP": "true", "FSDP_VERSION": "2", variable: value}.items():
        monkeypatch.setenv(name, set_to)
    with pytest.raises(VisavisError, match=f"accelerate was told of {told}"):
        Processes()


def test_a_single_process_holds_everything() -> None:
    processes, objective = Processes(), nn.Linear(1, 1)
    assert not processes.sharded
    assert processes.learner(objective) is objective
