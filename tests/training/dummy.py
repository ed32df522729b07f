"""A tiny objective and made-up windows, for tests in this process and for runs started as programs of their own.

python -m tests.training.dummy OUT [--steps N] [--resume] [--random] [--bf16] [--pause SECONDS]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.distributed.tensor import DTensor
from torch.optim.optimizer import register_optimizer_step_post_hook

from visavis.data.windows import Batch
from visavis.training.loop import fit
from visavis.training.loop_config import LoopConfig, OptimizerConfig, ScheduleConfig

FRAMES, WIDTH = 4, 3


@dataclass
class MadeUpWindows:
    """`count` windows that follow from their index; remembers which ones were asked for."""

    count: int = 24
    pause_s: float = 0.0
    loaded: list[tuple[int, ...]] = field(default_factory=list)

    def __len__(self) -> int:
        return self.count

    def order(self, seed: int, epoch: int) -> np.ndarray:
        return np.random.default_rng((seed, epoch)).permutation(self.count)

    def load(self, indices: Sequence[int], epoch: int) -> Batch:
        time.sleep(self.pause_s)
        self.loaded.append(tuple(indices))
        rows = [np.random.default_rng((7, index, epoch)).standard_normal((FRAMES, WIDTH + 1)) for index in indices]
        values = torch.from_numpy(np.stack(rows)).float()
        motion, speech = values[..., :WIDTH], values[..., WIDTH]
        target = motion.roll(1, dims=-1) * 0.5 + speech[..., None]
        return Batch(speech, speech, motion, target, torch.ones(len(indices), dtype=torch.bool))


class DummyObjective(nn.Module):
    """Learns a linear map; with `random`, through dropout and noise of its own. One parameter is often unused."""

    def __init__(self, random: bool = False) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(3)
            self.first = nn.Linear(WIDTH + 1, 8)
            self.second = nn.Linear(8, WIDTH)
            self.frozen = nn.Linear(2, 2).requires_grad_(False)
            self.seldom = nn.Parameter(torch.zeros(WIDTH, 1))
        self.register_buffer("scale", torch.ones(WIDTH))
        self.dropout = nn.Dropout(0.2 if random else 0.0)
        self.random = random

    def undecayed(self) -> set[str]:
        return {"second.weight"}

    def forward(self, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
        inputs = torch.cat([batch.user_motion, batch.agent_speech[..., None]], dim=-1)
        if self.random:
            inputs = inputs + 0.1 * torch.randn(inputs.shape, generator=generator)
        predicted = self.second(self.dropout(torch.tanh(self.first(inputs))))
        if self.random and torch.rand((), generator=generator) < 0.5:
            predicted = predicted + self.seldom[:, 0]
        error = (predicted - batch.agent_motion) * self.scale
        return {"loss": error.square().mean(), "absolute": error.abs().mean()}


def config(steps: int = 20, **changes: object) -> LoopConfig:
    plain: dict[str, object] = {
        "optimizer": OptimizerConfig(lr=0.02),
        "schedule": ScheduleConfig(steps=steps, warmup=3),
        "batch_size": 8,
        "ema": 0.9,
        "bf16": False,
        "log_every": 1,
        "validate_every": 5,
        "validation_windows": 8,
        "checkpoint_every": 5,
        "seed": 11,
    }
    return LoopConfig(**{**plain, **changes})  # type: ignore[arg-type]


@dataclass
class Held:
    """How many numbers this process holds of what an optimiser moves, as it is after the last step."""

    weights: int = 0
    gradients: int = 0
    moments: int = 0

    def look(self, optimizer: torch.optim.Optimizer, *_: object) -> None:
        weights = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        moments = [optimizer.state[parameter] for parameter in weights if parameter in optimizer.state]
        self.weights = sum(map(_here, weights))
        self.gradients = sum(_here(parameter.grad) for parameter in weights if parameter.grad is not None)
        self.moments = sum(_here(state[part]) for state in moments for part in ("exp_avg", "exp_avg_sq"))


def _here(tensor: Tensor) -> int:
    return (tensor.to_local() if isinstance(tensor, DTensor) else tensor).numel()


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--pause", type=float, default=0.0)
    parser.add_argument("--random", action="store_true")
    parser.add_argument("--bf16", action="store_true")
    parser.add_argument("--resume", action="store_true")
    given = parser.parse_args(arguments)
    torch.set_num_threads(1)
    windows, held = MadeUpWindows(pause_s=given.pause), Held()
    register_optimizer_step_post_hook(held.look)
    objective = DummyObjective(given.random)
    report = fit(
        objective,
        config(given.steps, bf16=given.bf16),
        windows,
        MadeUpWindows(),
        given.out,
        resume=given.resume,
        blocks=(nn.Linear,),
    )
    rank = torch.distributed.get_rank() if torch.distributed.is_initialized() else 0
    loaded = [index for indices in windows.loaded for index in indices]
    told = {"history": report.history, "validation": report.validation, "loaded": loaded, "held": vars(held)}
    torch.save(objective.state_dict(), given.out / f"left-{rank}.pt")
    (given.out / f"told-{rank}.json").write_text(json.dumps(told))
    if torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main(sys.argv[1:])
