from __future__ import annotations

import pytest

from visavis.encode.phonetic import PhoneticEncoder
from visavis.models.timar.model import TimarConfig
from visavis.system.system import System
from visavis.training.recipes import recipe_named


def test_the_shipped_model_stays_small() -> None:
    model = System(recipe_named("timar-small").system).model
    assert sum(parameter.numel() * 2 for parameter in model.parameters()) <= 13e6, "bytes, in float16 as it ships"


TURNS_S = {"timar-small-200ms": 0.2, "timar-small": 0.4, "timar-small-1s": 1.0}


@pytest.mark.parametrize(("name", "turn_s"), TURNS_S.items())
def test_turns_differ_and_context_does_not(name: str, turn_s: float) -> None:
    system = System(recipe_named(name).system)
    assert system.frames_per_step / 25 == turn_s
    assert system.receptive_field_s >= 8
    assert isinstance(system.config.model, TimarConfig)
    assert system.config.model.window_turns * turn_s == pytest.approx(8)


@pytest.mark.parametrize("name", ["timar-small-lips", "timar-small-200ms-lips"])
def test_the_stage_of_lips_continues_the_same_model_as_its_forced_part_but_gentler(name: str) -> None:
    lips = recipe_named(name)
    before = recipe_named({"timar-small-lips": "timar-small-forced"}.get(name, "timar-small-200ms"))
    assert lips.system.model == before.system.model
    assert lips.objective == before.objective
    assert lips.loop.optimizer.lr < before.loop.optimizer.lr
    assert before.lips is None
    assert lips.lips is not None
    assert lips.lips.share * lips.loop.batch_size == 2


def test_the_speech_encoder_is_small_and_shared_by_all_parts() -> None:
    small = recipe_named("timar-small")
    ears = System(small.system).encoder
    assert isinstance(ears, PhoneticEncoder)
    assert sum(weights.numel() * 2 for weights in ears.parameters()) <= 3e6, "bytes in float16"
    for part in ("timar-small-forced", "timar-small-lips", "timar-small-200ms", "timar-small-1s"):
        assert recipe_named(part).system.speech == small.system.speech


def test_the_baseline_has_the_same_ears_and_no_fewer_weights() -> None:
    baseline, small = recipe_named("dualtalk-small"), recipe_named("timar-small")
    assert baseline.system.speech == small.system.speech
    sizes = [
        sum(parameter.numel() for parameter in System(recipe.system).model.parameters()) for recipe in (baseline, small)
    ]
    assert 1 <= sizes[0] / sizes[1] <= 1.2
