from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from visavis.models.talking_together.model import TogetherConfig
from visavis.models.talking_together.objective import TogetherObjectiveConfig
from visavis.system.factory import make_model
from visavis.system.system import System
from visavis.training.recipes import RECIPES, recipe_named
from visavis.training.recipes.recipe import Recipe

STUDY = [name for name in RECIPES if name.startswith("together-tiny")]


def learned(recipe: Recipe) -> tuple[TogetherObjectiveConfig, TogetherObjectiveConfig]:
    """What the first and the second part learn."""
    assert recipe.before is not None
    return recipe.before.objective, recipe.objective


def test_the_paper_is_trained_as_it_says() -> None:
    recipe = recipe_named("together")
    assert recipe.system.model == TogetherConfig()
    assert (recipe.system.space, recipe.frames, recipe.system.sampling.steps) == ("colocated78", 250, 8)
    assert recipe.system.drawing.guidance == 2.0
    first, second = learned(recipe)
    assert first == TogetherObjectiveConfig()
    assert second == replace(first, single_share=0.5)
    assert recipe.before is not None
    loop = recipe.before.loop
    assert (loop.optimizer.lr, loop.batch_size, loop.schedule.steps, loop.schedule.warmup) == (
        1e-4,
        1024,
        200_000,
        2000,
    )
    assert loop.schedule.shape == "constant"
    with torch.device("meta"):
        size = sum(weights.numel() for weights in make_model(recipe.system, 768, 78).parameters())
    assert size / 1e6 == pytest.approx(31, rel=0.05)


def test_the_shipped_model_stays_small() -> None:
    recipe = recipe_named("together-small")
    system = System(recipe.system)
    assert sum(weights.numel() * 4 for weights in system.parameters()) <= 40e6, "bytes, in float32"
    assert recipe.system.space == "colocated_arkit"
    first, second = learned(recipe)
    assert (first.single_share, second) == (0.0, replace(first, single_share=0.5, lips_weight=second.lips_weight))


def test_a_recipes_first_part_is_a_recipe_of_the_same_system() -> None:
    recipe = recipe_named("together-tiny")
    first = recipe.first
    assert recipe.before is not None
    assert (first.system, first.frames, first.before) == (recipe.system, recipe.frames, None)
    assert (first.objective, first.loop) == (recipe.before.objective, recipe.before.loop)
    assert first.first is first


def test_the_budget_of_the_study_is_equal() -> None:
    recipes = [recipe_named(name) for name in STUDY]
    assert len({(recipe.loop, recipe.before.loop, recipe.frames) for recipe in recipes if recipe.before}) == 1
    assert len(recipes) > 6


def test_each_ablation_removes_what_it_names_and_nothing_else() -> None:
    whole = recipe_named("together-tiny")
    assert isinstance(whole.system.model, TogetherConfig)
    form, (first, second) = whole.system.model, learned(whole)
    removed = {
        "no-roles": {"roles": False, "additions": replace(form.additions, own_voice=False)},
        "no-cross": {"cross_attention": False},
        "one-person": {"together": False},
        "same-frame": {"cross_window": 0},
        "held": {"additions": replace(form.additions, shown_past=False)},
        "room-frame": {"additions": replace(form.additions, partner_frame=False)},
        "partner-gaze": {"additions": replace(form.additions, partner_gaze=True)},
        "one-voice": {"additions": replace(form.additions, own_voice=False)},
        "seen-lips": {"additions": replace(form.additions, unseen_lips=False)},
    }
    for name, change in removed.items():
        recipe = recipe_named(f"together-tiny-{name}")
        assert recipe.system.model == replace(form, **change)  # type: ignore[arg-type]
        assert learned(recipe) == (first, second)
    losses = {
        "no-stage2": (first, first),
        "single": (replace(second, single_share=1.0),) * 2,
        "no-gaze": (replace(first, gaze_weight=0.0), replace(second, gaze_weight=0.0)),
    }
    for name, expected in losses.items():
        recipe = recipe_named(f"together-tiny-{name}")
        assert recipe.system.model == form
        assert learned(recipe) == expected
    assert first.gaze_weight > 0
    assert {f"together-tiny-{name}" for name in (*removed, *losses)} | {"together-tiny"} == set(STUDY)
