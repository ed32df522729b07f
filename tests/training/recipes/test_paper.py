from __future__ import annotations

import pytest
import torch

from visavis.models.arig.model import ArigConfig
from visavis.models.timar.model import TimarConfig
from visavis.sampling.parameterisation import Epsilon
from visavis.system.factory import make_model
from visavis.training.recipes import recipe_named

VARIANTS = ("timar-mlp-head", "timar-bidirectional", "timar-encoder-decoder")


def millions(name: str) -> float:
    recipe = recipe_named(name)
    with torch.device("meta"):
        model = make_model(recipe.system, 1024, 56)
    return sum(parameter.numel() for parameter in model.parameters()) / 1e6


def test_the_large_model_has_the_published_size() -> None:
    assert millions("timar-large") == pytest.approx(428, rel=0.01)


def test_the_sizes_grow_and_the_ablations_are_as_large_as_what_they_are_compared_with() -> None:
    base, large, huge = (millions(name) for name in ("timar-base", "timar-large", "timar-huge"))
    assert base < large / 2 < large < huge / 1.5
    for name in VARIANTS:
        assert millions(name) == pytest.approx(large, rel=0.07)


@pytest.mark.parametrize("name", ["timar-base", "timar-large", "timar-huge", *VARIANTS])
def test_timar_trains_as_published(name: str) -> None:
    recipe = recipe_named(name)
    model, loop = recipe.system.model, recipe.loop
    assert isinstance(model, TimarConfig)
    assert (recipe.system.space, model.frames_per_turn, model.window_turns, recipe.window_turns) == (
        "flame56",
        25,
        8,
        8,
    )
    assert (loop.optimizer.lr, loop.optimizer.betas, loop.batch_size) == (1e-4, (0.9, 0.95), 256)
    assert (loop.schedule.shape, loop.schedule.warmup * 4, loop.clip) == ("constant", loop.schedule.steps, 3.0)
    assert loop.ema == 0.9999


def test_dualtalk_steps_down_by_a_fifth_every_fifty_epochs() -> None:
    schedule = recipe_named("dualtalk").loop.schedule
    assert schedule.steps == 4 * schedule.stair_steps
    assert [schedule.factor(step) for step in (0, schedule.stair_steps - 1)] == [1.0, 1.0]
    assert schedule.factor(schedule.stair_steps) == pytest.approx(0.8)
    assert schedule.factor(schedule.steps - 1) == pytest.approx(0.8**3)


def test_arig_has_the_papers_sizes_and_draws_in_15_steps() -> None:
    recipe = recipe_named("arig")
    model, sampling, loop = recipe.system.model, recipe.system.sampling, recipe.loop
    assert model == ArigConfig()
    assert (sampling.steps, sampling.solver) == (15, "ancestral")
    assert model.denoising.parameterisation == Epsilon()
    assert loop.optimizer.lr == 1e-4
    with torch.device("meta"):
        network = make_model(recipe.system, 768, 262)
    assert sum(parameter.numel() for parameter in network.parameters()) / 1e6 == pytest.approx(60, rel=0.2)
