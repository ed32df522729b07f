from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from visavis.core.clock import FPS, SAMPLE_RATE, SAMPLES_PER_FRAME, samples_in
from visavis.core.errors import VisavisError
from visavis.encode.mel import FourierPower, MelConfig, MelEncoder, ProductPower, mel_filters, warped_filters

CONFIG = MelConfig()


def features(sound: Tensor, config: MelConfig = CONFIG) -> Tensor:
    encoder = MelEncoder(config)
    return encoder.encode(sound, encoder.init_state(len(sound)))[0]


def steady_speech(frames: int, level_db: float = -25.0) -> Tensor:
    """Noise with a syllable every fifth of a second, so loud and soft frames alternate (1, S)."""
    generator = torch.Generator().manual_seed(1)
    time = torch.arange(samples_in(frames)) / SAMPLE_RATE
    syllables = 0.6 + 0.4 * torch.sin(2 * math.pi * 5 * time)
    noise = torch.randn(1, samples_in(frames), generator=generator) * syllables
    return noise / noise.square().mean().sqrt() * 10 ** (level_db / 20)


def test_filters_are_overlapping_triangles_of_unit_sum() -> None:
    filters = mel_filters(CONFIG)
    assert filters.shape == (257, CONFIG.bands)
    torch.testing.assert_close(filters.sum(0), torch.ones(CONFIG.bands))
    peaks = filters.argmax(0)
    assert (peaks.diff() > 0).all()
    for band, peak in enumerate(peaks.tolist()):
        assert (filters[: peak + 1, band].diff() >= 0).all()
        assert (filters[peak:, band].diff() <= 0).all()
    hertz = torch.arange(257) * SAMPLE_RATE / 512
    used = hertz[filters.sum(1) > 0]
    assert used.min() >= CONFIG.low_hz
    assert used.max() <= CONFIG.high_hz


def test_a_tone_is_loudest_in_the_band_around_it() -> None:
    centres = (mel_filters(CONFIG) * (torch.arange(257) * SAMPLE_RATE / 512)[:, None]).sum(0)
    time = torch.arange(samples_in(10)) / SAMPLE_RATE
    for band in (10, 30, 50):
        tone = 0.005 * torch.sin(2 * math.pi * centres[band] * time)[None]
        heard = features(tone, MelConfig(attack=0.0))[0, -1].view(2, CONFIG.bands)
        assert heard[1].argmax().item() == band


