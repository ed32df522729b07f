from dataclasses import replace

import numpy as np
import pytest

from tests.small_systems import make as make_system
from visavis.core.clock import samples_in
from visavis.core.motion import Motion
from visavis.core.spaces import space_named
from visavis.system.system import System
from visavis.validate.making import Request, make

ARKIT = space_named("arkit61")


@pytest.fixture(scope="module")
def system() -> System:
    return make_system("timar shipped")


def request(seed: int, frames: int, moving: bool, mean: bool) -> Request:
    random = np.random.default_rng(seed + 100 * frames)
    voices = 0.1 * random.normal(size=(2, samples_in(frames))).astype(np.float32)
    motion = Motion(0.1 * random.normal(size=(frames, ARKIT.width)), ARKIT) if moving else None
    return Request(voices[0], voices[1], motion, seed, mean)


def test_side_by_side_is_the_same_as_one_by_one(system: System) -> None:
    requests = [request(3, 42, True, True), request(8, 25, True, False), request(5, 33, False, True)]
    made = make(system, requests)
    assert [len(one.sample) for one in made] == [42, 25, 33]
    for asked, one in zip(requests, made, strict=True):
        alone = system.generate(asked.user_speech, asked.agent_speech, asked.user_motion, seed=asked.seed)
        assert one.sample.values == pytest.approx(alone.values, abs=1e-4)
        assert (one.mean is not None) == asked.mean
    mean = system.mean_motion(requests[0].user_speech, requests[0].agent_speech, requests[0].user_motion)
    assert made[0].mean is not None
    assert made[0].mean.values == pytest.approx(mean.values, abs=1e-4)


def test_generating_and_evaluating_follow_the_recipe_alike() -> None:
    guided = make_system("timar shipped").with_options(guidance=3.0, temperature=0.4, steps=2)
    asked = request(4, 40, True, False)
    alone = guided.generate(asked.user_speech, asked.agent_speech, asked.user_motion, seed=asked.seed)
    assert make(guided, [asked])[0].sample.values == pytest.approx(alone.values, abs=1e-4)


def test_seeds_differ_and_repeat(system: System) -> None:
    first, again, other = make(system, [replace(request(3, 20, True, False), seed=seed) for seed in (1, 1, 2)])
    assert first.sample.values == pytest.approx(again.sample.values, abs=1e-4)
    assert np.abs(first.sample.values - other.sample.values).max() > 1e-3
