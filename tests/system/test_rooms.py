"""What every room promises, asked of every room in the same words."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from tests.small_systems import CONFIGS, chunk_for, make, part, rows_of
from visavis.core.clock import SAMPLES_PER_FRAME, samples_in
from visavis.core.protocols import Chunk
from visavis.core.state import concat_rows, merge_rows, select_rows
from visavis.system.system import System

FRAMES = 60

every_room = pytest.mark.parametrize("name", CONFIGS)


def run(system: System, chunk: Chunk, cuts: list[int]) -> torch.Tensor:
    state = system.init_state(len(chunk.agent_speech))
    pieces = []
    for start, stop in zip([0, *cuts], [*cuts, FRAMES], strict=True):
        frames, state = system.step(part(chunk, start, stop), state)
        pieces.append(frames.sample)
    return torch.cat(pieces, dim=1)


@every_room
@pytest.mark.parametrize("cuts", [[1, 2, 3, 31, 32], [7, 20, 20, 45], list(range(5, 60, 5))])
def test_any_chunking_gives_the_same_frames(name: str, cuts: list[int]) -> None:
    system = make(name)
    chunk = chunk_for(system, FRAMES, rows=2)
    whole = run(system, chunk, [])
    assert whole.shape == (2, FRAMES, system.space.width)
    torch.testing.assert_close(run(system, chunk, cuts), whole, atol=1e-5, rtol=0)


@every_room
def test_no_gradient_comes_from_beyond_the_declared_look_ahead(name: str) -> None:
    system = make(name)
    chunk = chunk_for(system, FRAMES)
    inputs = [chunk.user_speech, chunk.agent_speech, chunk.user_motion]
    for tensor in inputs:
        assert tensor is not None
        tensor.requires_grad_()
    sample = system.advance(chunk, system.init_state(1))[0].sample
    for frame in (0, FRAMES // 2, FRAMES - system.frames_per_step):
        gradients = torch.autograd.grad(sample[0, frame].sum(), inputs, retain_graph=True)
        reach = frame + system.look_ahead + 1
        for gradient, per_frame in zip(gradients, (SAMPLES_PER_FRAME, SAMPLES_PER_FRAME, 1), strict=True):
            later = gradient[0, reach * per_frame :]
            assert torch.count_nonzero(later) == 0
            now = gradient[0, frame * per_frame : reach * per_frame]
            assert torch.count_nonzero(now) > 0


@every_room
def test_input_older_than_the_receptive_field_only_reaches_through_own_motion(name: str) -> None:
    system = make(name)
    old = chunk_for(system, FRAMES)
    assert old.user_motion is not None
    first = system.frames_per_step
    changed = Chunk(old.user_speech, old.agent_speech, old.user_motion.clone())
    assert changed.user_motion is not None
    changed.user_motion[:, :first] += 1
    means = [system.step(chunk, system.init_state(1))[0].mean for chunk in (old, changed)]
    if means[0] is None or means[1] is None:
        pytest.skip("only a predicted mean is free of own motion")
    reach = round(system.receptive_field_s * 25)
    assert torch.equal(means[0][:, first + reach :], means[1][:, first + reach :])
    assert not torch.equal(means[0][:, :first], means[1][:, :first])


@every_room
def test_rows_are_independent_of_their_batch(name: str) -> None:
    system = make(name)
    chunk = chunk_for(system, FRAMES, rows=2)
    both = system.step(chunk, system.init_state(2))[0].sample
    alone = system.step(rows_of(chunk, [1]), system.init_state(1, seed=1))[0].sample
    torch.testing.assert_close(alone[0], both[1], atol=1e-5, rtol=0)


@every_room
def test_rows_can_be_held_reset_and_forked(name: str) -> None:
    system = make(name)
    chunk = chunk_for(system, FRAMES, rows=2)
    start = system.init_state(2)
    _, before = system.step(part(chunk, 0, 30), start)
    expected, after = system.step(part(chunk, 30, 60), before)
    held = merge_rows(torch.tensor([True, False]), after, before)
    again, _ = system.step(part(chunk, 30, 60), merge_rows(torch.tensor([False, True]), held, before))
    torch.testing.assert_close(again.sample, expected.sample, atol=1e-5, rtol=0)
    fresh = merge_rows(torch.tensor([False, True]), start, after)
    fresh_frames, _ = system.step(part(chunk, 0, 30), fresh)
    first, _ = system.step(part(chunk, 0, 30), start)
    torch.testing.assert_close(fresh_frames.sample[1], first.sample[1], atol=1e-5, rtol=0)
    forked = concat_rows([select_rows(before, [1]), select_rows(before, [1])])
    twins, _ = system.step(rows_of(part(chunk, 30, 60), [1, 1]), forked)
    torch.testing.assert_close(twins.sample[0], twins.sample[1], atol=1e-5, rtol=0)
    torch.testing.assert_close(twins.sample[0], expected.sample[1], atol=1e-5, rtol=0)


@every_room
def test_a_long_conversation_keeps_its_state_small(name: str) -> None:
    system = make(name)
    chunk = chunk_for(system, FRAMES)
    state = system.init_state(1)
    sizes = []
    for _ in range(4):
        _, state = system.step(chunk, state)
        sizes.append(_numbers(state))
    assert sizes[0] == sizes[-1]


def _numbers(state: object) -> int:
    if isinstance(state, torch.Tensor):
        return state.numel()
    if isinstance(state, tuple):
        return sum(_numbers(item) for item in state)
    if state is None:
        return 0
    return sum(_numbers(value) for value in vars(state).values())


@every_room
def test_what_is_lost_of_the_user_is_not_used(name: str) -> None:
    system = make(name)
    chunk = chunk_for(system, FRAMES)
    assert chunk.user_motion is not None
    known = torch.ones(1, FRAMES, dtype=torch.bool)
    known[:, 20:40] = False
    lost = replace(chunk, user_heard=known, user_seen=known)
    other = replace(lost, user_speech=chunk.user_speech.clone(), user_motion=chunk.user_motion.clone())
    assert other.user_motion is not None
    other.user_speech[:, samples_in(20) : samples_in(40)] = 0.3
    other.user_motion[:, 20:40] = 0.9
    drawn = run(system, lost, [])
    assert torch.equal(run(system, other, [7, 33]), run(system, lost, [7, 33]))
    assert not torch.equal(run(system, chunk, []), drawn)
    assert torch.isfinite(drawn).all()