def test_features_are_band_levels_against_the_running_level() -> None:
    sound = steady_speech(3)
    still = features(sound, MelConfig(attack=0.0, release=0.0, leak_db=0.0))
    hop = torch.cat([torch.zeros(1, 192), sound], 1)[0, 320 * 3 : 320 * 3 + 512]
    window = torch.hann_window(512)
    power = torch.fft.rfft(hop * window).abs().square() / window.square().sum()
    level_db = 10 * torch.log10(power @ mel_filters(CONFIG) + 1e-10)
    expected = ((level_db - CONFIG.first_level_db) / 20 + 1).clamp(-1, 2)
    torch.testing.assert_close(still[0, 1, CONFIG.bands :], expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize("gain_db", [-12.0, 12.0])
def test_gain_does_not_matter_once_the_level_has_settled(gain_db: float) -> None:
    sound = steady_speech(10 * FPS)
    settled = slice(5 * FPS, None)

    def change(config: MelConfig) -> float:
        louder = features(sound * 10 ** (gain_db / 20), config)
        return (louder - features(sound, config))[:, settled].abs().mean().item()

    unfollowed = change(MelConfig(attack=0.0, release=0.0, leak_db=0.0))
    assert change(CONFIG) < min(0.02, unfollowed / 10)


def test_the_level_rests_in_silence() -> None:
    encoder = MelEncoder(CONFIG)
    _, spoken = encoder.encode(steady_speech(5 * FPS), encoder.init_state(1))
    _, silent = encoder.encode(torch.zeros(1, samples_in(2 * FPS)), spoken)
    assert spoken.level.item() > CONFIG.first_level_db + 15
    assert spoken.level.item() - 0.2 < silent.level.item() < spoken.level.item()


@pytest.mark.parametrize(("voice_db", "most"), [(-25.0, 0.1), (-45.0, 0.25)])
def test_a_knock_does_not_deafen(voice_db: float, most: float) -> None:
    sound = steady_speech(9 * FPS, voice_db)
    knocked = sound.clone()
    knocked[:, 3 * SAMPLE_RATE : 3 * SAMPLE_RATE + 2400] = steady_speech(FPS, -4.0)[:, :2400]
    difference = (features(knocked) - features(sound)).abs().mean(-1)[0]
    assert difference[3 * FPS : 3 * FPS + 5].mean() > 0.2
    assert difference[8 * FPS :].mean() < most


def test_speech_that_stays_louder_is_the_new_level() -> None:
    """A voice comes 20 dB nearer for two seconds and goes back: softer speech is soft, not as loud as before."""
    louder = torch.cat([steady_speech(2 * FPS), steady_speech(3 * FPS, -5.0), steady_speech(FPS)], dim=1)
    soft = features(louder)[:, 5 * FPS + 2 :].mean() - features(steady_speech(6 * FPS))[:, 5 * FPS + 2 :].mean()
    assert soft < -0.5


def test_silence_is_the_same_in_a_quiet_room_and_in_a_file() -> None:
    silence = features(torch.zeros(1, samples_in(5)))
    assert torch.equal(silence, torch.full_like(silence, -1.0))
    room = 10 ** (-110 / 20) * torch.randn(1, samples_in(5), generator=torch.Generator().manual_seed(0))
    assert torch.equal(features(room), silence)


@pytest.mark.parametrize("cuts", [[1], [3, 4, 11], list(range(1, 12))])
def test_chunk_by_chunk_equals_whole(cuts: list[int]) -> None:
    encoder = MelEncoder(CONFIG)
    sound = torch.cat([steady_speech(12), steady_speech(12, -40).flip(1)])
    state, pieces = encoder.init_state(2), []
    for start, stop in zip([0, *cuts], [*cuts, 12], strict=True):
        piece, state = encoder.encode(sound[:, samples_in(start) : samples_in(stop)], state)
        pieces.append(piece)
    whole = features(sound)
    assert whole.shape == (2, 12, encoder.width)
    torch.testing.assert_close(torch.cat(pieces, 1), whole, atol=1e-5, rtol=0)


def test_no_gradient_comes_from_later_frames() -> None:
    sound = steady_speech(10).requires_grad_()
    for frame in (0, 4):
        (gradient,) = torch.autograd.grad(features(sound)[0, frame].sum(), sound)
        end = samples_in(frame + 1)
        assert torch.count_nonzero(gradient[:, end:]) == 0
        assert torch.count_nonzero(gradient[:, end - SAMPLES_PER_FRAME : end]) > 0


def test_only_whole_frames_are_taken() -> None:
    with pytest.raises(VisavisError, match="whole frames of 640 samples; 1000 were given"):
        features(torch.zeros(1, 1000))


def test_past_frames_stand_before_the_present_one() -> None:
    plain, wide = MelEncoder(MelConfig()), MelEncoder(MelConfig(past_frames=2))
    sound = 0.1 * torch.randn(2, 12 * SAMPLES_PER_FRAME, generator=torch.Generator().manual_seed(0))
    alone, _ = plain.encode(sound, plain.init_state(2))
    stacked, state = wide.encode(sound[:, : 7 * SAMPLES_PER_FRAME], wide.init_state(2))
    later, _ = wide.encode(sound[:, 7 * SAMPLES_PER_FRAME :], state)
    joined = torch.cat([stacked, later], dim=1)
    assert joined.shape[-1] == wide.width == 3 * plain.width
    torch.testing.assert_close(joined[:, 2:], torch.cat([alone[:, :-2], alone[:, 1:-1], alone[:, 2:]], dim=-1))
    assert joined[:, 0, : 2 * plain.width].unique().numel() == 1


def test_memories_are_running_means_of_loudness_each_twice_as_long() -> None:
    config = MelConfig(memories=3)
    speech = steady_speech(4 * FPS)
    sound = torch.cat([speech, torch.zeros_like(speech)], dim=1)
    memories = features(sound, config)[0, :, -3:]
    assert memories.shape == (8 * FPS, 3)
    spoken, silent = memories[4 * FPS - 1], memories[-1]
    torch.testing.assert_close(spoken, torch.ones(3), atol=0.3, rtol=0)
    torch.testing.assert_close(silent[:2], torch.full((2,), -1.0), atol=0.01, rtol=0)
    halfway = memories[4 * FPS :] < (spoken + silent) / 2
    waits = halfway.int().argmax(0).tolist()
    assert waits[0] < waits[1] < waits[2] < FPS
    assert waits[2] / waits[0] == pytest.approx(4, rel=0.35)


def test_memories_go_on_across_chunks_and_keep_the_other_features() -> None:
    plain, config = MelEncoder(MelConfig()), MelConfig(memories=2)
    encoder = MelEncoder(config)
    sound = steady_speech(9)
    first, state = encoder.encode(sound[:, : 4 * SAMPLES_PER_FRAME], encoder.init_state(1))
    later, _ = encoder.encode(sound[:, 4 * SAMPLES_PER_FRAME :], state)
    assert first.shape[-1] == encoder.width == plain.width + 2
    torch.testing.assert_close(torch.cat([first, later], 1), features(sound, config))
    torch.testing.assert_close(first[..., : plain.width], features(sound)[:, :4])


def test_warped_filters_hear_a_voice_as_if_its_tract_were_shorter() -> None:
    """A tone at f is heard through filters warped by 1.1 as one at 1.1 f is through plain ones."""
    encoder = MelEncoder(MelConfig(attack=0.0, release=0.0, leak_db=0.0))
    time = torch.arange(samples_in(6)) / SAMPLE_RATE
    low, high = (0.005 * torch.sin(2 * math.pi * hertz * time)[None] for hertz in (1000, 1100))
    warped = warped_filters(encoder.filters, torch.tensor([1.1]))
    heard, _ = encoder.encode(low, encoder.init_state(1), warped)
    plain = features(high, encoder.config)
    assert heard[0, -1, :64].argmax() == plain[0, -1, :64].argmax()
    assert features(low, encoder.config)[0, -1, :64].argmax() != plain[0, -1, :64].argmax()
    torch.testing.assert_close(warped.sum(1), torch.ones(1, 64))
    torch.testing.assert_close(warped_filters(encoder.filters, torch.ones(1))[0], encoder.filters, atol=1e-6, rtol=0)


def test_each_conversation_has_its_own_filters() -> None:
    encoder = MelEncoder(CONFIG)
    sound = steady_speech(8).repeat(2, 1)
    factors = torch.tensor([0.9, 1.1])
    both, _ = encoder.encode(sound, encoder.init_state(2), warped_filters(encoder.filters, factors))
    for row in range(2):
        one, _ = encoder.encode(sound[:1], encoder.init_state(1), warped_filters(encoder.filters, factors[[row]]))
        torch.testing.assert_close(both[[row]], one)
    assert not torch.allclose(both[0], both[1])


def test_the_power_spectrum_as_a_product_is_that_of_the_fourier_transform() -> None:
    windows = torch.randn(2, 3, 512, generator=torch.Generator().manual_seed(0))
    exact = FourierPower()(windows.double())
    assert torch.allclose(ProductPower()(windows).double(), exact, rtol=1e-4, atol=1e-5 * float(exact.max()))
