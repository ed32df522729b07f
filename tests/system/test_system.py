from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.small_systems import CONFIGS, PAPER_FORM, chunk_for, make, part
from visavis.core.clock import samples_in
from visavis.core.errors import VisavisError
from visavis.core.protocols import Draw
from visavis.core.steps import Chunk, StepInput, StepMotion
from visavis.core.threads import DECIDED
from visavis.system.precision import optimised
from visavis.system.system import System


def voice(frames: int, seed: int = 0) -> np.ndarray:
    return (0.1 * np.random.default_rng(seed).standard_normal(samples_in(frames))).astype(np.float32)


def test_a_system_says_what_it_reaches() -> None:
    system = make("timar shipped")
    assert (system.frames_per_step, system.interface.look_ahead("user_speech")) == (10, 9)
    assert system.receptive_field_s == pytest.approx((2 * 2 + 1) * 0.4)
    assert make("timar paper").receptive_field_s == pytest.approx(4 * 0.2)
    assert np.allclose(system.mean_face, 0.3)


def test_the_mean_does_not_depend_on_noise_and_needs_a_mean_head() -> None:
    system = make("timar shipped")
    mean = system.mean_motion(voice(20), voice(20, seed=1))
    loud = system.with_options(temperature=3.0, steps=1).mean_motion(voice(20), voice(20, seed=1))
    assert np.array_equal(mean.values, loud.values)
    with pytest.raises(VisavisError, match=r"paper has no mean head; train it with model\.additions\.mean_head true"):
        make("timar paper").mean_motion(voice(5), voice(5))


def test_options_make_another_system_over_the_same_weights() -> None:
    system = make("timar shipped")
    before = system.generate(voice(20), voice(20, seed=1)).values
    other = system.with_options(context=1, steps=2, guidance=1.5, temperature=0.5)
    assert other.model is system.model
    assert (other.config.sampling.steps, other.config.sampling.temperature) == (2, 0.5)
    assert other.config.drawing.guidance == 1.5
    assert other.interface.past_steps == 1
    assert (system.config.sampling.steps, system.interface.past_steps) == (5, 4)
    assert np.array_equal(system.generate(voice(20), voice(20, seed=1)).values, before)
    assert system.with_options().config == system.config


def test_options_left_open_follow_the_recipe() -> None:
    recipe = {"context": 1, "steps": 2, "guidance": 2.5, "temperature": 0.3}
    system, sounds = make("timar shipped").with_options(**recipe), (voice(40), voice(40, seed=1))  # type: ignore[arg-type]
    drawn = system.generate(*sounds, seed=3).values
    assert np.array_equal(drawn, make("timar shipped").generate(*sounds, **recipe, seed=3).values)  # type: ignore[arg-type]
    plain = {"context": 4, "steps": 5, "guidance": 1.0, "temperature": 1.0}
    for name, value in plain.items():
        told = system.generate(*sounds, **{name: value}, seed=3).values  # type: ignore[arg-type]
        assert np.abs(told - drawn).max() > 1e-4, name


@pytest.mark.parametrize("option", [{"context": 0}, {"steps": 1}, {"guidance": 4.0}, {"temperature": 0.2}])
def test_each_option_of_generate_changes_the_draw(option: dict[str, float]) -> None:
    system = make("timar shipped")
    sounds = voice(40), voice(40, seed=1)
    plain = system.generate(*sounds)
    changed = system.generate(*sounds, **option)  # type: ignore[arg-type]
    assert np.abs(plain.values - changed.values).max() > 1e-4


def test_impossible_options_are_refused() -> None:
    system = make("timar shipped")
    with pytest.raises(VisavisError, match="context of 9 turns is not possible; this model takes 0 to 4"):
        system.with_options(context=9)
    with pytest.raises(VisavisError, match="'steps' cannot be 0; it is at least 1"):
        system.with_options(steps=0)
    with pytest.raises(VisavisError, match=r"'temperature' cannot be -1\.0; it is at least 0"):
        system.with_options(temperature=-1.0)
    for number in (float("nan"), float("inf")):
        with pytest.raises(VisavisError, match="'temperature' cannot be"):
            system.with_options(temperature=number)
        with pytest.raises(VisavisError, match="'guidance' cannot be"):
            system.with_options(guidance=number)
    with pytest.raises(VisavisError, match="seed cannot be 1180591620717411303424"):
        system.generate(np.zeros(6400, np.float32), np.zeros(6400, np.float32), seed=2**70)
    with pytest.raises(VisavisError, match="keeps nothing between turns; set history to 'exact'"):
        make("dualtalk").with_options(history="cached")
    with pytest.raises(VisavisError, match="unknown motion space 'arkit16'; did you mean 'arkit61'"):
        System(replace(CONFIGS["timar paper"], space="arkit16", model=PAPER_FORM))


