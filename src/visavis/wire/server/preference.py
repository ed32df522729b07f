"""Which of the models that ship a conversation is held with."""

from __future__ import annotations

from visavis.system import DEFAULT_MODEL
from visavis.system.catalogue import live_models

PREFERRED = ("arig-small", "timar-small-200ms", DEFAULT_MODEL)
"""The one that reacts soonest comes first."""


def preferred_model() -> str:
    """The first of `PREFERRED` that ships."""
    live = live_models()
    return next((name for name in PREFERRED if name in live), DEFAULT_MODEL)
