"""Published checkpoints run here as systems, from the file to the motion."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

import visavis
from tests.golden import GOLDEN
from tests.models.dualtalk.test_published import published as dualtalk_weights
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.spaces import space_named
from visavis.core.steps import Chunk
from visavis.encode.speech import Wav2VecSizes
from visavis.models.dualtalk.model import DualTalk, DualTalkConfig
from visavis.system.folder import load_folder, save_system
from visavis.system.published import load_published

CASES = sorted(path.parent for path in GOLDEN.glob("timar/*/checkpoint.pth"))
FLAME = space_named("flame56")

pytestmark = pytest.mark.skipif(not CASES, reason="needs the golden checkpoints (VISAVIS_GOLDEN)")


def encoder_of(case: Path) -> str:
    return str(case.parent / "wav2vec2")


PLAIN = [
    (case, name, stream)
    for case in CASES
    for name, stream in json.loads((case / "config.json").read_text())["streams"].items()
    if stream["mask_history_agent"] and stream["cfg"] == 1 and stream["num_iter"] == 1
]


@pytest.mark.parametrize(("case", "name", "stream"), PLAIN, ids=lambda value: getattr(value, "name", ""))
def test_a_timar_checkpoint_is_a_system_that_draws_the_recorded_motion(
    case: Path, name: str, stream: dict[str, Any]
) -> None:
    """The official evaluation's settings through the whole system: sound in, motion out."""
    sizes, numbers = json.loads((case / "config.json").read_text())["model"], load_file(case / "case.safetensors")
    context = stream.get("max_context_time", sizes["max_context_time"]) // sizes["chunk_second"] - 1
    system = load_published(case / "checkpoint.pth", encoder_of(case))
    system = system.with_options(context=context, temperature=stream.get("temperature", 1.0))
    recorded = (numbers[key] for key in sorted(numbers) if key.startswith(f"stream/{name}/noise/"))
    chunk = Chunk({name: numbers[name] for name in ("user_speech", "agent_speech", "user_motion")})
    frames, _ = system.step(chunk, system.init_state(1), lambda shape: next(recorded)[-shape[0] :])
    torch.testing.assert_close(frames.sample[:, 0], numbers[f"stream/{name}/motion"], atol=2e-4, rtol=0)
    assert next(recorded, None) is None


def test_a_converted_checkpoint_is_the_same_system(tmp_path: Path) -> None:
    case = CASES[0]
    system = visavis.load_trainable(case / "checkpoint.pth", encoder_of(case))
    save_system(system, tmp_path / "ours")
    again = load_folder(tmp_path / "ours")
    voice = (0.1 * np.random.default_rng(0).standard_normal(32_000)).astype(np.float32)
    seen = Motion(np.zeros((50, FLAME.width), np.float32), FLAME)
    one, other = (each.generate(voice, voice[::-1].copy(), seen, seed=1) for each in (system, again))
    assert one.space is FLAME
    assert np.array_equal(one.values, other.values)


def test_a_dualtalk_checkpoint_is_a_system(tmp_path: Path) -> None:
    case = GOLDEN / "dualtalk"
    (tmp_path / "config.json").write_text(json.dumps(json.loads((case / "config.json").read_text())["wav2vec2"]))
    system = load_published(case / "DualTalk.pth", str(tmp_path))
    assert isinstance(system.model, DualTalk)
    numbers = load_file(case / "case.safetensors")
    frames = system.frames_per_step
    sound = {name: numbers[name][:, : 640 * frames] for name in ("user_speech", "agent_speech")}
    drawn, _ = system.step(Chunk(sound, user_motion=numbers["user_motion"][:, :frames]), system.init_state(1))
    assert drawn.sample.shape == (1, 1, frames, FLAME.width)
    assert drawn.sample.isfinite().all()


@pytest.mark.parametrize("weight", [torch.zeros(()), torch.zeros(3), torch.zeros(2, 0), torch.zeros(1, 1, 1, 1)])
def test_shapes_that_no_published_model_has_are_refused(weight: torch.Tensor, tmp_path: Path) -> None:
    ears = Wav2VecSizes(64, 1, 1, 8, (8,) * 7, num_conv_pos_embeddings=4, num_conv_pos_embedding_groups=1)
    weights = dualtalk_weights(DualTalkConfig(width=8, feedforward=24, ears=ears))
    changed = [name for name in weights if "pos_conv_embed" in name]
    torch.save({**weights, **dict.fromkeys(changed, weight)}, tmp_path / "DualTalk.pth")
    with pytest.raises(VisavisError, match=r"^[^\n]*DualTalk\.pth has weights of shapes that no published model has"):
        load_published(tmp_path / "DualTalk.pth")


def test_another_speech_encoders_width_is_refused(tmp_path: Path) -> None:
    from transformers import Wav2Vec2Config, Wav2Vec2Model

    sizes = {"conv_dim": (8, 8), "conv_stride": (5, 64), "conv_kernel": (10, 64), "num_feat_extract_layers": 2}
    told = Wav2Vec2Config(
        hidden_size=12, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, **sizes,
        num_conv_pos_embeddings=4, num_conv_pos_embedding_groups=2,
    )  # fmt: skip
    Wav2Vec2Model(told).save_pretrained(tmp_path)
    with pytest.raises(VisavisError, match=r"gives 12 features a frame, these weights need \d+; use"):
        load_published(CASES[0] / "checkpoint.pth", str(tmp_path))


def test_a_checkpoint_without_its_encoder_says_what_is_needed() -> None:
    with pytest.raises(VisavisError, match=r"features a frame; give --speech-encoder DIR"):
        load_published(CASES[0] / "checkpoint.pth")
