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
    assert processes.prepare(objective) is objective
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


def test_a_model_that_is_cut_over_processes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import accelerate

    class Cut(accelerate.Accelerator):
        distributed_type = accelerate.DistributedType.FSDP

    monkeypatch.setattr(accelerate, "Accelerator", Cut)
    with pytest.raises(VisavisError, match="told to train by FSDP; every process holds the whole model"):
        Processes()
