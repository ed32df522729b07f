from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.small_systems import CONFIGS, make
from visavis.core.builtin_spaces import ARKIT61
from visavis.core.clock import samples_in
from visavis.core.errors import VisavisError
from visavis.core.steps import Chunk, StepInput, StepMotion
from visavis.system.converse import MotionPair, converse
from visavis.system.generate import generate_batch
from visavis.system.request import Request
from visavis.system.state import SystemState
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


@dataclass(frozen=True, eq=False)
class Attempt:
    """One attempt at a step: what it is given, what is drawn, and the seeds of both people."""

    given: StepInput
    motion: StepMotion
    seeds: Tensor


def watched(system: System, monkeypatch: pytest.MonkeyPatch) -> list[Attempt]:
    """What a system is given and what it gives, attempt by attempt."""
    seen: list[Attempt] = []
    draw: Callable[..., Any] = system.draw

    def watching(given: list[StepInput], state: SystemState, *noise: Any) -> Any:
        motion, after = draw(given, state, *noise)
        seen.extend(Attempt(one, motion, state.seeds) for one in given)
        return motion, after

    monkeypatch.setattr(system, "draw", watching)
    return seen


@pytest.mark.parametrize(("form", "rows"), [("timar shipped", 2), ("dualtalk", 2), ("toy of frames", 4)])
def test_voices_are_heard_once_a_step_for_both_people_and_both_attempts(
    form: str, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    system, heard = make(form), []
    encode: Callable[..., Any] = system.encoder.encode

    def listening(sound: Tensor, *state: Any) -> Any:
        heard.append(len(sound))
        return encode(sound, *state)

    monkeypatch.setattr(system.encoder, "encode", listening)
    system.converse(USER, AGENT)
    assert sum(heard) == rows * -(-FRAMES // system.interface.hop)


@pytest.mark.parametrize("form", ["timar shipped", "dualtalk", "toy of frames", "arig"])
def test_it_is_drawn_as_by_chunks_that_tell_what_the_other_did(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same by `step` alone, which hears every voice for each person and attempt anew."""
    system = make(form)
    seen = watched(system, monkeypatch)
    interface = system.interface
    hop, steps = interface.hop, -(-FRAMES // interface.hop)
    both = system.converse(USER, AGENT)
    length = steps * hop + 3
    user, agent = (torch.from_numpy(np.pad(one, (0, samples_in(length) - len(one)))) for one in (USER, AGENT))
    sounds = {"user_speech": torch.stack([user, agent]), "agent_speech": torch.stack([agent, user])}
    state = replace(system.init_state(2), seeds=seen[0].seeds)
    drawn = torch.zeros(2, 0, system.space.width)
    for number in range(steps):
        attempts = 2 if form in SEES_THIS_STEP else 1
        attempt = drawn
        for _ in range(attempts):
            values: dict[str, Tensor] = {}
            known = {}
            for one in interface.inputs:
                start, stop = (max(0, at * hop + one.ahead) for at in (number, number + 1))
                start = start if number else 0
                if one.kind == "speech":
                    values[one.name] = sounds[one.name][:, samples_in(start) : samples_in(stop)]
                else:
                    told = attempt[:, start:stop].flip(0)
                    lost = stop - start - told.shape[1]
                    values[one.name] = torch.nn.functional.pad(told, (0, 0, 0, lost))
                    known[one.name] = (torch.arange(stop - start) < told.shape[1]).expand(2, -1)
            motion, after = system.step(Chunk(values, known=known), state)
            attempt = torch.cat([drawn, motion.sample[:, 0]], dim=1)
        state, drawn = after, attempt
    for row, motion in enumerate((both.agent, both.user)):
        np.testing.assert_allclose(motion.values, drawn[row, :FRAMES].numpy(), atol=2e-5)


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
        before, later = seen[2 * step : 2 * step + 2]
        blind, first, shown, second = before.given, before.motion, later.given, later.motion
        assert not blind.known["user_motion"][:, -hop:].any()
        assert not blind["user_motion"][:, -hop:].any()
        assert shown.known["user_motion"][:, -hop:].all()
        torch.testing.assert_close(shown["user_motion"][:, -hop:], first.sample[:, 0].flip(0), rtol=0, atol=0)
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
    assert all(one.motion.sample.shape[2] == 1 for one in seen)
    for number in range(FRAMES):
        given = seen[attempts * number + attempts - 1].given
        frames = given["user_motion"].shape[1]
        first = number + 1 + ahead - frames
        assert frames == system.interface.span(system.interface.input("user_motion"))
        for place, known in zip(range(first, first + frames), given.known["user_motion"].unbind(1), strict=True):
            assert bool(known.all()) == (0 <= place <= number) == bool(known.any())
            if 0 <= place < number:
                np.testing.assert_array_equal(given["user_motion"][0, place - first].numpy(), both.user.values[place])


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
