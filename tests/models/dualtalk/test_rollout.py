from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from tests.dyads import each, step_input
from visavis.core.errors import VisavisError
from visavis.core.state import concat_rows, select_rows
from visavis.core.steps import StepInput
from visavis.models.dualtalk.model import DualTalk, DualTalkConfig
from visavis.models.dualtalk.rollout import DualTalkState, Rollout, Window

CONFIG = DualTalkConfig(frames_per_turn=5, window_turns=3, width=8, feedforward=16)
FEATURES, CHANNELS, TURNS, FRAMES = 6, 3, 6, 5


def dualtalk() -> DualTalk:
    torch.manual_seed(0)
    model = DualTalk(CONFIG, FEATURES, CHANNELS).eval()
    model.motion_mean.fill_(0.5)
    model.motion_std.fill_(2.0)
    return model


def conversation(rows: int = 2) -> StepInput:
    """All turns of some conversations."""
    generator = torch.Generator().manual_seed(1)

    def made(width: int) -> Tensor:
        return torch.randn(rows, TURNS * FRAMES, width, generator=generator)

    return step_input(
        made(FEATURES), made(FEATURES), made(CHANNELS), *2 * [torch.ones(rows, TURNS * FRAMES, dtype=torch.bool)]
    )


def part(heard: StepInput, start: int, stop: int) -> StepInput:
    """Some turns of them."""
    return each(lambda tensor: tensor[:, start * FRAMES : stop * FRAMES], heard)


def asked_for_noise(*_: object) -> Tensor:
    raise AssertionError("nothing is random")


def step(room: Rollout, heard: StepInput, state: DualTalkState) -> tuple[Tensor, DualTalkState]:
    motion, state = room.step(heard, state, asked_for_noise)
    return motion.sample[:, 0], state


def drawn(room: Rollout, heard: StepInput, state: DualTalkState | None = None) -> list[Tensor]:
    state, motions = room.init_state(len(heard.known["user_motion"])) if state is None else state, []
    for turn in range(heard.known["user_motion"].shape[1] // FRAMES):
        motion, state = step(room, part(heard, turn, turn + 1), state)
        motions.append(motion)
    return motions


@torch.no_grad()
@pytest.mark.parametrize("context", [0, 1, 4])
def test_a_turn_is_the_end_of_what_the_network_says_of_the_last_turns(context: int) -> None:
    model, heard = dualtalk(), conversation()
    for turn, motion in enumerate(drawn(Rollout(model, context), heard)):
        window = part(heard, max(0, turn - context), turn + 1)
        whole = model(window["user_speech"], model.normalise(window["user_motion"]), window["agent_speech"])
        torch.testing.assert_close(motion, model.denormalise(whole[:, -FRAMES:]), atol=1e-5, rtol=0)


def test_the_window_is_as_long_as_in_training_unless_told() -> None:
    room = Rollout(dualtalk())
    assert (room.interface.past_steps, room.interface.hop) == (2, FRAMES)
    assert Rollout(dualtalk(), 9).interface.past_frames == 9 * FRAMES
    assert room.init_state(4).window.agent_speech.shape == (4, 2 * FRAMES, FEATURES)


@torch.no_grad()
def test_conversations_that_began_at_different_times_go_on_together() -> None:
    room, heard = Rollout(dualtalk()), conversation(rows=1)
    states = []
    for turns in (4, 0, 1, 2):
        state = room.init_state(1)
        for turn in range(turns):
            _, state = step(room, part(heard, turn, turn + 1), state)
        states.append(state)
    now = part(heard, 5, 6)
    expected = torch.cat([step(room, now, state)[0] for state in states])
    four = each(lambda tensor: tensor.expand(4, *tensor.shape[1:]), now)
    together, after = step(room, four, concat_rows(states))
    torch.testing.assert_close(together, expected, atol=1e-5, rtol=0)
    assert after.steps.tolist() == [5, 1, 2, 3]
    again, _ = step(room, four, select_rows(concat_rows(states), [3, 2, 1, 0]))
    torch.testing.assert_close(again, expected.flip(0), atol=1e-5, rtol=0)


@torch.no_grad()
def test_turns_that_never_were_do_not_count() -> None:
    room, heard = Rollout(dualtalk()), conversation()
    empty = room.init_state(2)
    strange = Window(*(torch.full_like(tensor, 7.0) for tensor in vars(empty.window).values()))
    one, other = drawn(room, heard), drawn(room, heard, replace(empty, window=strange))
    assert all(torch.equal(*pair) for pair in zip(one, other, strict=True))


@torch.no_grad()
def test_motion_that_is_not_seen_counts_as_the_mean_motion() -> None:
    room, heard = Rollout(dualtalk()), part(conversation(), 0, 3)
    hidden = replace(heard, known={**heard.known, "user_motion": torch.zeros_like(heard.known["user_motion"])})
    still = replace(heard, values={**heard.values, "user_motion": torch.full_like(heard["user_motion"], 0.5)})
    one, other = torch.cat(drawn(room, hidden), 1), torch.cat(drawn(room, still), 1)
    torch.testing.assert_close(one, other)
    assert (one - torch.cat(drawn(room, heard), 1)).abs().max() > 1e-3


def test_the_past_reaches_a_turn_as_far_as_the_history_and_the_future_not_at_all() -> None:
    room, heard = Rollout(dualtalk(), 2), conversation(rows=1)
    given = list(heard.values.values())
    for tensor in given:
        tensor.requires_grad_()
    weight = torch.randn(CHANNELS, generator=torch.Generator().manual_seed(2))
    motion = drawn(room, heard)[3] @ weight
    for frame in (0, FRAMES - 1):
        for gradient in torch.autograd.grad(motion[0, frame], given, retain_graph=True):
            reached = gradient[0].unflatten(0, (TURNS, FRAMES)).abs().sum((1, 2)) > 0
            assert reached.tolist() == [False, True, True, True, False, False]


@torch.no_grad()
def test_what_it_says_is_the_mean() -> None:
    room = Rollout(dualtalk())
    motion, _ = room.step(part(conversation(), 0, 1), room.init_state(2), asked_for_noise)
    assert room.predicts_mean
    assert motion.mean is not None
    assert torch.equal(motion.mean, motion.sample)


def test_impossible_context_is_refused() -> None:
    with pytest.raises(VisavisError, match="context of -1 turns is not possible; this model takes 0 or more"):
        Rollout(dualtalk(), -1)
