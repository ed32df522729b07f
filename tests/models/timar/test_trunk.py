from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from tests.models.timar.small_models import BANDED, DECODED, HANDED, PAPER, inputs, timar
from visavis.models.timar.model import DecoderConfig, TimarConfig
from visavis.models.timar.trunk import EncoderDecoder, EncoderOnly


def reached(config: TimarConfig, turns: int) -> Tensor:
    """Which turns' agent speech reaches z of which turns (to, from), by gradient."""
    model, given = timar(config), inputs(config, turns)
    given.agent_speech.requires_grad_()
    z = model(given).tokens
    rows = [torch.autograd.grad(z[0, p].sum(), given.agent_speech, retain_graph=True)[0] for p in range(turns)]
    return torch.stack([row[0].abs().sum((1, 2)) > 0 for row in rows])


@pytest.mark.parametrize("config", [PAPER, DECODED], ids=["encoder-only", "encoder-decoder"])
def test_a_turn_sees_itself_and_earlier_turns(config: TimarConfig) -> None:
    assert torch.equal(reached(config, 4), torch.ones(4, 4, dtype=torch.bool).tril())


@pytest.mark.parametrize("config", [PAPER, DECODED], ids=["encoder-only", "encoder-decoder"])
def test_the_bidirectional_ablation_sees_everything(config: TimarConfig) -> None:
    assert reached(replace(config, causal=False), 4).all()


def test_banded_layers_reach_as_far_as_the_config_says() -> None:
    assert BANDED.history_turns == 2
    ones = torch.ones(5, 5, dtype=torch.bool)
    assert torch.equal(reached(BANDED, 5), ones.tril() & ones.triu(-2))
    assert PAPER.history_turns == 3


@pytest.mark.parametrize("config", [PAPER, HANDED, DECODED], ids=["paper", "handed", "decoded"])
def test_masked_agent_motion_never_reaches_the_trunk(config: TimarConfig) -> None:
    model, given = timar(config), inputs(config, 3)
    other = replace(given, agent_motion=given.agent_motion + 1)
    assert torch.equal(model(given).tokens, model(other).tokens)
    seen = torch.zeros_like(given.masked)
    assert not torch.equal(model(replace(given, masked=seen)).tokens, model(replace(other, masked=seen)).tokens)


def test_turn_positions_do_not_count_from_the_start_of_the_window() -> None:
    model, given = timar(BANDED), inputs(BANDED, 6)
    torch.testing.assert_close(model(given.last(3)).tokens[:, 2], model(given).tokens[:, 5], atol=1e-5, rtol=0)


@pytest.mark.parametrize("config", [PAPER, DECODED], ids=["encoder-only", "encoder-decoder"])
def test_window_positions_count_from_the_place_that_is_said(config: TimarConfig) -> None:
    model = timar(config)
    last = model.embed(inputs(config, 4).last(1))
    alone = model.trunk(last, None)[0]
    assert torch.equal(model.trunk(last, None, places=torch.tensor([[0]]))[0], alone)
    assert not torch.allclose(model.trunk(last, None, places=torch.tensor([[3]]))[0], alone, atol=1e-3)


def test_a_decoder_makes_the_form_and_the_width_of_z() -> None:
    assert type(timar(PAPER)) is EncoderOnly
    model = timar(DECODED)
    assert type(model) is EncoderDecoder
    assert (len(model.encoder_blocks), len(model.decoder_blocks)) == (2, 3)
    z = model.own(model(inputs(DECODED, 2)).tokens)
    assert z.shape == (1, 2, 4, 12)
    assert model.predict(z.flatten(0, 2), torch.randn(8, 3), torch.zeros(8)).shape == (8, 6)


def test_the_encoder_works_as_if_masked_tokens_were_not_there() -> None:
    config = replace(DECODED, causal=False, decoder=DecoderConfig(width=8, depth=1, heads=2))
    model, given = timar(config), inputs(config, 2)
    assert isinstance(model, EncoderDecoder)
    masked = torch.zeros_like(given.masked)
    masked[0, 0, 1] = masked[0, 1, 2:] = True
    embedded = model.embed(replace(given, masked=masked))
    hidden = torch.zeros(1, 2, model.tokens.count, dtype=torch.bool)
    hidden[:, :, model.tokens.agent_motion_at] = masked
    kept = ~hidden.flatten()

    short = model.z_proj_ln(embedded.tokens.flatten(1, 2) + model.encoder_pos_embed_learned[:, : len(kept)])[:, kept]
    for block in model.encoder_blocks:
        short = block(short, None, None, None)[0]
    whole = torch.zeros(1, len(kept), 8)
    whole[:, kept] = model.decoder_embed(model.encoder_norm(short))
    whole[:, ~kept] = embedded.blank.flatten(1, 2)[:, masked.flatten()]
    h = model.decoder_blocks[0](whole + model.decoder_pos_embed_learned[:, : len(kept)], None, None, None)[0]
    expected = model.decoder_norm(h) + model.diffusion_pos_embed_learned[:, : len(kept)]

    z, _ = model.trunk(embedded, None)
    torch.testing.assert_close(z.flatten(1, 2), expected, atol=1e-6, rtol=0)


def test_all_parameters_of_the_trunk_learn() -> None:
    model, given = timar(DECODED), inputs(DECODED, 4)
    masked = torch.zeros_like(given.masked)
    masked[:, :, 1:] = True
    z = model(replace(given, masked=masked, speech_hidden=masked, motion_hidden=masked)).tokens
    z.square().sum().backward()
    still = {name.partition(".")[0] for name, p in model.named_parameters() if p.grad is None or not p.grad.any()}
    assert still == {"head"}
