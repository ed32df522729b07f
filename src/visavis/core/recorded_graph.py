"""Questions about the rows of a batch that decide which code runs, answered safely while a graph is recorded.

Code that skips work which no row needs asks here. While operations are recorded for another runtime (torch.export),
the rows to come are unknown: then the general way is taken, which serves every row by `torch.where`.
"""

from __future__ import annotations

import torch
from torch import Tensor


def any_row(mask: Tensor) -> bool:
    """Whether `mask` (B,) bool holds for any row; yes while a graph is recorded."""
    return torch.compiler.is_compiling() or bool(mask.any())


def every_row(mask: Tensor) -> bool:
    """Whether `mask` (B,) bool holds for all rows; no while a graph is recorded."""
    return not torch.compiler.is_compiling() and bool(mask.all())
