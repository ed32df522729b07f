"""Roofline of a system: this machine's matrix and memory rates, and the least time that a turn takes at these."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from visavis.system.bench.stream import settle, stream
from visavis.system.system import System

_SIDE, _SMALL_SIDE = 2048, 256
_COPIED_MIB = 512
_REPEATS = 5
_LONG_S = 1.0
"""A large product that would take longer is not made, the small one tells: some processors emulate bf16."""


@dataclass(frozen=True)
class Roofline:
    """matmul_gflops: rate of a large matrix product, by precision. bandwidth_gb_s: rate of reading memory.

    turn_gflop: arithmetic of a turn. weights_mib: float32 size of what a turn reads once. compute_ms: the least time of
    the arithmetic in the precision that is `fastest`; memory_ms: of reading in bf16.
    """

    matmul_gflops: dict[str, float]
    bandwidth_gb_s: float
    turn_gflop: float
    weights_mib: float
    compute_ms: float
    memory_ms: float

    @property
    def fastest(self) -> str:
        """The precision in which this machine multiplies matrices fastest."""
        return max(self.matmul_gflops, key=lambda name: self.matmul_gflops[name])

    def reached(self, turn_ms: float) -> float:
        """The share of the fastest matrix rate that a turn of so many milliseconds reaches."""
        return self.turn_gflop / turn_ms * 1000 / self.matmul_gflops[self.fastest]


def measure_roofline(system: System) -> Roofline:
    """Measure the machine, and count the arithmetic of one turn of a float32 system."""
    device = system.device
    rates = {"float32": _matmul(torch.float32, device), "bf16": _matmul(torch.bfloat16, device)}
    bandwidth = _bandwidth(device)
    attention = {torch.ops.aten._scaled_dot_product_flash_attention_for_cpu: _attention_flop}
    counter = FlopCounterMode(display=False, custom_mapping=attention)
    with counter:
        next(iter(stream(system, 1)))
    gflop = counter.get_total_flops() / 1e9
    size = sum(tensor.numel() for tensor in _weights(system)) * 4
    return Roofline(
        matmul_gflops=rates,
        bandwidth_gb_s=bandwidth,
        turn_gflop=gflop,
        weights_mib=size / 2**20,
        compute_ms=gflop / max(rates.values()) * 1000,
        memory_ms=size / 2 / bandwidth / 1e6,
    )


def _weights(system: System) -> list[Tensor]:
    encoder = list(system.encoder.parameters()) if isinstance(system.encoder, nn.Module) else []
    return [*encoder, *system.model.parameters()]


def _attention_flop(q: tuple[int, ...], k: tuple[int, ...], v: tuple[int, ...], *_: Any, **_named: Any) -> int:
    return 2 * q[0] * q[1] * q[2] * k[2] * (q[3] + v[3])


def _matmul(dtype: torch.dtype, device: torch.device) -> float:
    """The rate of matrix products [GFLOP/s]."""
    rate = _matmul_at(_SMALL_SIDE, dtype, device)
    return rate if 2e-9 * _SIDE**3 / rate > _LONG_S else _matmul_at(_SIDE, dtype, device)


def _matmul_at(side: int, dtype: torch.dtype, device: torch.device) -> float:
    left, right = (torch.randn(side, side, device=device).to(dtype) for _ in range(2))
    return 2e-9 * side**3 / _best(lambda: left @ right, device)


def _bandwidth(device: torch.device) -> float:
    block = torch.ones(_COPIED_MIB * 2**18, device=device)
    return block.numel() * 4 / _best(block.sum, device) / 1e9


def _best(work: Callable[[], object], device: torch.device) -> float:
    """Seconds of the fastest of a few runs after a first one."""
    taken = []
    for _ in range(_REPEATS + 1):
        settle(device)
        start = time.perf_counter()
        work()
        settle(device)
        taken.append(time.perf_counter() - start)
    return min(taken[1:])
