"""Interactive 3-D conversational heads: user speech, user motion and agent speech in, agent motion out."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

if "torch" not in sys.modules and not {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME"} & os.environ.keys():
    # OpenMP reads it once, when torch is loaded; what it is for: visavis.core.threads.
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"

if TYPE_CHECKING:
    from visavis.core.conversation import Conversation
    from visavis.core.errors import VisavisError
    from visavis.core.motion import Motion
    from visavis.streaming.dials import Dials
    from visavis.streaming.playout import Playout
    from visavis.streaming.pool import Pool
    from visavis.streaming.session import Session
    from visavis.system.shipped import load, load_trainable
    from visavis.system.system import System

__all__ = [
    "Conversation",
    "Dials",
    "Motion",
    "Playout",
    "Pool",
    "Session",
    "System",
    "VisavisError",
    "load",
    "load_trainable",
]

_HOMES = {
    "Conversation": "visavis.core.conversation",
    "Dials": "visavis.streaming.dials",
    "Motion": "visavis.core.motion",
    "Playout": "visavis.streaming.playout",
    "Pool": "visavis.streaming.pool",
    "Session": "visavis.streaming.session",
    "System": "visavis.system.system",
    "VisavisError": "visavis.core.errors",
    "load": "visavis.system.shipped",
    "load_trainable": "visavis.system.shipped",
}


def __getattr__(name: str) -> Any:
    """Public names are imported when they are first used, so that `import visavis` stays quick."""
    if name == "__version__":
        from importlib.metadata import version

        return version("visavis")
    if name not in _HOMES:
        raise AttributeError(f"module 'visavis' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES, "__version__"})
