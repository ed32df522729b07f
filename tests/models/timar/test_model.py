from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from visavis.core.errors import VisavisError
from visavis.models.timar.model import Timar, TimarConfig
from visavis.models.timar.tokens import TurnInputs

PAPER = TimarConfig(
    frames_per_turn=4, window_turns=4, token_width=8, width=8, depth=2, heads=2, head_width=8, head_depth=1
)
BANDED = replace(PAPER, frames_per_turn=6, frames_per_token=3, separators=False, positions="turn", turns_per_layer=1)
HANDED = replace(BANDED, hand_over=True, head="flow", skip=True, mean_head=True)
FEATURES, CHANNELS = 5, 3


def timar(config: TimarConfig) -> Timar:
    torch.manual_seed(0)
    model = Timar(config, FEATURES, CHANNELS).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return model


def inputs(config: TimarConfig, turns: int, masked: bool = True) -> TurnInputs:
    generator = torch.Generator().manual_seed(1)
    shape = (1, turns, config.frames_per_turn)
    stream = config.frames_per_turn // config.frames_per_token

    def drawn(width: int) -> torch.Tensor:
        return torch.randn(*shape, width, generator=generator)

    no = torch.zeros(1, turns, stream, dtype=torch.bool)
    return TurnInputs(drawn(FEATURES), drawn(CHANNELS), drawn(FEATURES), drawn(CHANNELS), no, no, no | masked)


def reached(config: TimarConfig, turns: int) -> torch.Tensor:
    """Which turns' agent speech reaches z of which turns (to, from), by gradient."""
    model, given = timar(config), inputs(config, turns)
    given.agent_speech.requires_grad_()
    z = model(given).tokens
    rows = [torch.autograd.grad(z[0, p].sum(), given.agent_speech, retain_graph=True)[0] for p in range(turns)]
    return torch.stack([row[0].abs().sum((1, 2)) > 0 for row in rows])


def test_a_turn_sees_itself_and_earlier_turns() -> None:
    assert torch.equal(reached(PAPER, 4), torch.ones(4, 4, dtype=torch.bool).tril())


def test_the_bidirectional_ablation_sees_everything() -> None:
    assert reached(replace(PAPER, causal=False), 4).all()


def test_banded_layers_reach_as_far_as_the_config_says() -> None:
    assert BANDED.history_turns == 2
    ones = torch.ones(5, 5, dtype=torch.bool)
    assert torch.equal(reached(BANDED, 5), ones.tril() & ones.triu(-2))
    assert PAPER.history_turns == 3


def test_the_mask_is_the_same_for_all_tokens_of_a_turn() -> None:
    model = timar(BANDED)
    mask = model.mask(3)
    assert mask is not None
    tokens = model.tokens.count
    blocks = mask.view(3, tokens, 3, tokens).transpose(1, 2)
    assert (blocks == blocks[:, :, :1, :1]).all()
    assert blocks[:, :, 0, 0].tolist() == [[True, False, False], [True, True, False], [False, True, True]]


@pytest.mark.parametrize("config", [PAPER, HANDED], ids=["paper", "handed"])
def test_masked_agent_motion_never_reaches_the_trunk(config: TimarConfig) -> None:
    model, given = timar(config), inputs(config, 3)
    other = replace(given, agent_motion=given.agent_motion + 1)
    assert torch.equal(model(given).tokens, model(other).tokens)
    seen = torch.zeros_like(given.masked)
    assert not torch.equal(model(replace(given, masked=seen)).tokens, model(replace(other, masked=seen)).tokens)


def test_turn_positions_do_not_count_from_the_start_of_the_window() -> None:
    model, given = timar(BANDED), inputs(BANDED, 6)
    torch.testing.assert_close(model(given.last(3)).tokens[:, 2], model(given).tokens[:, 5], atol=1e-5, rtol=0)
    paper, window = timar(PAPER), inputs(PAPER, 4)
    alone = paper.trunk(paper.embed(window.last(1)).tokens, None)[0]
    placed = paper.trunk(paper.embed(window.last(1)).tokens, None, places=torch.tensor([[3]]))[0]
    assert not torch.allclose(alone, placed, atol=1e-3)


def test_the_head_is_told_the_ending_only_where_it_is_known() -> None:
    model = timar(HANDED)
    z, last = torch.randn(4, HANDED.width), torch.randn(4, 3, CHANNELS)
    known = torch.tensor([0.0, 1, 0, 1])
    told, other = model.condition(z, last, known), model.condition(z, last + 1, known)
    assert torch.equal((told == other).all(1), known == 0)
    still = last[:, :1].expand(-1, 3, -1)
    assert model.hand_over is not None
    ending = torch.cat([still[1, 2], torch.zeros(2 * CHANNELS), torch.ones(1)])
    torch.testing.assert_close(model.condition(z, still, known)[1], z[1] + model.hand_over(ending))
    assert torch.equal(timar(BANDED).condition(z, last, known), z)


@pytest.mark.parametrize(("head", "outputs"), [("diffusion", 2), ("flow", 1), ("mlp", 1)])
def test_heads_give_their_values_for_every_token(head: Any, outputs: int) -> None:
    model = timar(replace(BANDED, head=head))
    z = model.own(model(inputs(BANDED, 2)).tokens)
    assert z.shape == (1, 2, 2, BANDED.width)
    rows = z.flatten(0, 2)
    out = model.predict(rows, torch.randn(4, 3 * CHANNELS), torch.zeros(4))
    assert out.shape == (4, outputs * 3 * CHANNELS)


def test_normalising_is_undone_by_denormalising() -> None:
    model = timar(PAPER)
    model.motion_mean.fill_(0.3)
    model.motion_std.copy_(torch.tensor([0.1, 1.0, 10.0]))
    motion = torch.randn(2, 4, CHANNELS)
    torch.testing.assert_close(model.normalise(motion)[..., 0], (motion[..., 0] - 0.3) / 0.1)
    torch.testing.assert_close(model.denormalise(model.normalise(motion)), motion)


@pytest.mark.parametrize(
    ("changes", "lesson"),
    [
        ({"frames_per_turn": 10, "frames_per_token": 4}, "choose frames_per_token as a divisor"),
        ({"width": 10, "heads": 4}, "width 10 must be an even multiple of heads 4"),
        ({"width": 6, "heads": 2}, "width 6 must be an even multiple of heads 2"),
        ({"turns_per_layer": 2}, "turns_per_layer needs positions 'turn'"),
        ({"positions": "turn", "turns_per_layer": 2, "causal": False}, "leave causal on"),
        ({"hand_over": True, "frames_per_token": 1}, "hand_over needs at least 3 frames a token"),
        ({"heads": 0}, "heads cannot be 0; it is at least 1"),
        ({"frames_per_token": -1}, "frames_per_token cannot be -1"),
    ],
)
def test_impossible_configs_are_refused(changes: dict[str, Any], lesson: str) -> None:
    with pytest.raises(VisavisError, match=lesson):
        replace(PAPER, **changes)
