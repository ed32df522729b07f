from __future__ import annotations

import torch

from visavis.core.clock import samples_in
from visavis.encode.augment import AugmentConfig, disturb
from visavis.encode.batch import encode_recording, encode_speech
from visavis.encode.framed import FramedConfig, FramedEncoder
from visavis.encode.mel import MelConfig, MelEncoder
from visavis.encode.phonetic import PhoneticConfig, PhoneticEncoder


def voices(frames: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    user, agent = (0.1 * torch.randn(2, samples_in(frames), generator=generator) for _ in range(2))
    return user, agent


def test_each_voice_is_heard_as_by_itself_in_full_precision_and_without_gradient() -> None:
    encoder = MelEncoder(MelConfig(bands=8))
    user, agent = voices(6)
    with torch.autocast("cpu", torch.bfloat16):
        heard = encode_speech(encoder, user.requires_grad_(), agent)
    for voice, features in zip((user, agent), heard, strict=True):
        alone, _ = encoder.encode(voice.detach(), encoder.init_state(2))
        torch.testing.assert_close(features, alone)
        assert features.dtype == torch.float32
        assert not features.requires_grad


def test_a_window_counts_as_the_whole_recording() -> None:
    encoder = FramedEncoder(FramedConfig(frames_per_turn=5))
    user, _ = encode_speech(encoder, *voices(10))
    torch.testing.assert_close(user.flatten(1).std(1, correction=0), torch.ones(2), atol=1e-3, rtol=0)


def test_a_phonetic_encoder_hears_disturbed_voices() -> None:
    torch.manual_seed(0)
    encoder = PhoneticEncoder(PhoneticConfig(width=8, dilations=(1,)))
    user, agent = voices(6)
    disturbance = disturb(4, 64, AugmentConfig(warp=0.2, masks=1), torch.Generator().manual_seed(1))
    heard = torch.cat(encode_speech(encoder, user, agent, disturbance))
    wanted, _ = encoder.encode(torch.cat([user, agent]), encoder.init_state(4), disturbance)
    torch.testing.assert_close(heard, wanted)
    assert not torch.allclose(heard, torch.cat(encode_speech(encoder, user, agent)))


def test_one_recording_is_heard_as_either_voice_is() -> None:
    torch.manual_seed(0)
    encoder = PhoneticEncoder(PhoneticConfig(width=8, dilations=(1,)))
    user, agent = voices(6)
    disturbance = disturb(2, 64, AugmentConfig(warp=0.2, masks=1), torch.Generator().manual_seed(1))
    heard = encode_recording(encoder, user, disturbance)
    both = disturb(4, 64, AugmentConfig(), torch.Generator())
    both = type(both)(*(torch.cat([half, half]) for half in (disturbance.factors, disturbance.hidden)))
    torch.testing.assert_close(heard, encode_speech(encoder, user, agent, both)[0])
    assert not torch.allclose(heard, encode_recording(encoder, user))
