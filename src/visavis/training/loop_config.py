"""Configuration of a training run: optimiser, schedule and loop, as frozen records that go to JSON and back."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from visavis.core.bounds import Bounds, OneStep, Seed, Share, Size, Steps, require_bounds
from visavis.core.config import from_dict, to_dict
from visavis.core.files import read_json

BelowOne = Annotated[float, Bounds(0, 1, without_most=True)]
"""The share of the past that a running mean keeps."""


@dataclass(frozen=True)
class OptimizerConfig:
    """AdamW; `weight_decay` pulls on matrices only (see `optimizer.make_optimizer`)."""

    lr: Annotated[float, Bounds(0, 1)] = 1.5e-3
    betas: tuple[BelowOne, BelowOne] = (0.9, 0.95)
    weight_decay: Share = 0.02

    def __post_init__(self) -> None:
        require_bounds(self)


@dataclass(frozen=True)
class ScheduleConfig:
    """Linear warm-up over `warmup` steps, then a shape.

    cosine: half a cosine down to zero at `steps`. stairs: times `stair` every `stair_steps`. constant: neither.
    """

    steps: OneStep = 10_000
    warmup: Steps = 100
    shape: Literal["cosine", "constant", "stairs"] = "cosine"
    stair: Share = 0.8
    stair_steps: OneStep = 1000

    def __post_init__(self) -> None:
        require_bounds(self)

    def factor(self, step: int) -> float:
        """What the learning rate is multiplied by in `step` (0 is the first)."""
        if step < self.warmup:
            return (step + 1) / self.warmup
        if self.shape == "constant":
            return 1.0
        if self.shape == "stairs":
            return float(self.stair ** ((step - self.warmup) // self.stair_steps))
        progress = (step - self.warmup) / max(1, self.steps - self.warmup)
        return 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))


@dataclass(frozen=True)
class LoopConfig:
    """Everything the loop itself decides.

    `batch_size` counts the windows of one optimiser step over all processes; `accumulate` cuts each process's part
    of them into that many forward passes. `ema` is the decay of the averaged weights, `clip` the largest gradient
    norm. `bf16` computes forward passes in bfloat16 (None: where the device does so itself). `*_every` count steps,
    0 is never (the end is always validated and saved). `validation_windows` bounds how many windows a validation
    looks at, `keep` how many checkpoints stay.
    """

    optimizer: OptimizerConfig = OptimizerConfig()
    schedule: ScheduleConfig = ScheduleConfig()
    batch_size: Size = 16
    accumulate: Size = 1
    seed: Seed = 0
    clip: Annotated[float, Bounds(0, math.inf, without_least=True)] = 3.0
    ema: BelowOne = 0.999
    bf16: bool | None = None
    log_every: OneStep = 20
    validate_every: Steps = 500
    validation_windows: OneStep = 64
    checkpoint_every: Steps = 500
    keep: OneStep = 2

    def __post_init__(self) -> None:
        require_bounds(self)


def read_loop(path: Path) -> LoopConfig:
    """The loop config in a JSON file; unknown keys are refused, naming the nearest.

    Raises `VisavisError` when the file is missing or is not JSON.
    """
    return from_dict(LoopConfig, read_json(path))


def differences(before: Mapping[str, Any], now: Mapping[str, Any], where: str = "") -> list[str]:
    """What differs between two recipes in plain data, one `key: before -> now` each; None is as good as absent."""
    found: list[str] = []
    for key in [*before, *(key for key in now if key not in before)]:
        path = f"{where}{key}"
        if before.get(key) is None and now.get(key) is None:
            continue
        if key not in before or key not in now:
            found.append(f"{path}: {before.get(key, 'absent')} -> {now.get(key, 'absent')}")
        elif isinstance(before[key], Mapping) and isinstance(now[key], Mapping):
            found += differences(before[key], now[key], f"{path}.")
        elif before[key] != now[key]:
            found.append(f"{path}: {before[key]} -> {now[key]}")
    return found


def plain(config: Any) -> dict[str, Any]:
    """A config record as it reads back from JSON (tuples become lists)."""
    data: dict[str, Any] = json.loads(json.dumps(to_dict(config)))
    return data
