from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from tests.small_systems import CONFIGS, TOGETHER_EXTENDED_FORM, chunk_for, part
from visavis.core.builtin_spaces import COLOCATED_ARKIT
from visavis.core.errors import VisavisError
from visavis.core.protocols import Held, Network, Noise
from visavis.core.steps import Chunk, StepInput
from visavis.models.talking_together.model import TalkingTogether, Told
from visavis.models.talking_together.rollout import Rollout, TogetherDrawing, TogetherState
from visavis.system.system import System

WINDOW, OVERLAP = TOGETHER_EXTENDED_FORM.window, TOGETHER_EXTENDED_FORM.overlap
HOP = WINDOW - OVERLAP


def system_with(drawing: TogetherDrawing) -> System:
    torch.manual_seed(3)
    system = System(replace(CONFIGS["together extended"], drawing=drawing)).eval()
    with torch.no_grad():
        for weights in system.model.parameters():
            weights.add_(0.05 * torch.randn_like(weights))
        system.model.motion_mean.fill_(0.5)
        system.model.motion_std.fill_(0.01)
    return system


class Answer:
    """A draw that answers with what it is told to, and keeps what it was asked."""

    def __init__(self, value: Callable[[tuple[int, ...]], Tensor]) -> None:
        self.value = value
        self.held: Held | None = None
        self.unguided: Network | None = None
        self.scale: float | Tensor = 0.0
        self.begun = torch.zeros(0)

    def __call__(
        self,
        network: Network,
        unguided: Network | None,
        scale: float | Tensor,
        shape: tuple[int, ...],
        held: Held | None = None,
        start: Callable[[Noise], Tensor] | None = None,
    ) -> Tensor:
        del network
        self.begun = torch.ones(shape) if start is None else start(torch.ones)
        self.held, self.unguided, self.scale = held, unguided, scale
        drawn = self.value(shape)
        return drawn if held is None else torch.where(held.mask, held.values, drawn)


def rollout_of(drawing: TogetherDrawing) -> Rollout:
    system = system_with(drawing)
    assert isinstance(system.rollout, Rollout)
    with torch.no_grad():
        system.model.motion_mean.zero_()
        system.model.motion_std.fill_(1.0)
    return system.rollout


def given_to(rollout: Rollout, rows: int = 1, guidance: Tensor | None = None) -> StepInput:
    values = {"mix": torch.randn(rows, WINDOW, 128), "masks": torch.rand(rows, WINDOW, 2)}
    values["places"] = torch.tensor([0, 1.2, -0.6, 0, 1.2, 0.6]).expand(rows, WINDOW, 6)
    assert set(values) == {one.name for one in rollout.interface.inputs}
    return StepInput(values, {name: torch.ones(rows, WINDOW, dtype=torch.bool) for name in values}, guidance)


def weights_of(motion: Tensor) -> Tensor:
    """The channels (..., T, 52) that no room changes."""
    return motion[..., :52]


def step(rollout: Rollout, value: float, state: TogetherState) -> tuple[Tensor, TogetherState]:
    motion, state = rollout.step(given_to(rollout), state, Answer(lambda shape: torch.full(shape, value)))
    return weights_of(motion.sample), state


def test_the_overlap_is_held_at_what_was_drawn_once_there_is_something() -> None:
    rollout = rollout_of(TogetherDrawing())
    first = Answer(lambda shape: torch.arange(float(shape[2])).view(1, 1, -1, 1).expand(shape))
    motion, state = rollout.step(given_to(rollout), rollout.init_state(1), first)
    assert first.held is not None
    assert not first.held.mask.any()
    assert weights_of(motion.sample)[0, 0, :, 0].tolist() == list(range(OVERLAP, WINDOW))
    second = Answer(lambda shape: torch.zeros(shape))
    _, after = rollout.step(given_to(rollout), state, second)
    assert second.held is not None
    assert second.held.mask[..., 0].tolist() == [[[frame < OVERLAP for frame in range(WINDOW)]] * 2]
    assert second.held.values[0, 1, :OVERLAP, 0].tolist() == list(range(HOP, WINDOW))
    assert after.steps.tolist() == [2]


