from __future__ import annotations

import pytest

from visavis.core.clock import FPS
from visavis.core.config import from_dict, override
from visavis.core.errors import VisavisError
from visavis.core.spaces import space_named
from visavis.system.system import System
from visavis.training.objectives import TimarObjective
from visavis.training.recipe import plain
from visavis.training.recipes import RECIPES, Recipe, recipe_named


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_is_complete_and_can_be_built(name: str) -> None:
    recipe = recipe_named(name)
    assert recipe.system.name == name
    assert from_dict(Recipe, plain(recipe)) == recipe
    assert recipe.window_turns * recipe.system.model.frames_per_turn == 8 * FPS, "8 s of context"
    system = System(recipe.system)
    objective = TimarObjective(system.model, system.encoder, space_named(recipe.system.space), recipe.objective)
    assert objective.undecayed() <= {parameter for parameter, _ in objective.named_parameters()}


def test_the_shipped_model_stays_small() -> None:
    model = System(recipe_named("timar-small").system).model
    assert sum(parameter.numel() * 2 for parameter in model.parameters()) <= 13e6, "bytes, in float16 as it ships"


def test_every_section_can_be_overridden() -> None:
    changes = {"loop.optimizer.lr": "0.5", "system.model.width": "96", "objective.draws": "1", "window_turns": "3"}
    changed = override(recipe_named("timar-small"), changes)
    assert (changed.loop.optimizer.lr, changed.system.model.width) == (0.5, 96)
    assert (changed.objective.draws, changed.window_turns) == (1, 3)


def test_unknown_recipe_names_the_nearest() -> None:
    with pytest.raises(VisavisError, match="'timar-smal'; did you mean 'timar-small'"):
        recipe_named("timar-smal")
