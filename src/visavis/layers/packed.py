"""Linear layers for use, not for learning: their weights are laid out beforehand for the processor at hand.

Each stands where an `nn.Linear` stood. They give no gradients, are not saved, and stay on the device they were made on.
oneDNN, which ships with torch, does the products on CPUs; where torch has none, and on a GPU, they are plain ones.

Shapes: ... any axes, I inputs, O outputs, R rows.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from visavis.core.errors import VisavisError

_LEVELS = 127
_LEVELS_WITHOUT_DOT = 63
"""Without dot products of bytes, two products are added in 16 bits: 255 x 63 x 2 still fits, 255 x 127 x 2 does not."""
_ZERO = 128
_LEAST_STEP = 1e-12
SMALL_WEIGHT = 1 << 18
"""Weights of a layer below which a few rows are quicker in float32 than in anything else."""
_NARROW = 256
_FEW_ROWS = 128


class PackedLinear(nn.Module, ABC):
    """Values (..., I) -> (..., O) in the dtype `out`; with `gelu`, the GELU of the sums.

    `weight` (O, I) and `bias` (O,) are a linear layer's; they are not kept. Raises `VisavisError` when it is to be
    moved or saved.
    """

    def __init__(self, weight: Tensor, out: torch.dtype, gelu: bool) -> None:
        super().__init__()
        self.out_features, self.in_features = weight.shape
        self.empty = torch.empty(0, dtype=out, device=weight.device)
        self.gelu = gelu

    @abstractmethod
    def forward(self, x: Tensor) -> Tensor:
        """See the class."""

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> PackedLinear:
        del fn, recurse
        raise VisavisError(
            "layers laid out for use cannot be moved or cast; load the model there: load(name, device=...)"
        )

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        del destination, keep_vars
        raise VisavisError(
            f"{prefix}weight is laid out for use and cannot be saved; save the system it was made from (load_trainable)"
        )


class HalfLinear(PackedLinear):
    """Weights and values in bfloat16, sums in float32."""

    def __init__(
        self, weight: Tensor, bias: Tensor | None, out: torch.dtype = torch.float32, gelu: bool = False
    ) -> None:
        super().__init__(weight, out, gelu)
        self._product = _Product(weight, bias, torch.bfloat16)

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        return self._product(x.to(torch.bfloat16), self.gelu).to(self.empty.dtype)


class FloatLinear(PackedLinear):
    """Weights and values in float32: the same as an `nn.Linear` but for rounding."""

    def __init__(
        self, weight: Tensor, bias: Tensor | None, out: torch.dtype = torch.float32, gelu: bool = False
    ) -> None:
        super().__init__(weight, out, gelu)
        self._product = _Product(weight, bias, torch.float32)

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        y = self._product(x.float(), self.gelu)
        return y if self.empty.dtype is torch.float32 else y.to(self.empty.dtype)


class Int8Linear(PackedLinear):
    """Weights in 8 bits, with a step for each output; values in 8 bits, with a step for each row as it comes.

    Weights have 7 bits on processors without dot products of bytes (VNNI), whose 16-bit sums would overflow.
    So what a row gives depends on no other row. Only where `has_int8` is true of the weight's device.
    """

    def __init__(
        self, weight: Tensor, bias: Tensor | None, out: torch.dtype = torch.float32, gelu: bool = False
    ) -> None:
        super().__init__(weight, out, gelu)
        weight = weight.detach().float()
        most = _LEVELS if _has_dot_products() else _LEVELS_WITHOUT_DOT
        self._steps = weight.abs().amax(1).div(most).clamp_min(_LEAST_STEP)
        levels = (weight / self._steps[:, None]).round().to(torch.int8)
        self._weight = torch.ops.onednn.qlinear_prepack(levels, None)
        self._zeros = torch.zeros(len(weight), dtype=torch.int64)
        self._bias = torch.zeros(len(weight)) if bias is None else bias.detach().to(torch.float32, copy=True)

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        rows = x.float().reshape(-1, self.in_features)
        largest = torch.maximum(rows.amax(1, keepdim=True), -rows.amin(1, keepdim=True))
        steps = largest.div_(_LEVELS).clamp_min_(_LEAST_STEP)
        levels = (rows / steps).round_().to(torch.int8).view(torch.uint8).add_(_ZERO)
        sums: Tensor = torch.ops.onednn.qlinear_pointwise(
            levels, 1.0, _ZERO, self._weight, self._steps, self._zeros, None, 1.0, 0, torch.float32, "none", [], ""
        )
        y = torch.addcmul(self._bias, sums, steps)
        y = (F.gelu(y) if self.gelu else y).to(self.empty.dtype)
        return y.reshape(*x.shape[:-1], self.out_features)


class _Product:
    """x (..., I) -> x W' + b (..., O), or the GELU of it, all in one dtype.

    Few rows times a weight that is small, or of few inputs, are quicker as a plain product, with the weight laid out by
    inputs; it is kept too.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None, dtype: torch.dtype) -> None:
        weight = weight.detach().to(dtype)
        self._bias = None if bias is None else bias.detach().to(dtype, copy=True)
        packs = _packs(dtype, weight.device)
        self._packed = torch.ops.mkldnn._reorder_linear_weight(weight) if packs else None
        small = dtype == torch.float32 and (weight.numel() <= SMALL_WEIGHT or weight.shape[1] <= _NARROW)
        self._plain = weight.t().contiguous() if small else None if packs else weight.t()
        self._most_values = _FEW_ROWS * weight.shape[1]

    def __call__(self, x: Tensor, gelu: bool) -> Tensor:
        if self._packed is None or (self._plain is not None and x.numel() <= self._most_values):
            assert self._plain is not None
            if x.dim() == 2 and self._bias is not None:
                plain = torch.addmm(self._bias, x, self._plain)
            else:
                plain = F.linear(x, self._plain.t(), self._bias)
            return F.gelu(plain) if gelu else plain
        after = "gelu" if gelu else "none"
        laid: Tensor = torch.ops.mkldnn._linear_pointwise(x, self._packed, self._bias, after, [], "none")
        return laid


def has_int8(device: torch.device) -> bool:
    """Whether `Int8Linear` can be made of weights on a device."""
    return _has_onednn(device) and hasattr(torch.ops.onednn, "qlinear_pointwise")


def has_bf16(device: torch.device) -> bool:
    """Whether a device multiplies in bfloat16 itself; a processor that does not emulates it, many times slower."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    capabilities: Callable[[], dict[str, Any]] = getattr(torch.cpu, "get_capabilities", dict)
    return device.type == "cpu" and any(has for name, has in capabilities().items() if "bf16" in name)


def output_of(linear: nn.Module) -> Tensor:
    """Nothing, in the dtype and on the device of what a linear layer gives, packed or not."""
    if isinstance(linear, PackedLinear):
        return linear.empty
    weight = next(linear.parameters())
    return torch.empty(0, dtype=weight.dtype, device=weight.device)


def _has_dot_products() -> bool:
    supported: Callable[[], bool] = getattr(torch.cpu, "_is_vnni_supported", lambda: False)
    return bool(supported())


def _packs(dtype: torch.dtype, device: torch.device) -> bool:
    if not (_has_onednn(device) and hasattr(torch.ops.mkldnn, "_linear_pointwise")):
        return False
    return dtype != torch.bfloat16 or bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def _has_onednn(device: torch.device) -> bool:
    return device.type == "cpu" and torch.backends.mkldnn.is_available()
