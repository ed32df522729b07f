from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from tests.small_systems import CONFIGS, make
from visavis.core.builtin_spaces import ARKIT61
from visavis.core.clock import samples_in
from visavis.core.errors import VisavisError
from visavis.core.steps import Chunk, StepMotion
from visavis.system.converse import MotionPair, converse
from visavis.system.generate import generate_batch
from visavis.system.request import Request
from visavis.system.system import System

FRAMES = 23
NOTHING_RANDOM = ("dualtalk", "timar mlp head")
SEES_THIS_STEP = ("timar shipped", "dualtalk")


def voice(seed: int, frames: int = FRAMES) -> np.ndarray:
    return (0.1 * np.random.default_rng(seed).standard_normal(samples_in(frames))).astype(np.float32)


USER, AGENT = voice(1), voice(2)


def same(one: MotionPair, other: MotionPair) -> bool:
    pairs = (one.agent, other.agent), (one.user, other.user)
    return all(np.array_equal(here.values, there.values) for here, there in pairs)


def watched(system: System, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Chunk, StepMotion]]:
    """What a system is given and what it gives, step by step."""
    seen: list[tuple[Chunk, StepMotion]] = []
    step: Callable[..., Any] = system.step

    def watching(chunk: Chunk, *given: Any) -> Any:
        motion, state = step(chunk, *given)
        seen.append((chunk, motion))
        return motion, state

    monkeypatch.setattr(system, "step", watching)
    return seen


@pytest.mark.parametrize("form", CONFIGS)
def test_every_model_moves_both_people_and_a_seed_chooses_how(form: str) -> None:
    system = make(form)
    both = system.converse(USER, voice(2, 40), seed=3)
    for motion in (both.agent, both.user):
        assert motion.space is system.space
        assert motion.values.shape == (FRAMES, system.space.width)
    assert not np.array_equal(both.agent.values, both.user.values)
    assert same(both, system.converse(USER, voice(2, 40), seed=3))
    if form not in NOTHING_RANDOM:
        other = system.converse(USER, AGENT, seed=4)
        assert np.abs(other.agent.values - both.agent.values).max() > 1e-4
        assert np.abs(other.user.values - both.user.values).max() > 1e-4


def test_a_model_that_sees_the_step_before_draws_each_as_if_the_other_were_a_recording() -> None:
    system = make("toy of frames")
    both = system.converse(USER, AGENT, seed=5)
    agent = system.generate(USER, AGENT, both.user, seed=5)
    np.testing.assert_allclose(agent.values, both.agent.values, atol=1e-5)
    assert np.abs(system.generate(USER, AGENT, seed=5).values - agent.values).max() > 1e-3
    calm = system.converse(USER, AGENT, temperature=0.0)
    user = system.generate(AGENT, USER, calm.agent, temperature=0.0)
    np.testing.assert_allclose(user.values, calm.user.values, atol=1e-5)


@pytest.mark.parametrize("form", SEES_THIS_STEP)
def test_a_model_that_sees_this_step_is_shown_what_the_other_does_in_it(
    form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = make(form)
    hop = system.interface.hop
    seen = watched(system, monkeypatch)
    both = system.converse(USER, AGENT)
    steps = -(-FRAMES // hop)
    assert len(seen) == 2 * steps
    for step in range(steps):
        (blind, first), (shown, second) = seen[2 * step : 2 * step + 2]
        assert not blind.known["user_motion"].any()
        assert not blind["user_motion"].any()
        assert shown.known["user_motion"].all()
        torch.testing.assert_close(shown["user_motion"], first.sample[:, 0].flip(0), rtol=0, atol=0)
        stays = slice(step * hop, min(FRAMES, (step + 1) * hop))
        for row, motion in enumerate((both.agent, both.user)):
            drawn = second.sample[row, 0, : stays.stop - stays.start].numpy()
            np.testing.assert_array_equal(motion.values[stays], drawn)
        assert (first.sample - second.sample).abs().amax(dim=(1, 2, 3)).min() > 1e-6


@pytest.mark.parametrize(("ahead", "attempts"), [(-2, 1), (-1, 1), (0, 2), (2, 2)])
def test_what_is_not_drawn_yet_is_unknown_however_far_a_model_looks(
    ahead: int, attempts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = make("toy of frames")
    inputs = [one if one.name == "agent_speech" else replace(one, ahead=ahead) for one in system.interface.inputs]
    system.rollout.interface = replace(system.interface, inputs=tuple(inputs))
    seen = watched(system, monkeypatch)
    both = converse(system, USER, AGENT)
    assert len(seen) == attempts * FRAMES
    assert all(motion.sample.shape[2] == 1 for _, motion in seen)
    told = 0
    for number in range(FRAMES):
        (chunk, _), at = seen[attempts * number + attempts - 1], told
        told += chunk["user_motion"].shape[1]
        for place, known in zip(range(at, told), chunk.known["user_motion"].unbind(1), strict=True):
            assert bool(known.all()) == (place <= number) == bool(known.any())
            if place < number:
                np.testing.assert_array_equal(chunk["user_motion"][0, place - at].numpy(), both.user.values[place])
    assert told == FRAMES + ahead


def test_the_two_have_noise_of_their_own() -> None:
    both = make("timar shipped").converse(USER, USER)
    assert np.abs(both.agent.values - both.user.values).max() > 1e-3
    calm = make("timar shipped").converse(USER, USER, temperature=0.0)
    np.testing.assert_allclose(calm.agent.values, calm.user.values, atol=1e-5)


@pytest.mark.parametrize("seed", [2**62, -(2**62), 0])
def test_any_seed_is_possible(seed: int) -> None:
    both = make("toy of frames").converse(USER, USER, seed=seed)
    assert not np.array_equal(both.agent.values, both.user.values)


def test_a_model_of_two_people_moves_both_itself() -> None:
    system = make("toy of pairs")
    agent, user = generate_batch(system, [Request.pair(AGENT, USER, 7)])[0].samples
    assert same(system.converse(USER, AGENT, seed=7), MotionPair(agent, user))
    system.rollout.interface = replace(system.interface, people=("one", "two", "three"))
    with pytest.raises(VisavisError, match="pair moves 3 people; a conversation has two"):
        converse(system, USER, AGENT)


def test_options_reach_the_model() -> None:
    system, told = make("timar shipped"), []
    plain = system.converse(USER, AGENT, progress=lambda *at: told.append(at))
    assert told == [(10, 23), (20, 23), (23, 23)]
    for other in (
        system.converse(USER, AGENT, temperature=0.1),
        system.converse(USER, AGENT, steps=1),
        system.converse(USER, AGENT, guidance=3.0),
        system.converse(USER, AGENT, context=0),
    ):
        assert np.abs(other.agent.values - plain.agent.values).max() > 1e-4
        assert np.abs(other.user.values - plain.user.values).max() > 1e-4


def test_what_cannot_be_used_is_refused() -> None:
    system = make("timar shipped")
    holed = USER.copy()
    holed[100] = np.nan
    for user, agent, lesson in (
        (holed, AGENT, "user speech holds NaN"),
        (USER, holed, "agent speech holds NaN"),
        (USER[:600], AGENT, "not one common frame"),
    ):
        with pytest.raises(VisavisError, match=lesson):
            system.converse(user, agent)
    assert system.space is ARKIT61
