from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from visavis.core.clock import SAMPLES_PER_FRAME
from visavis.core.errors import VisavisError
from visavis.encode.speech import Wav2VecSizes
from visavis.models.dualtalk.model import DualTalk, DualTalkConfig

SMALL = DualTalkConfig(frames_per_turn=5, window_turns=4, width=8, feedforward=16)
EARS = Wav2VecSizes(
    hidden_size=12,
    num_hidden_layers=1,
    num_attention_heads=2,
    intermediate_size=16,
    conv_dim=(8,) * 7,
    num_conv_pos_embeddings=4,
    num_conv_pos_embedding_groups=2,
)
FEATURES, CHANNELS, FRAMES = 6, 3, 9


def dualtalk(config: DualTalkConfig = SMALL) -> DualTalk:
    torch.manual_seed(0)
    return DualTalk(config, FEATURES if config.ears is None else SAMPLES_PER_FRAME, CHANNELS).eval()


def hearing() -> DualTalk:
    pytest.importorskip("transformers", reason="ears need transformers")
    return dualtalk(replace(SMALL, ears=EARS))


def inputs(model: DualTalk, rows: int = 1) -> list[Tensor]:
    """User speech, user motion, agent speech."""
    generator = torch.Generator().manual_seed(1)
    widths = (model.features, CHANNELS, model.features)
    return [torch.randn(rows, FRAMES, width, generator=generator, requires_grad=True) for width in widths]


@pytest.mark.parametrize("make", [dualtalk, hearing])
def test_every_frame_depends_on_all_of_both_voices_and_the_users_motion(make: Any) -> None:
    model = make()
    given = inputs(model)
    weight = torch.randn(CHANNELS, generator=torch.Generator().manual_seed(2))
    motion = model(*given) @ weight
    assert motion.shape == (1, FRAMES)
    for frame in (0, FRAMES - 1):
        for gradient in torch.autograd.grad(motion[0, frame], given, retain_graph=True):
            assert (gradient[0].abs().sum(-1) > 0).all()


@torch.no_grad()
@pytest.mark.parametrize("make", [dualtalk, hearing])
def test_rows_are_independent(make: Any) -> None:
    model = make()
    given = inputs(model, rows=3)
    both = model(*given)
    torch.testing.assert_close(model(*(tensor[1:2] for tensor in given)), both[1:2], atol=1e-5, rtol=0)


@torch.no_grad()
def test_each_voice_has_its_own_ear() -> None:
    model = hearing()
    speech = inputs(model)[0]
    agent, user = model.joint_encoder.agent(speech), model.joint_encoder.user(speech)
    assert (agent - user).abs().max() > 1e-3
    model.joint_encoder.audio_encoder2.load_state_dict(model.joint_encoder.audio_encoder1.state_dict())  # type: ignore[union-attr]
    assert torch.equal(model.joint_encoder.user(speech), agent)


def test_ears_learn_except_for_their_convolutions() -> None:
    model = hearing()
    frozen = {name for name, parameter in model.named_parameters() if not parameter.requires_grad}
    ears = [f"joint_encoder.audio_encoder{number}.feature_extractor." for number in (1, 2)]
    assert frozen == {name for name, _ in model.named_parameters() if name.startswith(tuple(ears))}


def test_the_default_is_the_published_size() -> None:
    shapes = {name: tuple(tensor.shape) for name, tensor in DualTalk(DualTalkConfig(), 1024, 56).named_parameters()}
    assert shapes["joint_encoder.audio_projection.weight"] == (256, 1024)
    assert shapes["joint_encoder.blendshape_encoder.0.weight"] == (128, 56)
    assert shapes["temporal_enhancer.temporal_lstm.weight_hh_l1_reverse"] == (4 * 128, 128)
    assert shapes["interaction_module.interaction_encoder.layers.2.linear1.weight"] == (2048, 512)
    assert shapes["synthesis_module.blendshape_predictor.weight"] == (56, 512)
    assert not any("interaction_encoder.layers.3" in name or "decoder.layers.1" in name for name in shapes)


def test_dropout_is_for_training_only() -> None:
    model = dualtalk()
    given = inputs(model)
    assert torch.equal(model(*given), model(*given))
    model.train()
    assert not torch.equal(model(*given), model(*given))


def test_normalising_is_undone_by_denormalising() -> None:
    model = dualtalk()
    model.motion_mean.fill_(0.3)
    model.motion_std.copy_(torch.tensor([0.1, 1.0, 10.0]))
    motion = torch.randn(2, 4, CHANNELS)
    torch.testing.assert_close(model.normalise(motion)[..., 0], (motion[..., 0] - 0.3) / 0.1)
    torch.testing.assert_close(model.denormalise(model.normalise(motion)), motion)


@pytest.mark.parametrize(
    ("changes", "lesson"),
    [
        ({"width": 7}, "width 7 must be even and a multiple of heads 4"),
        ({"width": 10}, "width 10 must be even and a multiple of heads 4"),
        ({"encoder_layers": 0}, "'encoder_layers' cannot be 0; it is at least 1"),
        ({"window_turns": -2}, "'window_turns' cannot be -2"),
    ],
)
def test_impossible_configs_are_refused(changes: dict[str, Any], lesson: str) -> None:
    with pytest.raises(VisavisError, match=lesson):
        replace(SMALL, **changes)


def test_ears_take_sound_only() -> None:
    with pytest.raises(VisavisError, match="takes sound of 640 samples a frame, not 6 features"):
        DualTalk(replace(SMALL, ears=EARS), FEATURES, CHANNELS)
