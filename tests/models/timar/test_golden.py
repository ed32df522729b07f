"""The paper's forms compute what the published implementation computes, from checkpoints read as users' are.

Each case folder holds a small published model with random weights, its inputs, and every number drawn.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from tests.dyads import step_input
from tests.golden import GOLDEN as PUBLISHED
from visavis.core.protocols import Draw, Network
from visavis.core.spaces import space_named
from visavis.models.timar.model import Timar
from visavis.models.timar.published import checkpoint_of, rename_timar, timar_config
from visavis.models.timar.rollout import DrawingConfig, Rollout
from visavis.models.timar.tokens import TurnInputs
from visavis.models.timar.trunk import make_timar
from visavis.sampling.bound import variational_bound
from visavis.sampling.config import SamplingConfig, sampler_for
from visavis.sampling.cosine import FULL, CosineDiffusion
from visavis.sampling.draw import make_draw
from visavis.system.official import fill, read_official

GOLDEN = PUBLISHED / "timar"
CASES = [place.parent for place in sorted(GOLDEN.glob("*/checkpoint.pth")) if (place.parent / "config.json").is_file()]
if not CASES:
    pytest.skip("no published TIMAR to compare with: set VISAVIS_GOLDEN", allow_module_level=True)

SETTINGS: dict[Path, dict[str, Any]] = {case: json.loads((case / "config.json").read_text()) for case in CASES}
STREAMS = [(case, stream) for case in CASES for stream in SETTINGS[case]["streams"]]
FLAME = space_named("flame56")
TOLERANCE = 5e-6

each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@dataclass(frozen=True)
class Golden:
    """A published model in our form, its whole conversation as turns, and the numbers it gave."""

    model: Timar
    steps: int
    turns: TurnInputs
    numbers: Mapping[str, Tensor]
    sizes: Mapping[str, Any]


@functools.cache
def golden(case: Path) -> Golden:
    sizes, numbers = SETTINGS[case]["model"], load_file(case / "case.safetensors")
    checkpoint = checkpoint_of(read_official(case / "checkpoint.pth").content)
    config = timar_config(checkpoint.weights, {**checkpoint.args, **sizes})
    model = make_timar(config, checkpoint.speech_width, checkpoint.channels).eval()
    fill(model, rename_timar(checkpoint.weights), case.name)
    frames = config.frames_per_turn
    turns = numbers["user_motion"].shape[1] // frames

    def motion(who: str) -> Tensor:
        return numbers[f"{who}_motion"].unflatten(1, (turns, frames))

    with torch.no_grad():
        speech = [speech_features(numbers[f"{who}_speech"].view(turns, -1), frames) for who in ("user", "agent")]
    no = torch.zeros(1, turns, frames, dtype=torch.bool)
    given = TurnInputs(speech[0], motion("user"), speech[1], motion("agent"), no, no, ~no)
    return Golden(model, checkpoint.steps, given, numbers, sizes)


def speech_features(sound: Tensor, frames: int) -> Tensor:
    """The published speech encoder: each turn (P, S) by itself -> (1, P, F, E)."""
    transformers = pytest.importorskip("transformers", reason="the published speech encoder needs transformers")
    encoder = transformers.Wav2Vec2Model.from_pretrained(GOLDEN / "wav2vec2").eval()
    heard = encoder.feature_extractor(sound)
    heard = torch.nn.functional.interpolate(heard, size=frames, mode="linear", align_corners=True).transpose(1, 2)
    features: Tensor = encoder.encoder(encoder.feature_projection(heard)[0])[0]
    return features[None]


def training_window(known: Golden) -> TurnInputs:
    model, window = known.model, known.model.config.window_turns
    parts = [tensor[:, :window] for tensor in vars(known.turns).values()]
    parts[-1] = known.numbers["train/mask"].unflatten(1, (window, -1))[:, :, model.tokens.agent_motion_at].bool()
    return TurnInputs(*parts)


def grouped(error: Tensor) -> Tensor:
    return torch.stack([error[:, FLAME.indices(group)].mean(1) for group in FLAME.groups]).sum(0)


@each_case
def test_the_size_and_variant_are_those_it_was_made_with(case: Path) -> None:
    config, sizes = golden(case).model.config, SETTINGS[case]["model"]
    assert config.frames_per_turn == round(sizes["motion_fps"] * sizes["chunk_second"])
    assert config.window_turns == round(sizes["max_context_time"] / sizes["chunk_second"])
    assert (config.token_width, config.width) == (sizes["token_embed_dim"], sizes["encoder_embed_dim"])
    assert (config.heads, config.mlp_ratio) == (sizes["encoder_num_heads"], sizes["mlp_ratio"])
    assert config.causal == sizes["use_causal_attn"]
    assert (config.decoder is None) == sizes["use_encoder_only"]
    depth = config.depth + (0 if config.decoder is None else config.decoder.depth)
    assert depth == sizes["encoder_depth"] + sizes["decoder_depth"]
    if sizes["use_diffloss"]:
        assert (config.head, config.head_width, config.head_depth) == (
            "diffusion",
            sizes["diffloss_w"],
            sizes["diffloss_d"],
        )
    else:
        assert config.head == "mlp"
    assert golden(case).steps == int(sizes["num_sampling_steps"])


@each_case
@torch.no_grad()
def test_tokens_and_trunk(case: Path) -> None:
    known = golden(case)
    window = training_window(known)
    tokens, z = known.model.tokens(window).tokens.flatten(1, 2), known.model(window).tokens.flatten(1, 2)
    torch.testing.assert_close(tokens, known.numbers["train/tokens"], atol=TOLERANCE, rtol=0)
    torch.testing.assert_close(z, known.numbers["train/z"], atol=TOLERANCE, rtol=0)


@each_case
@torch.no_grad()
def test_training_loss(case: Path) -> None:
    known = golden(case)
    model, numbers, window = known.model, known.numbers, training_window(known)
    rows = model.own(model(window).tokens).flatten(0, 2)
    target, masked = window.agent_motion.flatten(0, 2), window.masked.flatten()
    if model.config.head == "mlp":
        nothing = torch.zeros(())
        predicted = model.predict(rows, nothing, nothing)
        torch.testing.assert_close(predicted[None], numbers["train/prediction"], atol=TOLERANCE, rtol=0)
        loss = grouped((predicted - target).square())[masked].mean()
    else:
        index = numbers["train/t"].long()
        repeats = len(index) // len(target)
        target = target.repeat(repeats, 1)
        noisy = CosineDiffusion().level(index, target).noised(target, numbers["train/noise"])
        out = model.predict(rows.repeat(repeats, 1), noisy, index.float())
        clean = grouped((out[:, : model.values] - target).square())
        loss = (clean + variational_bound(FULL, out, target, noisy, index))[masked.repeat(repeats)].mean()
    torch.testing.assert_close(loss[None], numbers["train/loss"], atol=0, rtol=1e-5)


@pytest.mark.parametrize(("case", "stream"), STREAMS, ids=lambda part: part.name if isinstance(part, Path) else part)
@torch.no_grad()
def test_streams(case: Path, stream: str) -> None:
    known, setting = golden(case), SETTINGS[case]["streams"][stream]
    seconds = setting.get("max_context_time", known.sizes["max_context_time"])
    drawing = DrawingConfig(
        rounds=setting["num_iter"],
        own_history=not setting["mask_history_agent"],
        guidance=setting["cfg"],
        guidance_schedule=setting.get("cfg_schedule", "linear"),
    )
    rollout = Rollout(known.model, drawing, round(seconds / known.sizes["chunk_second"]) - 1)
    recorded = recorded_noise(known, stream)
    draw = drawer(known, recorded, setting.get("temperature", 1.0))
    state, drawn, turns = rollout.init_state(1), [], known.turns
    for turn in range(turns.user_motion.shape[1]):
        heard = (part[:, turn] for part in (turns.user_speech, turns.agent_speech, turns.user_motion))
        seen = torch.ones(1, known.model.config.frames_per_turn, dtype=torch.bool)
        motion, state = rollout.step(step_input(*heard, seen, seen), state, draw)
        drawn.append(motion.sample[:, 0])
    expected = known.numbers[f"stream/{stream}/motion"]
    torch.testing.assert_close(torch.cat(drawn, 1), expected, atol=TOLERANCE, rtol=0)
    assert next(recorded, None) is None


def drawer(known: Golden, recorded: Iterator[Tensor], temperature: float) -> Draw:
    """Draws with the recorded noise, of which the published model wastes some rows: those of masked history, which
    come first, and of the unconditional branch, which is the second half of every draw but a round's first."""
    sampler = sampler_for(known.model.config.denoising, SamplingConfig(known.steps, temperature))

    def draw(network: Network, unguided: Network | None, scale: float, shape: tuple[int, ...]) -> Tensor:
        place = iter(range(known.steps + 1))

        def noise(shape: tuple[int, ...]) -> Tensor:
            found = next(recorded)
            doubled = unguided is not None and next(place) > 0
            first = found[: len(found) // 2] if doubled else found
            return first[-shape[0] :]

        return make_draw(sampler, noise)(network, unguided, scale, shape)

    return draw


def recorded_noise(known: Golden, stream: str) -> Iterator[Tensor]:
    prefix = f"stream/{stream}/noise/"
    drawn = {int(name.removeprefix(prefix)): noise for name, noise in known.numbers.items() if name.startswith(prefix)}
    return iter([drawn[number] for number in sorted(drawn)])
