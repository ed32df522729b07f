"""What is known of the models that ship: size, latency, quality and licence by their cards, speed by measuring it."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from visavis.core.clock import FPS
from visavis.core.config import from_dict
from visavis.core.files import read_json
from visavis.system.bench.stream import stream
from visavis.system.folder import SPEECH, WEIGHTS
from visavis.system.shipped import folder_of, known_models, load

CARD = "card.json"
_MEASURED_S = 8.0
_UNCOUNTED = 3


@dataclass(frozen=True)
class SplitQuality:
    """On a split of simulated conversations: correlation of the jaw with the truth, F1 of nods and smiles."""

    split: str
    jaw_r: float
    nods_f1: float
    smiles_f1: float


@dataclass(frozen=True)
class Card:
    """A model's card. latency_s: from a place on the clock to the frame that is shown for it, with drawing and 0.04 s
    of buffer, None of a model that moves everybody in a whole recording; latency_led_s: the same where the agent's
    voice is known 0.12 s ahead. Sources: docs/latency.md, docs/quality.md, docs/arig.md, docs/talking_together.md."""

    licence: str
    latency_s: float | None
    latency_led_s: float | None
    quality: tuple[SplitQuality, ...]


@dataclass(frozen=True)
class ShippedModel:
    """A model that ships, its card, and the bytes of its weights."""

    name: str
    bytes: int
    card: Card


def catalogue() -> list[ShippedModel]:
    """Every model that ships."""
    return [_described(name) for name in known_models()]


def live_models() -> list[str]:
    """Names of the models that a conversation can be held with while it goes on."""
    return [one.name for one in catalogue() if one.card.latency_s is not None]


def measured(name: str) -> float:
    """Seconds of motion that a model draws in a second on this machine, one conversation, by its median step."""
    system = load(name)
    length_s = system.frames_per_step / FPS
    steps = _UNCOUNTED + max(5, round(_MEASURED_S / length_s))
    spent = [step.ms for step in stream(system, steps)][_UNCOUNTED:]
    return length_s / (statistics.median(spent) / 1000)


def _described(name: str) -> ShippedModel:
    folder = folder_of(name)
    weights = [folder / file for file in (WEIGHTS, SPEECH) if (folder / file).is_file()]
    return ShippedModel(
        name, sum(path.stat().st_size for path in weights), from_dict(Card, read_json(folder / CARD), f"{name}: ")
    )
