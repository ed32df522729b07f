from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from visavis.core.clock import FPS
from visavis.core.config import from_dict, override
from visavis.core.errors import VisavisError
from visavis.core.spaces import space_named
from visavis.encode.framed import FramedConfig
from visavis.encode.mel import MelConfig, MelEncoder
from visavis.system.factory import make_model
from visavis.training.loop_config import plain
from visavis.training.recipes import RECIPES, recipe_named
from visavis.training.recipes.recipe import Recipe
from visavis.training.run import make_objective

WINDOWS_S = {"arig": 30, **{name: 10 for name in RECIPES if name.startswith(("arig-", "together"))}}
"""Where they are not 8 s."""
SPEECH_WIDTHS = {MelConfig: 389, FramedConfig: 640}


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_is_complete_and_can_be_built(name: str) -> None:
    recipe = recipe_named(name)
    assert recipe.system.name == name
    assert from_dict(Recipe, plain(recipe)) == recipe
    assert recipe.frames == WINDOWS_S.get(name, 8) * FPS
    space = space_named(recipe.system.space)
    with torch.device("meta"):
        model = make_model(recipe.system, SPEECH_WIDTHS.get(type(recipe.system.speech), 1024), space.width)
        objective = make_objective(model, MelEncoder(MelConfig()), space, recipe)
    undecayed = getattr(objective, "undecayed", set[str])()
    assert undecayed <= {parameter for parameter, _ in objective.named_parameters()}


def test_an_objective_of_another_model_is_refused() -> None:
    timar, dualtalk = recipe_named("timar-small"), recipe_named("dualtalk")
    mixed = replace(timar, objective=dualtalk.objective)
    model = make_model(timar.system, 10, 61)
    with pytest.raises(VisavisError, match="not one of its model's"):
        make_objective(model, MelEncoder(MelConfig()), space_named("arkit61"), mixed)


def test_every_section_can_be_overridden() -> None:
    changes = {"loop.optimizer.lr": "0.5", "system.model.width": "96", "objective.draws": "1", "window_turns": "3"}
    changed = override(recipe_named("timar-small"), changes)
    assert (changed.loop.optimizer.lr, changed.system.model.width) == (0.5, 96)
    assert (changed.objective.draws, changed.window_turns) == (1, 3)


def test_unknown_recipe_names_the_nearest() -> None:
    with pytest.raises(VisavisError, match="'timar-smal'; did you mean 'timar-small'"):
        recipe_named("timar-smal")
