from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from tests.models.timar.small_models import BANDED, CHANNELS, DECODED, HANDED, PAPER, inputs, timar
from visavis.core.errors import VisavisError
from visavis.models.timar.additions import TimarAdditions
from visavis.models.timar.model import DecoderConfig


def test_the_mask_is_the_same_for_all_tokens_of_a_turn() -> None:
    model = timar(BANDED)
    mask = model.mask(3)
    assert mask is not None
    tokens = model.tokens.count
    blocks = mask.view(3, tokens, 3, tokens).transpose(1, 2)
    assert (blocks == blocks[:, :, :1, :1]).all()
    assert blocks[:, :, 0, 0].tolist() == [[True, False, False], [True, True, False], [False, True, True]]


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


ROTARY = TimarAdditions(positions="turn")


@pytest.mark.parametrize(
    ("changes", "lesson"),
    [
        ({"frames_per_turn": 10, "frames_per_token": 4}, "choose frames_per_token as a divisor"),
        ({"width": 10, "heads": 4}, "width 10 must be a multiple of heads 4"),
        ({"width": 6, "heads": 2, "additions": ROTARY}, "width 6 must be an even multiple of heads 2"),
        ({"additions": ROTARY, "decoder": DECODED.decoder}, "a decoder has learned window positions"),
        ({"additions": replace(ROTARY, turns_per_layer=2), "causal": False}, "leave causal on"),
        (
            {"additions": TimarAdditions(hand_over=True), "frames_per_token": 1},
            "hand_over needs at least 3 frames a token",
        ),
        ({"heads": 0}, "'heads' cannot be 0; it is at least 1"),
        ({"frames_per_token": -1}, "'frames_per_token' cannot be -1"),
    ],
)
def test_impossible_configs_are_refused(changes: dict[str, Any], lesson: str) -> None:
    with pytest.raises(VisavisError, match=lesson):
        replace(PAPER, **changes)


@pytest.mark.parametrize(
    ("sizes", "lesson"),
    [
        ({"width": 10, "heads": 4}, "decoder.width 10 must be a multiple of decoder.heads 4"),
        ({"depth": 0}, "'depth' cannot be 0; it is at least 1"),
    ],
)
def test_impossible_decoders_are_refused(sizes: dict[str, int], lesson: str) -> None:
    with pytest.raises(VisavisError, match=lesson):
        DecoderConfig(**sizes)
