"""Each of the paper's ablations removes what it names: its weights, and every way from its input to the motion."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from tests.small_systems import ARIG_EXTENDED_FORM, ARIG_FORM, CONFIGS, chunk_for, make, part
from visavis.core.errors import VisavisError
from visavis.models.arig.additions import ArigAdditions
from visavis.models.arig.codebook import Codebook
from visavis.models.arig.model import Arig, ArigConfig
from visavis.models.arig.rollout import ArigDrawing
from visavis.sampling.config import DenoisingConfig, SamplingConfig
from visavis.system.system import System

FLOW = DenoisingConfig("rectified-flow", "v")


def parts_of(form: ArigConfig) -> set[str]:
    return {name.split(".")[0] for name, _ in Arig(form, 5, 61).named_parameters()}


def reached(form: ArigConfig, name: str, frames: int = 30) -> list[int]:
    """How many frames before the last one each frame of an input lies that reaches it."""
    torch.manual_seed(0)
    system = System(replace(CONFIGS["arig"], model=form, drawing=ArigDrawing())).eval()
    with torch.no_grad():
        for weights in system.model.parameters():
            weights.add_(0.05 * torch.randn_like(weights))
        system.model.motion_std.fill_(0.01)
        system.model.motion_mean.fill_(0.5)
    chunk = chunk_for(system, frames)
    for value in chunk.values.values():
        value.requires_grad_()
    sample = system.advance(chunk, system.init_state(1))[0].sample[0, 0]
    (gradient,) = torch.autograd.grad(sample[-1].sum(), [chunk.values[name]])
    last = len(sample) - 1
    return [last - int(at) for at in torch.nonzero(gradient[0].view(frames, -1).any(1))[:, 0]]


def test_without_states_nothing_is_told_of_them() -> None:
    assert parts_of(ARIG_FORM) - parts_of(replace(ARIG_FORM, states=False)) == {"activity", "understanding"}
    system = System(replace(CONFIGS["arig"], model=replace(ARIG_FORM, states=False))).eval()
    assert system.interface.labels == {}
    assert system.step(chunk_for(system, 4), system.init_state(1))[0].labels == {}


def test_without_the_users_motion_it_is_no_input() -> None:
    system = System(replace(CONFIGS["arig"], model=replace(ARIG_FORM, user_motion=False))).eval()
    assert [one.name for one in system.interface.inputs] == ["user_speech", "agent_speech"]
    assert system.step(chunk_for(system, 4), system.init_state(1))[0].sample.shape[2] == 4
    assert "user_motion" in [one.name for one in make("arig").interface.inputs]


def test_linear_learning_leaves_one_layer_between_behaviours_and_summary() -> None:
    model = Arig(replace(ARIG_FORM, learning="linear"), 5, 61)
    assert {name for name, _ in model.short_range.named_parameters()} == {"compress.weight", "compress.bias"}
    full = sum(weights.numel() for weights in Arig(ARIG_FORM, 5, 61).short_range.parameters())
    assert sum(weights.numel() for weights in model.short_range.parameters()) < 0.2 * full


def test_a_capacity_of_four_chunks_ends_the_long_range() -> None:
    alone = replace(ARIG_FORM, additions=ArigAdditions(own_motion=False), context_depth=1)
    assert max(reached(replace(alone, capacity=4), "user_motion")) <= 4 * alone.chunk + alone.last_motions + 1
    assert max(reached(replace(alone, capacity=16), "user_motion")) > 8 * alone.chunk


def test_a_codebook_gives_entries_alone() -> None:
    system = System(replace(CONFIGS["arig"], model=replace(ARIG_FORM, codebook=6))).eval()
    assert isinstance(system.model, Arig)
    book = system.model.head
    assert isinstance(book, Codebook)
    every = book.entries[0][:, None, None, None] + book.entries[1][:, None, None]
    every = every + book.entries[2][:, None] + book.entries[3]
    motion = system.model.normalise(system.step(chunk_for(system, 6), system.init_state(1))[0].sample[0, 0])
    low, high = (system.model.normalise(bound) for bound in (system._low, system._high))
    possible = every.flatten(0, -2).clamp(low, high)
    assert torch.cdist(motion, possible, compute_mode="donot_use_mm_for_euclid_dist").amin(1).max() < 1e-4
    assert len(motion.unique(dim=0)) > 1
    assert not any(name.startswith("head.res_blocks") for name, _ in system.model.named_parameters())
    with pytest.raises(VisavisError, match="a codebook holds motion itself"):
        replace(ARIG_EXTENDED_FORM, codebook=8)


def test_without_own_motion_no_frame_depends_on_the_one_before() -> None:
    """But for the noise, which is carried on."""
    form = replace(ARIG_FORM, additions=ArigAdditions(own_motion=False))
    system = System(replace(CONFIGS["arig"], model=form)).eval()
    chunk, calls = chunk_for(system, 8), [0]

    def noise(shape: tuple[int, ...], change: int) -> torch.Tensor:
        calls[0] += 1
        return torch.full(shape, 1.0 if calls[0] <= change else 0.0)

    def drawn(change: int) -> torch.Tensor:
        calls[0] = 0
        return system.step(chunk, system.init_state(1), noise=lambda shape: noise(shape, change))[0].sample[0, 0]

    calls_a_frame = system.config.sampling.steps + 1
    assert torch.equal(drawn(0)[1:], drawn(calls_a_frame)[1:])
    assert not torch.equal(drawn(0)[0], drawn(calls_a_frame)[0])


@pytest.mark.parametrize(
    "form",
    [
        replace(ARIG_FORM, learning="linear", states=False, user_motion=False),
        replace(ARIG_FORM, denoises=FLOW, additions=ArigAdditions(told_noise=True)),
        replace(ARIG_FORM, codebook=6),
        replace(ARIG_FORM, additions=ArigAdditions(mean_velocity=True)),
    ],
    ids=["linear", "told noise", "codebook", "mean velocity"],
)
def test_any_chunking_draws_the_same(form: ArigConfig) -> None:
    torch.manual_seed(0)
    drawing = ArigDrawing(history_noise=0.5 * form.additions.told_noise)
    system = System(replace(CONFIGS["arig"], model=form, drawing=drawing, sampling=SamplingConfig(steps=2))).eval()
    chunk, state = chunk_for(system, 20, rows=2), system.init_state(2)
    whole = system.step(chunk, state)[0].sample
    pieces = []
    for start, stop in ((0, 1), (1, 9), (9, 20)):
        motion, state = system.step(part(chunk, start, stop), state)
        pieces.append(motion.sample)
    torch.testing.assert_close(torch.cat(pieces, dim=2), whole, atol=1e-5, rtol=0)
    assert not torch.equal(whole[0], whole[1])


def test_noise_can_only_be_told_of_own_motion() -> None:
    with pytest.raises(VisavisError, match="told_noise is on own past motion"):
        ArigAdditions(own_motion=False, told_noise=True)
