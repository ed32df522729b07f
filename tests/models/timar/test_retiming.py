"""Weights of one turn length serve another: the same outside the turn's positions, and these at the same times."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from visavis.core.errors import VisavisError
from visavis.models.timar.additions import TimarAdditions
from visavis.models.timar.model import TimarConfig
from visavis.models.timar.retiming import retimed
from visavis.models.timar.trunk import make_timar

TWO = TimarConfig(
    frames_per_turn=10,
    window_turns=4,
    frames_per_token=5,
    token_width=16,
    width=16,
    depth=1,
    heads=2,
    head_width=16,
    head_depth=1,
    separators=False,
    additions=TimarAdditions(positions="turn"),
)


def tables(weights: dict[str, torch.Tensor], tokens: int) -> torch.Tensor:
    return weights["encoder_pos_embed_learned"][0].unflatten(0, (4, tokens))


@pytest.mark.parametrize("tokens", [1, 2, 5])
def test_retimed_weights_fit_the_other_turns(tokens: int) -> None:
    after = replace(TWO, frames_per_turn=5 * tokens, window_turns=20)
    weights = make_timar(TWO, 3, 7).state_dict()
    found = retimed(weights, TWO, after)
    make_timar(after, 3, 7).load_state_dict(found)
    positions = {"encoder_pos_embed_learned", "diffusion_pos_embed_learned"}
    assert all(torch.equal(found[name], weights[name]) for name in weights if name not in positions)


def test_positions_are_taken_at_the_times_of_the_new_tokens() -> None:
    weights = make_timar(TWO, 3, 7).state_dict()
    first, second = tables(weights, 2).unbind(1)
    one = tables(retimed(weights, TWO, replace(TWO, frames_per_turn=5)), 1)[:, 0]
    five = tables(retimed(weights, TWO, replace(TWO, frames_per_turn=25)), 5)
    torch.testing.assert_close(one, (first + second) / 2)
    torch.testing.assert_close(five[:, 0], first)
    torch.testing.assert_close(five[:, 2], (first + second) / 2)
    torch.testing.assert_close(five[:, 4], second)


def test_the_same_turns_keep_every_weight() -> None:
    weights = make_timar(TWO, 3, 7).state_dict()
    found = retimed(weights, TWO, TWO)
    assert all(torch.equal(found[name], weights[name]) for name in weights)


def test_another_kind_of_model_is_refused() -> None:
    weights = make_timar(TWO, 3, 7).state_dict()
    with pytest.raises(VisavisError, match="more than their turns differ"):
        retimed(weights, TWO, replace(TWO, depth=2))
    windowed = replace(TWO, additions=replace(TWO.additions, positions="window"))
    with pytest.raises(VisavisError, match="positions are counted within the turn"):
        retimed(weights, windowed, replace(windowed, frames_per_turn=25))
