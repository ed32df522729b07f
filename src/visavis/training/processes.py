"""The door to accelerate: how many processes train, on which devices, and how they agree."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn

from visavis.core.errors import VisavisError, missing_extra
from visavis.training.shards import leave_unused_alone, twin_of

if TYPE_CHECKING:
    from accelerate import Accelerator
    from accelerate.utils import FullyShardedDataParallelPlugin


class Processes:
    """One process of a training; it may be the only one.

    Started by `torchrun` or `accelerate launch` they find each other; gradients are averaged over them.
    sharded: whether each holds only its shard of what learns (`accelerate launch --use_fsdp --fsdp_version 2`).
    Raises `VisavisError` for ways of accelerate's to train that are not known here.
    """

    def __init__(self) -> None:
        try:
            from accelerate import Accelerator, DistributedType
            from accelerate.utils import DistributedDataParallelKwargs
        except ImportError as error:
            raise missing_extra("accelerate", "train", "training") from error
        # Conditions that are dropped at random leave parameters without a gradient in some steps.
        handlers = [DistributedDataParallelKwargs(find_unused_parameters=True)]
        # Without being told that it is on a CPU, accelerate takes each process for the only one.
        cpu = not torch.accelerator.is_available()
        plugin = _sharding()
        self._accelerator: Accelerator = Accelerator(
            cpu=cpu, mixed_precision="no", kwargs_handlers=handlers, fsdp_plugin=plugin
        )
        if self._accelerator.distributed_type in (DistributedType.DEEPSPEED, DistributedType.MEGATRON_LM):
            kind = self._accelerator.distributed_type.value
            raise VisavisError(
                f"accelerate was told to train by {kind}, which is not known here; start it by torchrun, by accelerate "
                "launch --multi_gpu, or by accelerate launch --use_fsdp --fsdp_version 2 (docs/training.md)"
            )
        if plugin is not None and self._accelerator.distributed_type == DistributedType.MULTI_CPU:
            # accelerate asks for FSDP on accelerators only, though torch has it for CPUs too.
            self._accelerator.state.distributed_type = DistributedType.FSDP
            self._accelerator.state.fsdp_plugin = plugin
        self.sharded = bool(self._accelerator.distributed_type == DistributedType.FSDP)
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

    def learner(self, objective: nn.Module) -> nn.Module:
        """What learns: the objective, or where weights are sharded its twin, which empties it (`shards.twin_of`)."""
        return twin_of(objective, self.device) if self.sharded else objective

    def prepare(
        self, learner: nn.Module, optimizer: torch.optim.Optimizer, blocks: Collection[type[nn.Module]] = ()
    ) -> nn.Module:
        """The learner on this process's device, made to average gradients; all start from the first one's weights.

        What it follows in buffers is the first one's from step to step.
        blocks: of what is sharded, classes of modules that are whole one at a time; the rest is whole during a step.
        """
        if not self.sharded:
            return cast(nn.Module, self._accelerator.prepare(learner))
        self._take_firsts((*learner.parameters(), *learner.buffers()))
        self._shard_at(learner, tuple(blocks))
        model, _ = self._accelerator.prepare(learner, optimizer)
        leave_unused_alone(model, optimizer, self.sum)
        optimizer.register_step_post_hook(lambda *_: self._take_firsts(model.buffers()))
        return cast(nn.Module, model)

    def backward(self, loss: Tensor) -> None:
        """Gradients of a loss, averaged over the processes unless inside `alone`."""
        self._accelerator.backward(loss)

    def alone(self, model: nn.Module) -> AbstractContextManager[Any]:
        """Inside, gradients gather in each process without being averaged yet.

        Where weights are sharded they are averaged at once, to the same sum: each process has room for its shard.
        """
        return nullcontext() if self.sharded else cast(AbstractContextManager[Any], self._accelerator.no_sync(model))

    def mean(self, tensor: Tensor) -> Tensor:
        """The mean of a tensor over the processes."""
        return cast(Tensor, self._accelerator.reduce(tensor, "mean"))

    def sum(self, tensor: Tensor) -> Tensor:
        """The sum of a tensor over the processes."""
        return cast(Tensor, self._accelerator.reduce(tensor, "sum"))

    def wait(self) -> None:
        """Go on when all processes have come here."""
        self._accelerator.wait_for_everyone()

    @torch.no_grad()
    def _take_firsts(self, tensors: Iterable[Tensor]) -> None:
        """Overwrite tensors with those of the first process."""
        for tensor in tensors:
            here = tensor.to(self.device).contiguous()
            torch.distributed.broadcast(here, 0)
            tensor.copy_(here)

    def _shard_at(self, learner: nn.Module, blocks: tuple[type[nn.Module], ...]) -> None:
        """Tell accelerate what to shard: a module's blocks one by one, then the rest, and nothing that is frozen."""
        from torch.distributed.fsdp.wrap import transformer_auto_wrap_policy

        plugin = self._accelerator.state.fsdp_plugin
        plugin.auto_wrap_policy = transformer_auto_wrap_policy
        plugin.transformer_cls_names_to_wrap = sorted(
            {type(module).__name__ for module in learner.modules() if isinstance(module, blocks)}
        )
        plugin.ignored_modules = [
            module for module in learner.modules() if not any(p.requires_grad for p in module.parameters())
        ]


def _sharding() -> FullyShardedDataParallelPlugin | None:
    """How accelerate was told to shard weights, if it was; raises `VisavisError` for what is not known here."""
    if os.environ.get("ACCELERATE_USE_FSDP", "false").lower() != "true":
        return None
    from accelerate.utils import FullyShardedDataParallelPlugin
    from torch.distributed.fsdp import CPUOffloadPolicy, FSDPModule

    plugin = FullyShardedDataParallelPlugin(cpu_ram_efficient_loading=False)
    refused = {
        "FSDP 1; add --fsdp_version 2": plugin.fsdp_version != 2,
        "activation checkpointing; leave it out and raise loop.accumulate": plugin.activation_checkpointing,
        "offloading to the CPU; leave it out": isinstance(plugin.cpu_offload, CPUOffloadPolicy),
    }
    for what, told in refused.items():
        if told:
            raise VisavisError(f"weights are sharded by FSDP 2 without extras here, accelerate was told of {what}")
    if not hasattr(FSDPModule, "set_reduce_scatter_unused_params"):
        raise VisavisError(
            f"torch {torch.__version__} cannot shard weights of which some are not used in every step; "
            "install torch 2.13 or later, or start it without --use_fsdp"
        )
    return plugin
