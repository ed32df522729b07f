"""Benchmark of a system's speed on this machine: its variants, roofline, batches, pools and a soak test."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch import Tensor

from visavis.core.bounds import Bounds
from visavis.core.clock import FPS
from visavis.core.errors import VisavisError
from visavis.core.local_processes import interpreter_s
from visavis.core.motion import Motion
from visavis.core.threads import threads_worth
from visavis.system import DEFAULT_MODEL
from visavis.system.bench.batch_scaling import BatchSpeed, measure_batches
from visavis.system.bench.beside import Beside, measure_beside
from visavis.system.bench.pools import Pooled, measure_pools
from visavis.system.bench.roofline import Roofline, measure_roofline
from visavis.system.bench.soak import Soak, soak
from visavis.system.bench.stream import looped
from visavis.system.bench.variants import VariantSpeed, fastest, measure_variants, with_cache
from visavis.system.generate import generate_batch
from visavis.system.precision import optimised
from visavis.system.request import Request, Value
from visavis.system.shipped import load_trainable
from visavis.system.system import System

BATCH_SIZES = (1, 4, 16, 64)
SESSIONS = (1, 64, 200)
_RUNS = 3
_JSON_KEYS = {"variants": "ways", "roofline": "floor", "batches": "crowds"}
_MINUTES = Bounds(0, 100_000, without_least=True)
_COUNTS = Bounds(1, 100_000)


@dataclass(frozen=True)
class BenchReport:
    """Times are of this machine, a turn takes `threads` threads; ratios compare within this run.

    speed: seconds of motion that `generate` draws in a second, the median of `speeds`. variants: the same turn in
    several precisions, recomputed and cached. best: the quickest of them, with which batches, pools, soak and turns
    beside other programs are measured. reached: the share of the machine's matrix rate that it reaches. help_s,
    import_s: time of `visavis --help` and of `import visavis`.
    """

    model: str
    parameters: int
    device: str
    threads: int
    turn_ms: int
    speed: float
    speeds: tuple[float, ...]
    variants: tuple[VariantSpeed, ...]
    best: str
    reached: float
    roofline: Roofline
    beside: tuple[Beside, ...]
    batches: tuple[BatchSpeed, ...]
    pools: tuple[Pooled, ...]
    soak: Soak
    help_s: float
    import_s: float

    def as_json(self) -> dict[str, Any]:
        """The numbers under the keys of `visavis bench --json`."""
        return {_JSON_KEYS.get(name, name): value for name, value in asdict(self).items()}


def bench(
    model: str | Path | System = DEFAULT_MODEL,
    *,
    minutes: float = 60.0,
    turns: int = 40,
    crowds: Sequence[int] = BATCH_SIZES,
    sessions: Sequence[int] = SESSIONS,
    conversations: int = 1,
    device: str = "cpu",
) -> BenchReport:
    """Measure a model by its name or folder, or a system as it was trained.

    minutes: length of the conversations that are streamed as fast as it goes, `conversations` in one pass. turns: turns
    that each variant is measured over, the recomputed one over an eighth. crowds: how many go through one forward
    pass.
    sessions: how many live sessions share a pool.
    Raises `VisavisError` for a model that is not found, a device that is not there, and absurd numbers.
    """
    _MINUTES.require("minutes", minutes)
    asked = {"turns": [turns], "crowds": crowds, "sessions": sessions, "conversations": [conversations]}
    for what, counts in asked.items():
        for count in counts:
            _COUNTS.require(what, count)
    _require_device(device)
    system = (model if isinstance(model, System) else load_trainable(model)).to(device)
    speeds = _speeds(optimised(system, "float32"), turns)
    variants = measure_variants(system, turns, max(2, turns // 8))
    roofline = measure_roofline(with_cache(system))
    best, quick = fastest(system, variants)
    return BenchReport(
        model=system.config.name,
        parameters=sum(weights.numel() for weights in system.parameters()),
        device=device if device == "cpu" else torch.cuda.get_device_name(),
        threads=threads_worth(system.products),
        turn_ms=system.frames_per_step * 1000 // FPS,
        speed=median(speeds),
        speeds=tuple(speeds),
        variants=variants,
        best=best.name,
        reached=roofline.reached(best.turn_p50_ms),
        roofline=roofline,
        beside=measure_beside(quick, turns),
        batches=measure_batches(quick, crowds, max(2, turns // 4)),
        pools=measure_pools(quick, sessions, max(2, turns // 4)),
        soak=soak(quick, minutes, conversations),
        help_s=median(interpreter_s("-m", "visavis", "--help") for _ in range(3)),
        import_s=median(interpreter_s("-c", "import visavis") for _ in range(3)),
    )


def _require_device(device: str) -> None:
    if device != "cpu" and not torch.cuda.is_available():
        raise VisavisError(f"device {device!r} is not to be had: this torch finds no CUDA device; use 'cpu'")


def _speeds(system: System, turns: int) -> list[float]:
    frames = turns * system.frames_per_step
    given = next(looped(system, frames))
    request = Request({name: _whole(system, name, value) for name, value in given.values.items()}, seed=0)
    seconds = []
    for _ in range(_RUNS + 1):
        start = time.perf_counter()
        generate_batch(system, [request])
        seconds.append(time.perf_counter() - start)
    return [frames / FPS / spent for spent in seconds[1:]]


def _whole(system: System, name: str, value: Tensor) -> Value:
    """An input of one recording as it is asked with."""
    array = value[0].numpy()
    return Motion(array, system.space) if system.interface.input(name).kind == "motion" else array
