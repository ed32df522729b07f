from __future__ import annotations

from visavis.models.arig.model import ArigConfig
from visavis.system.system import System
from visavis.training.recipes import recipe_named


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
