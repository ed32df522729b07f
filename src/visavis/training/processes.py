"""The door to accelerate: how many processes train, on which devices, and how they agree."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn

from visavis.core.errors import VisavisError, missing_extra

if TYPE_CHECKING:
    from accelerate import Accelerator


_CUT = ("FSDP", "DEEPSPEED", "MEGATRON_LM")
"""Ways of accelerate's in which no process holds the whole model."""


class Processes:
    """One process of a training; it may be the only one.

    Started by `torchrun` or `accelerate launch` they find each other; gradients are averaged over them.
    """

    def __init__(self) -> None:
        try:
            from accelerate import Accelerator
            from accelerate.utils import DistributedDataParallelKwargs
        except ImportError as error:
            raise missing_extra("accelerate", "train", "training") from error
        # Conditions that are dropped at random leave parameters without a gradient in some steps.
        handlers = [DistributedDataParallelKwargs(find_unused_parameters=True)]
        # Without being told that it is on a CPU, accelerate takes each process for the only one.
        cpu = not torch.accelerator.is_available()
        self._accelerator: Accelerator = Accelerator(cpu=cpu, mixed_precision="no", kwargs_handlers=handlers)
        if self._accelerator.distributed_type in _CUT:
            kind = self._accelerator.distributed_type.value
            raise VisavisError(
                f"accelerate was told to train by {kind}; every process holds the whole model here: start it by "
                f"torchrun, or by accelerate launch --multi_gpu (docs/training.md says what that takes)"
            )
        if self.count != int(os.environ.get("WORLD_SIZE", "1")):
            raise VisavisError(
                f"{os.environ['WORLD_SIZE']} processes were started and accelerate sees {self.count} "
                f"on {self.device.type}; train in one process here"
            )

    @property
    def count(self) -> int:
        """How many processes train together."""
        return int(self._accelerator.num_processes)

    @property
    def rank(self) -> int:
        """The number of this one, 0 is the first."""
        return int(self._accelerator.process_index)

    @property
    def first(self) -> bool:
        """Whether this is the one that writes and prints."""
        return bool(self._accelerator.is_main_process)

    @property
    def device(self) -> torch.device:
        """Where this process computes."""
        return cast(torch.device, self._accelerator.device)

    def prepare(self, objective: nn.Module) -> nn.Module:
        """The objective on this process's device, made to average gradients; all start from the first one's weights."""
        return cast(nn.Module, self._accelerator.prepare(objective))

    def backward(self, loss: Tensor) -> None:
        """Gradients of a loss, averaged over the processes unless inside `alone`."""
        self._accelerator.backward(loss)

    def alone(self, model: nn.Module) -> AbstractContextManager[Any]:
        """Inside, gradients gather in each process without being averaged yet."""
        return cast(AbstractContextManager[Any], self._accelerator.no_sync(model))

    def mean(self, tensor: Tensor) -> Tensor:
        """The mean of a tensor over the processes."""
        return cast(Tensor, self._accelerator.reduce(tensor, "mean"))

    def sum(self, tensor: Tensor) -> Tensor:
        """The sum of a tensor over the processes."""
        return cast(Tensor, self._accelerator.reduce(tensor, "sum"))

    def wait(self) -> None:
        """Go on when all processes have come here."""
        self._accelerator.wait_for_everyone()
