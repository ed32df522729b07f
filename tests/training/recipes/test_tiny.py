from __future__ import annotations

from dataclasses import replace

import torch

from visavis.system.system import System
from visavis.training.recipes import RECIPES, recipe_named

TINY = [name for name in RECIPES if name.startswith(("timar-tiny", "dualtalk-tiny"))]


def test_the_budget_is_equal() -> None:
    recipes = [recipe_named(name) for name in TINY]
    assert len(recipes) == 6
    first = recipes[0]
    for recipe in recipes:
        assert (recipe.loop, recipe.window_turns, recipe.system.speech) == (first.loop, 8, first.system.speech)
        assert (recipe.system.space, recipe.system.model.frames_per_turn) == ("arkit61", 25)


def test_but_for_their_heads_the_variants_are_of_one_size() -> None:
    sizes = {}
    for name in TINY:
        with torch.device("meta"):
            model = System(recipe_named(name).system).model
        sizes[name] = sum(p.numel() for part, p in model.named_parameters() if not part.startswith("head."))
    assert max(sizes.values()) < 1.4 * min(sizes.values()), sizes


def test_each_variant_differs_from_the_papers_form_in_its_one_thing() -> None:
    paper = recipe_named("timar-tiny").system.model
    assert recipe_named("timar-tiny-mlp-head").system.model == replace(paper, head="mlp")
    assert recipe_named("timar-tiny-bidirectional").system.model == replace(paper, causal=False)