@pytest.mark.parametrize("scale", [0.0, 0.5, 1.0])
def test_what_speech_moves_may_start_from_less_noise(scale: float) -> None:
    rollout = rollout_of(TogetherDrawing(articulation_noise=scale))
    answer = Answer(torch.zeros)
    rollout.step(given_to(rollout), rollout.init_state(1), answer)
    space = COLOCATED_ARKIT
    spoken = {*space.parts["articulation"], *space.groups["jaw"]}
    for channel in range(space.width):
        assert (answer.begun[..., channel] == (scale if channel in spoken else 1)).all()


def test_a_window_that_is_faded_in_begins_where_the_last_one_ended_and_ends_as_drawn() -> None:
    rollout = rollout_of(TogetherDrawing(join="faded"))
    before, state = step(rollout, 1.0, rollout.init_state(1))
    after, _ = step(rollout, 3.0, state)
    assert torch.equal(before, torch.ones_like(before))
    ramp = after[0, 0, :, 0]
    expected = 3 - 2 * (1 - torch.arange(1.0, OVERLAP + 1) / (OVERLAP + 1))
    torch.testing.assert_close(ramp[:OVERLAP], expected)
    assert torch.equal(ramp[OVERLAP:], torch.full((HOP - OVERLAP,), 3.0))


def test_windows_with_a_margin_give_what_lies_before_it_and_heads_go_over_in_it() -> None:
    margin = 3
    rollout = rollout_of(TogetherDrawing(join="crossfaded", margin=margin))
    assert rollout.interface.hop == HOP - margin
    count = Answer(lambda shape: torch.arange(float(shape[2])).view(1, 1, -1, 1).expand(shape))
    first, state = rollout.step(given_to(rollout), rollout.init_state(1), count)
    jaw, smile = (COLOCATED_ARKIT.channels.index(name) for name in ("JawOpen", "MouthSmileLeft"))
    assert first.sample[0, 0, :, jaw].tolist() == list(range(OVERLAP, WINDOW - margin))
    assert state.last[0, 0, :, jaw].tolist() == list(range(WINDOW - margin - OVERLAP, WINDOW - margin))
    assert state.beyond[0, 0, :, jaw].tolist() == list(range(WINDOW - margin, WINDOW))
    last = state.last[:, :, :1] + torch.arange(float(WINDOW)).view(1, 1, -1, 1)
    second, _ = rollout.step(
        given_to(rollout), state, Answer(lambda _: last - 7 * (torch.arange(WINDOW) >= OVERLAP)[:, None])
    )
    wanted = torch.arange(WINDOW - margin, WINDOW + HOP - 2 * margin) - 7.0
    torch.testing.assert_close(second.sample[0, 0, :, jaw], wanted)
    wanted[:margin] += 7 * (1 - torch.arange(1, margin + 1) / (margin + 1))
    torch.testing.assert_close(second.sample[0, 0, :, smile], wanted)


def test_margins_that_cannot_be_are_refused() -> None:
    with pytest.raises(VisavisError, match="windows go over to one another in a margin"):
        TogetherDrawing(join="crossfaded")
    with pytest.raises(VisavisError, match="new frames of a window"):
        rollout_of(TogetherDrawing(margin=HOP - OVERLAP + 1))


def test_a_window_that_is_cut_begins_at_once() -> None:
    rollout = rollout_of(TogetherDrawing(join="cut"))
    _, state = step(rollout, 1.0, rollout.init_state(1))
    asked = Answer(lambda shape: torch.full(shape, 3.0))
    motion, _ = rollout.step(given_to(rollout), state, asked)
    assert asked.held is None
    assert torch.equal(weights_of(motion.sample), torch.full((1, 2, HOP, 52), 3.0))


