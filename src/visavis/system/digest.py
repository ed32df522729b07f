"""Digests of networks: which weights they hold, in which form."""

from __future__ import annotations

import hashlib

import torch
from torch import nn

_PLACES = 1 << 16
"""Of a larger tensor so many numbers are read, at even distances: training moves them all."""


def digest_of(network: nn.Module) -> str:
    """The SHA-256 of a network's weights and of the kinds of its parts, the same in every process."""
    found = hashlib.sha256(" ".join(type(part).__qualname__ for part in network.modules()).encode())
    for name, tensor in sorted(network.state_dict().items()):
        found.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        flat = tensor.detach().reshape(-1)
        places = flat[:: max(1, -(-flat.numel() // _PLACES))].contiguous().cpu()
        found.update(places.view(torch.uint8).numpy().tobytes())
    return found.hexdigest()
