from __future__ import annotations

import numpy as np
import pytest
import torch

from visavis.core.clock import samples_in
from visavis.core.errors import VisavisError
from visavis.encode.mel import MelConfig
from visavis.encode.speakers import SpeakerNetwork, SpeakersConfig, WindowSpectra, voice_of

TINY = SpeakersConfig(mel=MelConfig(bands=16), frames=50, width=16, dilations=(1, 2), heads=2, embedding=8)


def sound(frames: int, rows: int = 2, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return 0.1 * torch.randn(rows, samples_in(frames), generator=generator)


def tiny() -> SpeakerNetwork:
    torch.manual_seed(0)
    return SpeakerNetwork(TINY).eval()


def test_features_are_the_same_at_any_gain_but_silence_stays_silence() -> None:
    spectra = WindowSpectra(TINY.mel)
    one = spectra(sound(50))
    assert one.shape == (2, 50, spectra.width)
    assert torch.allclose(one, spectra(0.05 * sound(50)), atol=1e-4)
    silence = spectra(torch.zeros(1, samples_in(50)))
    assert (silence[..., :-2] == 0).all()
    assert (silence[..., -2:] < -2).all()


def test_a_tone_is_heard_in_the_frames_it_sounds_in() -> None:
    tone = torch.zeros(1, samples_in(50))
    time = torch.arange(samples_in(10)) / 16000
    tone[0, samples_in(20) : samples_in(30)] = 0.1 * torch.sin(2 * torch.pi * 1000 * time)
    levels = WindowSpectra(TINY.mel)(tone)[0, :, -2:].mean(-1)
    assert (levels[20:30] > -0.2).all()
    assert (levels[:19] < -2).all()
    assert (levels[31:] < -2).all()


def test_rows_are_heard_by_themselves_and_every_frame_looks_at_the_whole_window() -> None:
    network = tiny()
    features = network.spectra(sound(50)).requires_grad_(True)
    heard = network(features)
    assert heard.logits.shape == (2, 50, 2)
    assert heard.voices.shape == (2, 50, 8)
    assert torch.allclose(heard.voices.norm(dim=-1), torch.ones(2, 50), atol=1e-5)
    (gradient,) = torch.autograd.grad(heard.logits[0, 10].sum(), features)
    assert (gradient[1] == 0).all()
    assert (gradient[0].abs().sum(-1) > 0).all()
    alone = network(features[:1])
    assert torch.allclose(alone.logits, heard.logits[:1], atol=1e-5)


def test_a_voice_is_the_mean_of_the_frames_that_count() -> None:
    frames = torch.tensor([[1.0, 0], [0, 1], [0, -1], [1, 0]])
    weights = torch.tensor([[1.0, 0], [0, 1], [0, 0], [1, 1]])
    first, second = voice_of(frames, weights)
    assert first.tolist() == [1, 0]
    assert second.tolist() == pytest.approx([0.5**0.5, 0.5**0.5])


def test_sizes_that_cannot_be_are_refused() -> None:
    with pytest.raises(VisavisError, match="51 frames cannot be halved"):
        SpeakersConfig(frames=51)
    with pytest.raises(VisavisError, match="width 30 is not a multiple of 4 heads"):
        SpeakersConfig(width=30)


def test_its_size_is_what_is_said() -> None:
    size = sum(weights.numel() for weights in SpeakerNetwork(SpeakersConfig()).parameters())
    assert 0.3e6 < size < 1.5e6
    assert np.isclose(size, 0.49e6, rtol=0.03)
