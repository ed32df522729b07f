from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from visavis.core.errors import VisavisError
from visavis.models.timar.model import DecoderConfig, Timar, TimarConfig
from visavis.models.timar.published import TimarCheckpoint, checkpoint_of, rename_timar, timar_config
from visavis.models.timar.spec import TIMAR
from visavis.models.timar.tokens import TurnInputs
from visavis.models.timar.trunk import make_timar
from visavis.system.official import fill, read_official

PUBLISHED = {
    "tokens.motion_encoder.": "motion_encoder.",
    "tokens.speech_projection.": "speech_projection.",
    "tokens.sep_tok_emb.": "sep_tok_emb.",
    "tokens.fake_latent": "fake_latent",
}
PAPER = TimarConfig(
    frames_per_turn=25,
    window_turns=2,
    token_width=12,
    width=128,
    depth=3,
    heads=2,
    mlp_ratio=49 / 128,
    head_width=20,
    head_depth=2,
)
FORMS = {
    "diffusion": PAPER,
    "mlp": replace(PAPER, head="mlp", head_width=1024, head_depth=3),
    "encoder-decoder": replace(PAPER, decoder=DecoderConfig(width=64, depth=2, heads=1)),
}
SPEECH, CHANNELS = 7, 56


def timar(config: TimarConfig) -> Timar:
    torch.manual_seed(0)
    return make_timar(config, SPEECH, CHANNELS).eval()


def published(model: Timar) -> dict[str, Tensor]:
    """A model's weights by their published names."""
    head = "mlp_head." if model.config.head == "mlp" else "diffloss.net."
    found = {}
    for name, tensor in model.state_dict().items():
        if not name.startswith("motion_"):
            old = next((old for old in [*PUBLISHED, "head."] if name.startswith(old)), "")
            found[{**PUBLISHED, "head.": head}.get(old, "") + name.removeprefix(old)] = tensor.clone()
    return found


def saved(path: Path, weights: Mapping[str, object], args: object = None, **extra: object) -> Path:
    other = {name: tensor + 1 if isinstance(tensor, Tensor) else tensor for name, tensor in weights.items()}
    torch.save({"model": other, "model_ema": weights, "optimizer": {}, "epoch": 3, "args": args, **extra}, path)
    return path


def timar_checkpoint(path: Path) -> TimarCheckpoint:
    found = read_official(path)
    assert found.format is TIMAR.published
    return checkpoint_of(found.content)


@pytest.mark.parametrize("form", FORMS)
def test_size_and_variant_are_told_by_the_shapes_alone(form: str, tmp_path: Path) -> None:
    found = timar_checkpoint(saved(tmp_path / "TIMAR.pth", published(timar(FORMS[form]))))
    assert timar_config(found.weights, found.args) == FORMS[form]
    assert (found.speech_width, found.channels, found.steps) == (SPEECH, CHANNELS, 5)


@pytest.mark.parametrize("form", FORMS)
def test_the_averaged_weights_give_the_model_that_was_saved(form: str, tmp_path: Path) -> None:
    model = timar(FORMS[form])
    found = timar_checkpoint(saved(tmp_path / "TIMAR.pth", published(model)))
    again = make_timar(timar_config(found.weights, found.args), found.speech_width, found.channels).eval()
    fill(again, rename_timar(found.weights), "TIMAR.pth")
    speech, motion = torch.randn(2, 1, 2, 25, SPEECH), torch.randn(2, 1, 2, 25, CHANNELS)
    no = torch.zeros(1, 2, 25, dtype=torch.bool)
    window = TurnInputs(speech[0], motion[0], speech[1], motion[1], no, no, ~no)
    assert torch.equal(again(window).tokens, model(window).tokens)
    values = motion[1].flatten(0, 2)
    assert torch.equal(again.denormalise(again.normalise(values)), values)


def test_args_say_what_shapes_cannot(tmp_path: Path) -> None:
    config = replace(PAPER, frames_per_turn=10, window_turns=4, heads=4, causal=False, dropout=0.2)
    config = replace(config, decoder=DecoderConfig(width=64, depth=1, heads=2))
    args = argparse.Namespace(
        motion_fps=25,
        chunk_second=0.4,
        encoder_num_heads=4,
        decoder_num_heads=2,
        use_causal_attn=False,
        attn_dropout=0.2,
        num_sampling_steps="9",
        model="timar",
    )
    found = timar_checkpoint(saved(tmp_path / "TIMAR.pth", published(timar(config)), args))
    assert timar_config(found.weights, found.args) == config
    assert found.steps == 9


@pytest.mark.parametrize(("width", "heads"), [(768, 12), (1024, 16), (1280, 16), (512, 8)])
def test_heads_that_are_not_stated_are_the_papers_or_64_wide(width: int, heads: int) -> None:
    config = replace(PAPER, width=width, depth=1, heads=1, mlp_ratio=0.1)
    assert timar_config(published(timar(config)), {}).heads == heads


def test_weights_of_half_precision_are_read_as_float32(tmp_path: Path) -> None:
    half = {name: tensor.half() for name, tensor in published(timar(PAPER)).items()}
    ours = rename_timar(timar_checkpoint(saved(tmp_path / "TIMAR.pth", half)).weights)
    assert {tensor.dtype for tensor in ours.values()} == {torch.float32}


@pytest.mark.parametrize(
    ("args", "lesson"),
    [
        ({"motion_fps": 24}, r"has 220 positions, not a multiple of 4 x 24 \+ 10 = 106"),
        ({"encoder_num_heads": "many"}, "encoder_num_heads is 'many'; it must be a number"),
        ({"motion_fps": "9" * 400}, "motion_fps cannot be inf; it is at least 0 and at most 1,000,000"),
        ({"chunk_second": 0}, "'frames_per_turn' cannot be 0; it is at least 1"),
        ({"encoder_num_heads": 0}, "'heads' cannot be 0"),
        ({"encoder_num_heads": 3}, "width 128 must be a multiple of heads 3"),
        ({"predict_xstart": False}, "only heads that predict clean values on a cosine schedule are known"),
        ({"noise_schedule": "linear"}, "only heads that predict clean values on a cosine schedule are known"),
    ],
)
def test_args_that_do_not_fit_are_refused(args: dict[str, object], lesson: str) -> None:
    with pytest.raises(VisavisError, match=lesson):
        timar_config(published(timar(PAPER)), args)


def test_heads_that_cannot_be_told_are_asked_for() -> None:
    weights = published(timar(replace(PAPER, width=48, heads=4)))
    with pytest.raises(VisavisError, match="does not state encoder_num_heads, and width 48 is no multiple of 64"):
        timar_config(weights, {})


@pytest.mark.parametrize(
    ("changes", "lesson"),
    [
        ({"encoder_norm.bias": None}, "TIMAR.pth does not fit; missing: encoder_norm.bias; unknown: none"),
        ({"gpt.weight": torch.zeros(1)}, "missing: none; unknown: gpt.weight"),
        ({"encoder_norm.bias": torch.zeros(3)}, r"encoder_norm.bias is \(3,\), its model needs \(128,\)"),
    ],
)
def test_weights_that_do_not_fit_say_which(changes: dict[str, Tensor | None], lesson: str) -> None:
    model = timar(PAPER)
    changed = {**published(model), **changes}
    before = model.encoder_norm.weight.clone()
    weights = {name: tensor for name, tensor in changed.items() if tensor is not None}
    with pytest.raises(VisavisError, match=lesson):
        fill(model, rename_timar(weights), "TIMAR.pth")
    assert torch.equal(model.encoder_norm.weight, before)
