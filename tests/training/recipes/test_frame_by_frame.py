from __future__ import annotations

from dataclasses import replace

from visavis.models.arig.model import ArigConfig
from visavis.system.system import System
from visavis.training.recipes import RECIPES, recipe_named


def test_the_shipped_model_stays_small_and_answers_at_once() -> None:
    config = recipe_named("arig-small").system
    system = System(config)
    assert sum(weights.numel() * 2 for weights in system.parameters()) <= 16e6, "bytes, in float16 as it ships"
    interface = system.interface
    assert interface.hop == 1
    assert {one.name: one.ahead for one in interface.inputs} == {
        "user_speech": -1,
        "agent_speech": 2,
        "user_motion": -1,
    }


def test_a_training_window_fills_the_context_cache() -> None:
    recipe = recipe_named("arig-small")
    model = recipe.system.model
    assert isinstance(model, ArigConfig)
    assert model.capacity * model.chunk >= recipe.window_turns


STUDY = [name for name in RECIPES if name.startswith("arig-tiny")]


def test_the_budget_of_the_study_is_equal() -> None:
    recipes = [recipe_named(name) for name in STUDY]
    assert len({recipe.loop for recipe in recipes}) == len({recipe.window_turns for recipe in recipes}) == 1
    assert len(recipes) > 10


def test_each_of_the_papers_ablations_removes_what_it_names_and_nothing_else() -> None:
    whole = recipe_named("arig-tiny").system.model
    assert isinstance(whole, ArigConfig)
    removed = {
        "no-context": {"capacity": 4},
        "no-states": {"states": False},
        "no-user-motion": {"user_motion": False},
        "linear": {"learning": "linear"},
    }
    for name, change in removed.items():
        assert recipe_named(f"arig-tiny-{name}").system.model == replace(whole, **change)  # type: ignore[arg-type]
    book = recipe_named("arig-tiny-codebook").system.model
    assert isinstance(book, ArigConfig)
    assert book.codebook
    assert not book.additions.mean_head
