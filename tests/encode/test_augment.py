from __future__ import annotations

import torch

from visavis.encode.augment import AugmentConfig, augment, augmented, disturb
from visavis.encode.mel import MelConfig, MelEncoder
from visavis.encode.phonetic import PhoneticConfig, PhoneticEncoder

QUIET = AugmentConfig(gain_db=0.0, tilt=0.0, chance=0.0)


def voices(rows: int = 64, samples: int = 4000) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(5)
    return 0.1 * torch.randn(rows, samples, generator=generator), 0.1 * torch.randn(rows, samples, generator=generator)


def varied(user: torch.Tensor, agent: torch.Tensor, config: AugmentConfig) -> tuple[torch.Tensor, torch.Tensor]:
    return augment(user, agent, config, torch.Generator().manual_seed(6))


def test_with_nothing_to_vary_nothing_changes() -> None:
    user, agent = voices()
    one, two = varied(user, agent, QUIET)
    assert torch.allclose(one, user)
    assert torch.allclose(two, agent)


def test_the_generator_decides_everything() -> None:
    user, agent = voices()
    first, again = varied(user, agent, AugmentConfig()), varied(user, agent, AugmentConfig())
    assert torch.equal(first[0], again[0])
    assert torch.equal(first[1], again[1])
    other = augment(user, agent, AugmentConfig(), torch.Generator().manual_seed(7))
    assert not torch.equal(first[0], other[0])


def test_gain_differs_by_row_and_stays_in_bounds() -> None:
    user, agent = voices()
    louder, _ = varied(user, agent, AugmentConfig(gain_db=12.0, tilt=0.0, chance=0.0))
    gain_db = 20 * torch.log10(louder.norm(dim=1) / user.norm(dim=1))
    assert gain_db.abs().max() <= 12.001
    assert gain_db.min() < -6
    assert gain_db.max() > 6


def test_bleed_brings_the_other_voice_alone() -> None:
    user, agent = voices()
    config = AugmentConfig(0.0, 0.0, noise_db=(-200.0, -200.0), bleed_db=(-20.0, -20.0), chance=1.0)
    one, two = varied(torch.zeros_like(user), agent, config)
    assert torch.allclose(one, 0.1 * agent, atol=1e-6)
    assert torch.allclose(two, agent, atol=1e-6)


def test_noise_is_as_loud_as_asked_and_there_as_often() -> None:
    silence = torch.zeros(400, 2000)
    one, _ = varied(silence, silence, AugmentConfig(noise_db=(-40.0, -40.0), chance=0.7))
    loudness = one.square().mean(dim=1).sqrt()
    there = loudness > 0
    assert 0.6 < float(there.float().mean()) < 0.8
    assert torch.allclose(20 * torch.log10(loudness[there]), torch.tensor(-40.0), atol=3.7), "tilt changes it a little"


def test_vocal_tracts_and_missing_bands_are_drawn_within_their_limits() -> None:
    config = AugmentConfig(warp=0.1, masks=3, mask_bands=6)
    drawn = disturb(500, 40, config, torch.Generator().manual_seed(0))
    assert 0.9 < float(drawn.factors.min()) < 0.92
    assert 1.09 < float(drawn.factors.max()) <= 1.106
    count = drawn.hidden.sum(1)
    assert 0 <= int(count.min()) < int(count.max()) <= 18
    assert 7 < float(count.float().mean()) < 9
    assert (drawn.hidden.float().mean(0) > 0.03).all(), "every band is hidden now and then"
    again = disturb(500, 40, config, torch.Generator().manual_seed(0))
    assert torch.equal(again.hidden, drawn.hidden)
    assert torch.equal(again.factors, drawn.factors)


def test_nothing_is_disturbed_by_default() -> None:
    drawn = disturb(9, 40, AugmentConfig(), torch.Generator().manual_seed(0))
    assert torch.equal(drawn.factors, torch.ones(9))
    assert not drawn.hidden.any()


def test_spectra_are_disturbed_for_an_encoder_that_can_take_it() -> None:
    user, agent = torch.randn(2, 3, 640 * 4, generator=torch.Generator().manual_seed(0)).unbind()
    config = AugmentConfig(warp=0.2)
    plain, phonetic = (
        augmented(encoder, user, agent, config, torch.Generator().manual_seed(1))
        for encoder in (MelEncoder(MelConfig()), PhoneticEncoder(PhoneticConfig(width=8, dilations=(1,))))
    )
    assert plain.disturbance is None
    assert phonetic.disturbance is not None
    assert phonetic.disturbance.factors.shape == (6,), "the users' voices, then the agents'"
    expected = augment(user, agent, config, torch.Generator().manual_seed(1))
    for made in (plain, phonetic):
        assert torch.equal(made.user, expected[0])
        assert torch.equal(made.agent, expected[1])
