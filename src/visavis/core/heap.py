"""What is in memory, and how long Python's garbage collection looks through it."""

from __future__ import annotations

import gc


def freeze_heap() -> None:
    """Leave all that is in memory now out of garbage collection for ever, for processes that must not stall.

    With torch, a model and a voice loaded, there are 330,000 objects, and a full collection, rare as it is, stops all
    threads for tenths of a second. What is made afterwards is collected as always.
    """
    gc.collect()
    gc.freeze()
