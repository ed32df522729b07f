from __future__ import annotations

import re
from pathlib import Path

import pytest

from visavis.core.clock import FPS
from visavis.system.catalogue import Card, catalogue, live_models, measured
from visavis.system.shipped import known_models, load_trainable

DOCS = Path(__file__).parents[2] / "docs"
SHOWN = {"jaw_r": "jaw follows the truth, r", "nods_f1": "nods, F1", "smiles_f1": "smiles, F1"}
CARDS = {one.name: one.card for one in catalogue()}


def row(page: str, heading: str, begins: str) -> list[str]:
    """The cells of a row of the table under a heading."""
    text = (DOCS / page).read_text(encoding="utf-8").partition(heading)[2]
    return next(line for line in text.splitlines() if line.startswith(f"| {begins}")).strip("|").split("|")[1:]


@pytest.mark.parametrize(
    ("page", "heading", "models"),
    [
        ("quality.md", "| timar-small / timar-small-200ms | test |", ("timar-small", "timar-small-200ms")),
        ("arig.md", "| timar-small / arig-small | test |", ("timar-small", "arig-small")),
        ("talking_together.md", "| together-small / the truth | test |", ("together-small",)),
    ],
)
@pytest.mark.parametrize("field", list(SHOWN))
def test_cards_hold_the_numbers_of_the_pages(page: str, heading: str, models: tuple[str, ...], field: str) -> None:
    cells = row(page, heading, SHOWN[field])
    for place, model in enumerate(models):
        for cell, quality in zip(cells, CARDS[model].quality, strict=False):
            shown = re.sub(r"\[[^]]*\]", "", cell).split("/")[place]
            assert float(shown) == pytest.approx(getattr(quality, field), abs=1e-9), f"{model} {quality.split} {field}"


@pytest.mark.parametrize("name", known_models())
def test_the_latency_is_what_the_model_waits_for_and_drawing_and_a_buffer(name: str) -> None:
    card, interface = CARDS[name], load_trainable(name).interface
    assert (card.latency_s is None) == (interface.people != ("agent",))
    if card.latency_s is None:
        return
    assert 0 < card.latency_s - interface.latency_frames / FPS - 0.04 <= 0.03
    if card.latency_led_s is not None:
        assert 0 < card.latency_led_s - interface.latency_with(3) / FPS - 0.04 <= 0.03


def test_every_model_has_a_card_with_every_split() -> None:
    assert list(CARDS) == known_models()
    for card in CARDS.values():
        assert isinstance(card, Card)
        assert [one.split for one in card.quality] == ["test", "ood", "natural"]
        assert card.licence == "Apache-2.0"
    assert all(1e7 < one.bytes < 2e7 for one in catalogue())


def test_models_that_move_one_person_are_those_for_live_conversations() -> None:
    assert live_models() == [name for name, card in CARDS.items() if card.latency_s is not None]
    assert {"arig-small", "timar-small", "timar-small-200ms"} <= set(live_models())


def test_measuring_draws_with_the_model() -> None:
    assert 0.05 < measured("timar-small") < 1000