def test_the_first_window_is_a_shorter_one_that_begins_with_the_recording(monkeypatch: pytest.MonkeyPatch) -> None:
    system = system_with(TogetherDrawing(guidance=1.0))
    told: list[Told] = []
    network = TalkingTogether.network
    monkeypatch.setattr(TalkingTogether, "network", lambda self, one: told.append(one) or network(self, one))
    chunk, state = chunk_for(system, 2 * HOP, rows=2), system.init_state(2)
    system.step(chunk, state)
    assert told[0].exists is not None
    assert told[0].exists.tolist() == [[frame >= OVERLAP for frame in range(WINDOW)]] * 2
    assert told[1].exists is None
    assert told[1].where is not None
    assert told[1].where[..., :OVERLAP].all()


@pytest.mark.parametrize(
    "drawing", [TogetherDrawing(), TogetherDrawing(join="crossfaded", margin=3)], ids=["plain", "margin"]
)
def test_windows_of_another_length_than_the_recording_are_padded_and_cut(drawing: TogetherDrawing) -> None:
    """Any length comes out, and a longer recording begins in the same way."""
    system = system_with(drawing)
    whole = system.step(chunk_for(system, 3 * HOP), system.init_state(1))[0].sample
    pieces, state = [], system.init_state(1)
    for start in range(0, 3 * HOP, 7):
        motion, state = system.step(part(chunk_for(system, 3 * HOP), start, min(start + 7, 3 * HOP)), state)
        pieces.append(motion.sample)
    torch.testing.assert_close(torch.cat(pieces, dim=2), whole, atol=1e-5, rtol=0)
    sound = chunk_for(system, 3 * HOP)["mix"][0].numpy()
    for frames in (1, HOP - 1, HOP + 3):
        assert [len(one) for one in system.generate(sound[: frames * 640])] == [frames, frames]


def test_exchanged_people_are_exchanged_in_a_whole_recording() -> None:
    system = system_with(TogetherDrawing(guidance=2.0))
    chunk = chunk_for(system, 3 * HOP)
    own, partner = chunk["places"].chunk(2, dim=-1)
    other = Chunk(mix=chunk["mix"], masks=chunk["masks"].flip(-1), places=torch.cat([partner, own], dim=-1))

    def noise(exchange: bool) -> Noise:
        generator = torch.Generator().manual_seed(5)

        def drawn(shape: tuple[int, ...]) -> Tensor:
            values = torch.randn(shape, generator=generator)
            return values.flip(1) if exchange else values

        return drawn

    there = system.step(chunk, system.init_state(1), noise(exchange=False))[0].sample
    back = system.step(other, system.init_state(1), noise(exchange=True))[0].sample.flip(1)
    assert torch.equal(there, back)
    assert not torch.equal(there[:, 0], there[:, 1])


def test_guidance_asks_without_the_recording_and_only_where_it_is_wanted() -> None:
    for drawing, guidance, guided in (
        (TogetherDrawing(guidance=1.0), None, False),
        (TogetherDrawing(guidance=2.0), None, True),
        (TogetherDrawing(guidance=2.0), torch.tensor([1.0]), False),
        (TogetherDrawing(guidance=1.0), torch.tensor([3.0]), True),
    ):
        rollout = rollout_of(drawing)
        asked = Answer(lambda shape: torch.zeros(shape))
        rollout.step(given_to(rollout, guidance=guidance), rollout.init_state(1), asked)
        assert (asked.unguided is not None) == guided
        assert float(asked.scale) == (drawing.guidance if guidance is None else float(guidance))


def test_guidance_draws_away_from_what_is_unheard() -> None:
    system = system_with(TogetherDrawing(guidance=1.0))
    chunk = chunk_for(system, HOP)
    plain, guided = (
        one.step(chunk, one.init_state(1))[0].sample for one in (system, system.with_options(guidance=2.0))
    )
    again = system.step(Chunk({**chunk.values}, guidance=torch.tensor([2.0])), system.init_state(1))[0].sample
    assert not torch.equal(plain, guided)
    assert torch.equal(guided, again)


