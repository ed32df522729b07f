"""The whole: a recipe becomes model, encoder and sampler; the only place (with cli) where names meet classes."""

from __future__ import annotations

DEFAULT_MODEL = "timar-small"
"""The model that is used where none is named."""
ROOM_MODEL = "together-small"
"""The same for two people who are both moved, from one recording of both."""