def test_a_small_step_takes_one_thread_and_gives_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    system = make("timar shipped")
    chunk, before, taken = chunk_for(system, 20), torch.get_num_threads(), []
    alone, _ = system.step(chunk, system.init_state(1))
    step = system.rollout.step

    def watched(heard: StepInput, state: object, draw: Draw) -> tuple[StepMotion, object]:
        taken.append(torch.get_num_threads())
        return step(heard, state, draw)

    monkeypatch.setattr(system.rollout, "step", watched)
    for name in DECIDED:
        monkeypatch.delenv(name, raising=False)
    torch.set_num_threads(2)
    try:
        usual, _ = system.step(chunk, system.init_state(1))
        assert (taken, torch.get_num_threads()) == ([1, 1], 2)
        monkeypatch.setattr(system, "size", 10**12)
        system.step(chunk, system.init_state(1))
        assert taken[2:] == [2, 2]
        monkeypatch.setenv("OMP_NUM_THREADS", "2")
        monkeypatch.setattr(system, "size", 1)
        system.step(chunk, system.init_state(1))
        assert taken[4:] == [2, 2]
    finally:
        torch.set_num_threads(before)
    assert before == 1
    assert torch.equal(usual.sample, alone.sample)


@pytest.mark.parametrize("precision", ["float32", "bf16"])
def test_the_work_of_a_turn_is_that_of_all_weights_whatever_they_are_laid_out_in(precision: str) -> None:
    system = make("timar shipped")
    weights = sum(weights.numel() for weights in system.parameters())
    assert system.products == optimised(system, precision).products == 10 * weights


def test_frames_come_when_a_turn_is_full() -> None:
    system = make("timar shipped")
    chunk = chunk_for(system, 25)
    state, counts = system.init_state(1), []
    for start, stop in ((0, 9), (9, 10), (10, 25), (25, 25)):
        frames, state = system.step(part(chunk, start, stop), state)
        counts.append(frames.sample.shape[2])
    assert counts == [0, 10, 10, 0]
    assert [one.known.shape[1] for one in state.pending] == [5, 5, 5]


def test_motion_may_come_and_go() -> None:
    system = make("timar shipped")
    chunk = chunk_for(system, 20)
    blind = Chunk({name: value for name, value in chunk.values.items() if name != "user_motion"})
    _, state = system.step(part(blind, 0, 5), system.init_state(1))
    half, state = system.step(part(chunk, 5, 20), state)
    seen, _ = system.step(chunk, system.init_state(1))
    unseen, _ = system.step(blind, system.init_state(1))
    assert half.sample.shape == seen.sample.shape
    assert not torch.equal(half.sample, seen.sample)
    assert not torch.equal(half.sample, unseen.sample)


def test_rows_draw_with_seeds_of_their_own() -> None:
    system = make("timar shipped")
    chunk = chunk_for(system, 10)
    voices = {name: chunk[name] for name in ("user_speech", "agent_speech")}
    twice = Chunk({name: voice.repeat(2, 1) for name, voice in voices.items()})
    frames, _ = system.step(twice, system.init_state(2, seed=6))
    assert not torch.equal(frames.sample[0], frames.sample[1])
    alone, _ = system.step(Chunk(voices), system.init_state(1, seed=7))
    torch.testing.assert_close(alone.sample[0], frames.sample[1], atol=1e-5, rtol=0)


def test_chunks_that_do_not_fit_are_refused() -> None:
    system, state = make("timar shipped"), make("timar shipped").init_state(1)
    sound = torch.zeros(1, samples_in(3))
    with pytest.raises(
        VisavisError, match=r"user_speech, agent_speech over the same whole frames of 640 samples; \(1, 1280\) and"
    ):
        system.step(Chunk(user_speech=sound[:, : samples_in(2)], agent_speech=sound), state)
    with pytest.raises(VisavisError, match="user_speech, agent_speech over the same whole frames"):
        system.step(Chunk(user_speech=sound[:, :100], agent_speech=sound[:, :100]), state)
    with pytest.raises(VisavisError, match=r"user_motion of shape \(1, 2, 61\) does not fit the chunk"):
        system.step(Chunk(user_speech=sound, agent_speech=sound, user_motion=torch.zeros(1, 2, 61)), state)
    known = {"user_speech": torch.ones(1, 2, dtype=torch.bool)}
    with pytest.raises(
        VisavisError, match=r"known of user_speech, of shape \(1, 2\), does not fit the chunk; it needs \(1, 3\)"
    ):
        system.step(Chunk(user_speech=sound, agent_speech=sound, known=known), state)
    with pytest.raises(
        VisavisError, match="unknown input of the model 'mix'; known: agent_speech, user_motion, user_speech"
    ):
        system.step(Chunk(user_speech=sound, agent_speech=sound, mix=sound), state)
    with pytest.raises(VisavisError, match="a chunk needs agent_speech; where a voice is lost, say so with known"):
        system.step(Chunk(user_speech=sound), state)