def test_where_nobody_knows_who_speaks_or_where_people_are_it_draws_all_the_same() -> None:
    system = system_with(TogetherDrawing())
    sound = chunk_for(system, HOP)["mix"][0].numpy()
    first, second = system.generate(sound)
    assert first["translation"].mean(0)[2] < 0 < second["translation"].mean(0)[2]


def test_other_context_than_the_overlap_is_refused() -> None:
    with pytest.raises(VisavisError, match="context of 3 steps is not possible"):
        system_with(TogetherDrawing()).with_options(context=3)


def drawn(drawing: TogetherDrawing, seed: int) -> tuple[Tensor, Tensor]:
    """What is drawn of a made-up recording, and its mean, both of two windows."""
    system = system_with(drawing)
    motion, _ = system.step(chunk_for(system, 2 * HOP), system.init_state(1, seed))
    assert motion.mean is not None
    return motion.sample, motion.mean


def test_the_mean_is_what_is_expected_before_anything_is_drawn() -> None:
    drawing = TogetherDrawing()
    (first, mean), (other, same) = drawn(drawing, 0), drawn(drawing, 1)
    assert first.shape == mean.shape
    assert not torch.equal(first, other)
    torch.testing.assert_close(mean[:, :, :HOP], same[:, :, :HOP], rtol=0, atol=0)
    assert (mean[:, 0] - mean[:, 1]).abs().max() > 1e-3


def test_smiles_are_as_near_to_the_mean_as_is_asked() -> None:
    smiling = list(COLOCATED_ARKIT.parts["smiling"])
    rest = [i for i in range(52) if i not in smiling]
    (free, mean), (half, _), (none, _) = (drawn(TogetherDrawing(smile=share), 0) for share in (1.0, 0.5, 0.0))
    first = slice(0, HOP)
    torch.testing.assert_close(none[:, :, first, smiling], mean[:, :, first, smiling])
    expected = (free + mean)[:, :, first, smiling] / 2
    torch.testing.assert_close(half[:, :, first, smiling], expected, rtol=0, atol=1e-5)
    assert torch.equal(half[:, :, first][..., rest], free[:, :, first][..., rest])


def test_heads_nod_as_their_mean_does_where_that_is_asked() -> None:
    (free, mean), (none, _) = (drawn(TogetherDrawing(nod=share), 0) for share in (1.0, 0.0))
    first, pitch = slice(0, HOP), COLOCATED_ARKIT.rotations_in("pose")[0].pitch
    assert torch.equal(weights_of(none)[:, :, first], weights_of(free)[:, :, first])
    left, before = ((one - mean)[:, :, first, pitch].diff(dim=-1).std() for one in (none, free))
    assert float(left) < 0.3 * float(before)


def test_quick_movements_of_the_mean_are_made_larger_in_head_and_brows() -> None:
    (plain, mean), (more, same) = (drawn(TogetherDrawing(gestures=gain), 0) for gain in (0.0, 2.0))
    torch.testing.assert_close(mean[:, :, :HOP], same[:, :, :HOP])
    moved = (more - plain)[0, 0, :HOP].abs().amax(0).gt(1e-6)
    brows = list(COLOCATED_ARKIT.parts["brows"])
    assert moved[brows].all()
    assert moved[list(COLOCATED_ARKIT.groups["pose"])].all()
    assert not moved[[i for i in range(52) if i not in brows]].any()
    change, expected = (more - plain)[0, 0, :HOP, brows].diff(dim=0), 2 * mean[0, 0, :HOP, brows].diff(dim=0)
    assert torch.corrcoef(torch.stack([change.flatten(), expected.flatten()]))[0, 1] > 0.8
