"""What every model promises, asked of every model in the same words; what it is, its interface says."""

from __future__ import annotations

import pytest
import torch

from tests.dyads import changed
from tests.small_systems import CONFIGS, chunk_for, make, part, rows_of
from visavis.core.clock import SAMPLES_PER_FRAME
from visavis.core.state import concat_rows, merge_rows, select_rows
from visavis.core.steps import Chunk
from visavis.system.system import System

FRAMES = 60

every_model = pytest.mark.parametrize("name", CONFIGS)


def drawn_of(system: System, frames: int) -> int:
    """How many frames so much input gives."""
    ahead = max(0, *(one.ahead for one in system.interface.inputs))
    return (frames - ahead) // system.interface.hop * system.interface.hop


def rows_in(chunk: Chunk) -> int:
    return len(next(iter(chunk.values.values())))


def run(system: System, chunk: Chunk, cuts: list[int]) -> torch.Tensor:
    state = system.init_state(rows_in(chunk))
    pieces = []
    for start, stop in zip([0, *cuts], [*cuts, FRAMES], strict=True):
        frames, state = system.step(part(chunk, start, stop), state)
        pieces.append(frames.sample)
    return torch.cat(pieces, dim=2)


@every_model
@pytest.mark.parametrize("cuts", [[1, 2, 3, 31, 32], [7, 20, 20, 45], list(range(5, 60, 5))])
def test_any_chunking_gives_the_same_frames(name: str, cuts: list[int]) -> None:
    system = make(name)
    chunk = chunk_for(system, FRAMES, rows=2)
    whole = run(system, chunk, [])
    people = len(system.interface.people)
    assert whole.shape == (2, people, drawn_of(system, FRAMES), system.space.width)
    torch.testing.assert_close(run(system, chunk, cuts), whole, atol=1e-5, rtol=0)


@every_model
def test_the_derivative_of_a_frame_is_zero_beyond_what_each_input_may_reach(name: str) -> None:
    system = make(name)
    chunk = chunk_for(system, FRAMES)
    for tensor in chunk.values.values():
        tensor.requires_grad_()
    sample = system.advance(chunk, system.init_state(1))[0].sample
    hop = system.interface.hop
    for first in (hop, FRAMES // 2 // hop * hop, drawn_of(system, FRAMES) - hop):
        for frame in {first, first + hop - 1}:
            for person in range(len(system.interface.people)):
                drawn = sample[0, person, frame].sum()
                found = torch.autograd.grad(drawn, list(chunk.values.values()), retain_graph=True)
                for one, gradient in zip(chunk.values, found, strict=True):
                    per_frame = SAMPLES_PER_FRAME if chunk[one].dim() == 2 else 1
                    reach = first + system.interface.look_ahead(one) + 1
                    assert torch.count_nonzero(gradient[0, reach * per_frame :]) == 0, (one, frame)
                    last = gradient[0, (reach - 1) * per_frame : reach * per_frame]
                    assert torch.count_nonzero(last) > 0, f"{one} does not reach as far as it may"


@every_model
def test_input_older_than_the_receptive_field_only_reaches_through_own_motion(name: str) -> None:
    system = make(name)
    old = chunk_for(system, FRAMES)
    if "user_motion" not in old.values:
        pytest.skip("no user is seen")
    first = system.frames_per_step
    motion = old["user_motion"].clone()
    motion[:, :first] += 1
    means = [system.step(chunk, system.init_state(1))[0].mean for chunk in (old, changed(old, user_motion=motion))]
    if means[0] is None or means[1] is None:
        pytest.skip("only a predicted mean is free of own motion")
    reach = round(system.receptive_field_s * 25)
    assert torch.equal(means[0][:, :, first + reach :], means[1][:, :, first + reach :])
    assert not torch.equal(means[0][:, :, : 2 * first], means[1][:, :, : 2 * first])


@every_model
def test_rows_are_independent_of_their_batch(name: str) -> None:
    system = make(name)
    chunk = chunk_for(system, FRAMES, rows=2)
    both = system.step(chunk, system.init_state(2))[0].sample
    alone = system.step(rows_of(chunk, [1]), system.init_state(1, seed=1))[0].sample
    torch.testing.assert_close(alone[0], both[1], atol=1e-5, rtol=0)


@every_model
def test_rows_can_be_held_reset_and_forked(name: str) -> None:
    system = make(name)
    chunk = chunk_for(system, FRAMES, rows=2)
    start, middle = system.init_state(2), FRAMES // 2 // system.frames_per_step * system.frames_per_step
    _, before = system.step(part(chunk, 0, middle), start)
    expected, after = system.step(part(chunk, middle, FRAMES), before)
    held = merge_rows(torch.tensor([True, False]), after, before)
    again, _ = system.step(part(chunk, middle, FRAMES), merge_rows(torch.tensor([False, True]), held, before))
    torch.testing.assert_close(again.sample, expected.sample, atol=1e-5, rtol=0)
    if all(one.ahead <= 0 for one in system.interface.inputs):
        fresh = merge_rows(torch.tensor([False, True]), start, after)
        fresh_frames, _ = system.step(part(chunk, 0, middle), fresh)
        first, _ = system.step(part(chunk, 0, middle), start)
        torch.testing.assert_close(fresh_frames.sample[1], first.sample[1], atol=1e-5, rtol=0)
    forked = concat_rows([select_rows(before, [1]), select_rows(before, [1])])
    twins, _ = system.step(rows_of(part(chunk, middle, FRAMES), [1, 1]), forked)
    torch.testing.assert_close(twins.sample[0], twins.sample[1], atol=1e-5, rtol=0)
    torch.testing.assert_close(twins.sample[0], expected.sample[1], atol=1e-5, rtol=0)


@every_model
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


@every_model
def test_what_is_lost_is_not_used(name: str) -> None:
    system = make(name)
    chunk = chunk_for(system, FRAMES)
    known = torch.ones(1, FRAMES, dtype=torch.bool)
    known[:, 20:40] = False
    losable = [one for one in chunk.values if one != "agent_speech"]
    lost = changed(chunk, dict.fromkeys(losable, known))
    others = {one: chunk[one].clone() for one in losable}
    for other in others.values():
        per_frame = SAMPLES_PER_FRAME if other.dim() == 2 else 1
        other[:, 20 * per_frame : 40 * per_frame] = 0.3
    drawn = run(system, lost, [])
    assert torch.equal(run(system, changed(lost, **others), [7, 33]), run(system, lost, [7, 33]))
    assert not torch.equal(run(system, chunk, []), drawn)
    assert torch.isfinite(drawn).all()


@every_model
def test_it_says_something_of_each_frame_where_it_has_labels(name: str) -> None:
    system = make(name)
    motion, _ = system.step(chunk_for(system, FRAMES), system.init_state(1))
    assert motion.labels.keys() == system.interface.labels.keys()
    for label, classes in system.interface.labels.items():
        said = motion.labels[label]
        assert said.shape == motion.sample.shape[:3]
        assert 0 <= said.min() <= said.max() < len(classes)
