from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from visavis.core.clock import SAMPLES_PER_FRAME
from visavis.core.errors import VisavisError
from visavis.encode.speech import Wav2VecSizes
from visavis.models.dualtalk.model import DualTalk, DualTalkConfig
from visavis.models.dualtalk.published import (
    config_from_weights,
    generate_as_published,
    own_weights,
    published_frames,
)

LARGE = Wav2VecSizes(
    hidden_size=128,
    num_hidden_layers=2,
    num_attention_heads=2,
    intermediate_size=40,
    conv_dim=(4, 4, 4, 4, 4, 4, 8),
    num_conv_pos_embeddings=6,
    num_conv_pos_embedding_groups=8,
)
BASE = replace(LARGE, conv_bias=False, feat_extract_norm="group", do_stable_layer_norm=False)
SMALL = DualTalkConfig(width=8, feedforward=24, lstm_layers=3, encoder_layers=2, decoder_layers=2)
CHANNELS = 5
STATISTICS = ("motion_mean", "motion_std")


def published(config: DualTalkConfig) -> dict[str, Tensor]:
    """A state dict as the published one: no statistics, and the ears' unused mask."""
    torch.manual_seed(0)
    if config.ears is None:
        model = DualTalk(config, 6, CHANNELS)
        return {name: tensor for name, tensor in model.state_dict().items() if name not in STATISTICS}
    pytest.importorskip("transformers", reason="ears need transformers")
    model = DualTalk(config, SAMPLES_PER_FRAME, CHANNELS)
    masks = {f"joint_encoder.audio_encoder{number}.masked_spec_embed": torch.ones(4) for number in (1, 2)}
    return {name: tensor for name, tensor in model.state_dict().items() if name not in STATISTICS} | masks


def old_names(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    pair = "parametrizations.weight.original"
    return {name.replace(f"{pair}0", "weight_g").replace(f"{pair}1", "weight_v"): weights[name] for name in weights}


@pytest.mark.parametrize("ears", [None, LARGE, BASE], ids=["no ears", "large", "base"])
def test_sizes_are_read_off_the_weights_and_the_weights_load(ears: Wav2VecSizes | None) -> None:
    config = replace(SMALL, ears=ears)
    weights = published(config)
    for stored in (weights, old_names(weights)):
        assert config_from_weights(stored) == config
        model = DualTalk(config, 6 if ears is None else SAMPLES_PER_FRAME, CHANNELS)
        model.load_state_dict(own_weights(stored))
        for name, tensor in model.state_dict().items():
            assert name in STATISTICS or torch.equal(tensor, weights[name])
        assert torch.equal(model.denormalise(torch.ones(CHANNELS)), torch.ones(CHANNELS))


def test_old_names_are_not_ours() -> None:
    weights = published(replace(SMALL, ears=LARGE))
    assert len([name for name in old_names(weights) if name not in weights]) == 4


def test_ears_that_no_shape_tells_must_be_told() -> None:
    odd = replace(LARGE, hidden_size=24, num_attention_heads=4)
    weights = published(replace(SMALL, ears=odd))
    with pytest.raises(VisavisError, match=r"ears \(24 wide, 7 convolutions\) cannot be told from its weights"):
        config_from_weights(weights)
    assert config_from_weights(weights, odd) == replace(SMALL, ears=odd)


def test_weights_of_something_else_are_refused_by_what_they_lack() -> None:
    with pytest.raises(VisavisError, match=r"not the weights of DualTalk; missing: joint_encoder.audio_projection.wei"):
        config_from_weights({"mask_token": torch.zeros(1)})
    with pytest.raises(VisavisError, match=r"missing: synthesis_module.blendshape_predictor.weight"):
        own_weights({"mask_token": torch.zeros(1)})
    weights = published(replace(SMALL, ears=LARGE))
    del weights["joint_encoder.audio_encoder1.encoder.layers.0.feed_forward.intermediate_dense.weight"]
    with pytest.raises(VisavisError, match=r"missing: encoder.layers.0.feed_forward.intermediate_dense.weight"):
        config_from_weights(weights)


def test_the_published_count_of_frames_rounds_in_floating_point() -> None:
    assert [published_frames(samples) for samples in (16_000, 70_400, 640, 641, 480_000)] == [25, 111, 1, 2, 750]


@pytest.mark.parametrize(("samples", "frames"), [(12_800, 20), (70_400, 111), (48_100, 76)])
@torch.no_grad()
def test_a_recording_of_any_length_is_drawn_as_published(samples: int, frames: int) -> None:
    pytest.importorskip("transformers", reason="ears need transformers")
    torch.manual_seed(0)
    model = DualTalk(replace(SMALL, ears=LARGE), SAMPLES_PER_FRAME, CHANNELS).eval()
    user, agent = torch.randn(2, 1, samples)
    motion = torch.rand(1, samples // SAMPLES_PER_FRAME, CHANNELS)
    drawn = generate_as_published(model, user, motion, torch.cat([agent, agent[:, :100]], dim=1))
    assert drawn.shape == (1, frames, CHANNELS)
    if samples == frames * SAMPLES_PER_FRAME:
        whole = model(user.unflatten(1, (frames, -1)), motion, agent.unflatten(1, (frames, -1)))
        torch.testing.assert_close(drawn, whole, atol=1e-6, rtol=0)


def test_a_model_without_ears_takes_no_sound() -> None:
    model = DualTalk(SMALL, 6, CHANNELS)
    with pytest.raises(VisavisError, match="no ears of its own"):
        generate_as_published(model, torch.zeros(1, 640), torch.zeros(1, 1, CHANNELS), torch.zeros(1, 640))
