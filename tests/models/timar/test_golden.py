"""The paper's form computes what the published implementation computes.

The golden folder holds small published models with random weights, their inputs, and every number drawn.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from visavis.core.protocols import Sampler
from visavis.core.spaces import space_named
from visavis.models.timar.model import Timar, TimarConfig
from visavis.models.timar.rollout import Draw, DrawingConfig, Predict, Rollout
from visavis.models.timar.tokens import TurnInputs
from visavis.sampling.diffusion import FULL, DiffusionSampler
from visavis.sampling.direct import DirectSampler
from visavis.sampling.guidance import guided

GOLDEN = Path(os.environ.get("VISAVIS_GOLDEN") or Path(__file__).parents[4] / "shared" / "golden") / "timar"
FLAME = space_named("flame56")
TOLERANCE = 5e-6
RENAMED = {
    "diffloss.net.": "head.",
    "mlp_head.": "head.",
    "motion_encoder.": "tokens.motion_encoder.",
    "speech_projection.": "tokens.speech_projection.",
    "sep_tok_emb.": "tokens.sep_tok_emb.",
    "fake_latent": "tokens.fake_latent",
}
STREAMS = ["one_step_masked_history", "three_step_guided", "context_zero"]

pytestmark = pytest.mark.skipif(not GOLDEN.is_dir(), reason="needs the golden numbers (VISAVIS_GOLDEN)")


@dataclass(frozen=True)
class Golden:
    """A published model in our form, its whole conversation, and the numbers it gave."""

    model: Timar
    turns: TurnInputs
    numbers: dict[str, Tensor]
    settings: dict[str, Any]


def renamed(name: str) -> str:
    for old, new in RENAMED.items():
        if name.startswith(old):
            return new + name.removeprefix(old)
    return name


def published_model(folder: Path, sizes: dict[str, Any]) -> Timar:
    config = TimarConfig(
        frames_per_turn=sizes["motion_fps"] * sizes["chunk_second"],
        window_turns=sizes["max_context_time"],
        token_width=sizes["token_embed_dim"],
        width=sizes["encoder_embed_dim"],
        depth=sizes["encoder_depth"] + sizes["decoder_depth"],
        heads=sizes["encoder_num_heads"],
        mlp_ratio=sizes["mlp_ratio"],
        causal=sizes["use_causal_attn"],
        head="diffusion" if sizes["use_diffloss"] else "mlp",
        head_width=sizes["diffloss_w"],
        head_depth=sizes["diffloss_d"],
    )
    model = Timar(config, sizes["speech_snippet_embed_dim"], sizes["motion_embed_dim"]).eval()
    with torch.serialization.safe_globals([argparse.Namespace]):
        weights = torch.load(folder / "checkpoint.pth", weights_only=True)["model_ema"]
    ours = {renamed(name): tensor for name, tensor in weights.items()}
    model.load_state_dict({**ours, "motion_mean": model.motion_mean, "motion_std": model.motion_std})
    return model


def speech_features(sound: Tensor, frames: int) -> Tensor:
    """The published speech encoder: each turn (P, S) by itself -> (1, P, F, E)."""
    transformers = pytest.importorskip("transformers", reason="the published speech encoder needs transformers")
    encoder = transformers.Wav2Vec2Model.from_pretrained(GOLDEN / "wav2vec2").eval()
    heard = encoder.feature_extractor(sound)
    heard = torch.nn.functional.interpolate(heard, size=frames, mode="linear", align_corners=True).transpose(1, 2)
    features: Tensor = encoder.encoder(encoder.feature_projection(heard)[0])[0]
    return features[None]


@pytest.fixture(scope="module", params=["diffusion_causal", "diffusion_bidirectional", "mlp_causal"])
def golden(request: pytest.FixtureRequest) -> Golden:
    folder = GOLDEN / request.param
    told = json.loads((folder / "config.json").read_text())
    numbers = load_file(folder / "case.safetensors")
    model = published_model(folder, told["model"])
    frames, turns = model.config.frames_per_turn, told["turns"]

    def motion(who: str) -> Tensor:
        return numbers[f"{who}_motion"].view(1, turns, frames, -1)

    with torch.no_grad():
        speech = [speech_features(numbers[f"{who}_speech"].view(turns, -1), frames) for who in ("user", "agent")]
    no = torch.zeros(1, turns, frames, dtype=torch.bool)
    given = TurnInputs(speech[0], motion("user"), speech[1], motion("agent"), no, no, ~no)
    return Golden(model, given, numbers, told)


def training_window(case: Golden) -> TurnInputs:
    model, window = case.model, case.model.config.window_turns
    parts = [tensor[:, :window] for tensor in vars(case.turns).values()]
    parts[-1] = case.numbers["train/mask"].view(1, window, -1)[:, :, model.tokens.agent_motion_at].bool()
    return TurnInputs(*parts)


def grouped(error: Tensor) -> Tensor:
    return torch.stack([error[:, FLAME.indices(group)].mean(1) for group in FLAME.groups]).sum(0)


@torch.no_grad()
def test_tokens_and_trunk(golden: Golden) -> None:
    window = training_window(golden)
    tokens, z = golden.model.tokens(window).tokens.flatten(1, 2), golden.model(window).tokens.flatten(1, 2)
    torch.testing.assert_close(tokens, golden.numbers["train/tokens"], atol=TOLERANCE, rtol=0)
    torch.testing.assert_close(z, golden.numbers["train/z"], atol=TOLERANCE, rtol=0)


@torch.no_grad()
def test_training_loss(golden: Golden) -> None:
    model, numbers, window = golden.model, golden.numbers, training_window(golden)
    rows = model.own(model(window).tokens).flatten(0, 2)
    target, masked = window.agent_motion.flatten(0, 2), window.masked.flatten()
    if model.config.head == "mlp":
        nothing = torch.zeros(())
        predicted = model.predict(rows, nothing, nothing)
        torch.testing.assert_close(predicted[None], numbers["train/prediction"], atol=TOLERANCE, rtol=0)
        loss = grouped((predicted - target).square())[masked].mean()
    else:
        repeats = golden.settings["model"]["diffusion_batch_mul"]
        target, index = target.repeat(repeats, 1), numbers["train/t"].long()
        noisy = FULL.noised(target, index, numbers["train/noise"])
        out = model.predict(rows.repeat(repeats, 1), noisy, index.float())
        clean = grouped((out[:, : model.values] - target).square())
        loss = (clean + FULL.bound(out, target, noisy, index))[masked.repeat(repeats)].mean()
    torch.testing.assert_close(loss[None], numbers["train/loss"], atol=1e-5, rtol=1e-5)


@torch.no_grad()
@pytest.mark.parametrize("stream", STREAMS)
def test_streams(golden: Golden, stream: str) -> None:
    model, setting = golden.model, golden.settings["streams"][stream]
    context = setting.get("max_context_time", model.config.window_turns)
    drawing = DrawingConfig(setting["num_iter"], not setting["mask_history_agent"], guidance=setting["cfg"])
    rollout = Rollout(model, drawing, context - 1)
    draw = drawer(golden, stream)
    state, drawn = rollout.init_state(1), []
    for turn in range(golden.settings["turns"]):
        now = TurnInputs(*(tensor[:, turn : turn + 1] for tensor in vars(golden.turns).values()))
        motion, state = rollout.step(now, state, draw)
        drawn.append(motion.sample)
    expected = golden.numbers[f"stream/{stream}/motion"]
    torch.testing.assert_close(torch.cat(drawn, 1), expected, atol=TOLERANCE, rtol=0)


def drawer(case: Golden, stream: str) -> Draw:
    """Draws with the recorded noise, of which the published model wastes some rows: those of masked history, which
    come first, and of the unconditional branch, which is the second half of every draw but a round's first."""
    values, setting = case.model.values, case.settings["streams"][stream]
    steps = int(case.settings["model"]["num_sampling_steps"])
    recorded = recorded_noise(case, stream)
    sampler: Sampler = DirectSampler()
    if case.model.config.head == "diffusion":
        sampler = DiffusionSampler(steps, setting.get("temperature", 1.0))

    def draw(predict: Predict, unguided: Predict | None, scale: float, rows: int) -> Tensor:
        asked = predict if unguided is None else guided(predict, unguided, scale, values)
        place = iter(range(steps + 1))

        def noise(shape: tuple[int, ...]) -> Tensor:
            found = next(recorded)
            doubled = unguided is not None and next(place) > 0
            first = found[: len(found) // 2] if doubled else found
            return first[-shape[0] :]

        return sampler.sample(asked, (rows, values), noise)

    return draw


def recorded_noise(case: Golden, stream: str) -> Iterator[Tensor]:
    prefix = f"stream/{stream}/noise/"
    return iter([case.numbers[name] for name in sorted(case.numbers) if name.startswith(prefix)])
