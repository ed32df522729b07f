from __future__ import annotations

import pytest
import torch
from torch import Tensor

from tests.encode.test_mel import steady_speech
from visavis.core.clock import samples_in
from visavis.core.errors import VisavisError
from visavis.core.state import select_rows
from visavis.encode.mel import MelConfig, warped_filters
from visavis.encode.phonetic import Disturbance, OneFrame, PhoneticConfig, PhoneticEncoder

CONFIG = PhoneticConfig(width=16, dilations=(1, 2))


def encoder(config: PhoneticConfig = CONFIG) -> PhoneticEncoder:
    torch.manual_seed(0)
    return PhoneticEncoder(config)


def heard(made: PhoneticEncoder, sound: Tensor) -> Tensor:
    return made.encode(sound, made.init_state(len(sound)))[0]


def test_chunks_are_heard_as_the_whole() -> None:
    made = encoder()
    sound = torch.cat([steady_speech(30), 0.3 * steady_speech(30).flip(1)])
    state, parts = made.init_state(2), []
    for start, stop in ((0, 1), (1, 2), (2, 9), (9, 30)):
        part, state = made.encode(sound[:, samples_in(start) : samples_in(stop)], state)
        parts.append(part)
    torch.testing.assert_close(torch.cat(parts, dim=1), heard(made, sound), atol=1e-5, rtol=0)


def test_rows_keep_to_themselves() -> None:
    made = encoder()
    sound = torch.cat([steady_speech(20), 0.1 * steady_speech(20).flip(1)])
    _, state = made.encode(sound[:, : samples_in(10)], made.init_state(2))
    later, _ = made.encode(sound[[1], samples_in(10) :], select_rows(state, [1]))
    torch.testing.assert_close(later, heard(made, sound[[1]])[:, 10:], atol=1e-5, rtol=0)


def test_many_voices_are_heard_as_each_by_itself() -> None:
    made = encoder()
    sound = torch.randn(150, samples_in(10), generator=torch.Generator().manual_seed(2)) * 0.1
    hidden = torch.arange(150)[:, None] % 64 == torch.arange(64)
    disturbance = Disturbance(torch.linspace(0.9, 1.1, 150), hidden)
    with torch.no_grad():
        _, state = made.encode(sound, made.init_state(150))
        plain, after = made.encode(sound.flip(1), state)
        disturbed, _ = made.encode(sound.flip(1), state, disturbance)
    assert plain.shape == (150, 10, made.width)
    for row in (0, 70, 127, 128, 149):
        one = select_rows(state, [row])
        alone, later = made.encode(sound[[row]].flip(1), one)
        torch.testing.assert_close(plain[[row]], alone, atol=1e-5, rtol=0)
        torch.testing.assert_close(after.tails[[row]], later.tails, atol=1e-5, rtol=0)
        torch.testing.assert_close(after.mel.tail[[row]], later.mel.tail, atol=0, rtol=0)
        alone, _ = made.encode(sound[[row]].flip(1), one, select_rows(disturbance, [row]))
        torch.testing.assert_close(disturbed[[row]], alone, atol=1e-4, rtol=0)


def test_frame_by_frame_is_the_same_as_at_once() -> None:
    made = encoder(PhoneticConfig(width=16, dilations=(1, 3)))
    sound, state, parts = steady_speech(12).repeat(2, 1), made.init_state(2), []
    for frame in sound.split(samples_in(1), dim=1):
        part, state = made.encode(frame, state)
        parts.append(part)
    torch.testing.assert_close(torch.cat(parts, dim=1), heard(made, sound), atol=1e-5, rtol=0)
    assert state.tails.shape == (2, 8, 16)


def test_frames_one_by_one_are_one_product_for_all_that_was_heard_before() -> None:
    made, sound = encoder(), steady_speech(12).repeat(2, 1)
    wanted = made.encode(sound, made.init_state(2))[0]
    made.one_frame = OneFrame(made, torch.float32)
    state, parts = made.init_state(2), []
    for start, stop in [(0, 1), (1, 2), (2, 5), *((at, at + 1) for at in range(5, 12))]:
        features, state = made.encode(sound[:, samples_in(start) : samples_in(stop)], state)
        parts.append(features)
    torch.testing.assert_close(torch.cat(parts, dim=1), wanted, atol=1e-5, rtol=0)


def test_nothing_after_a_frames_end_reaches_it() -> None:
    made = encoder()
    sound = steady_speech(24).requires_grad_()
    heard(made, sound)[0, 11].sum().backward()
    assert sound.grad is not None
    frames = sound.grad[0].unflatten(0, (-1, samples_in(1))).abs().amax(1)
    assert frames[11] > 0
    assert frames[5] > 0, "the convolutions reach back 6 frames"
    assert (frames[12:] == 0).all()


def test_what_it_adds_follows_the_log_mel_features() -> None:
    made = encoder()
    sound = steady_speech(5)
    features = heard(made, sound)
    mel, _ = made.mel.encode(sound, made.mel.init_state(1))
    assert features.shape == (1, 5, made.width)
    assert torch.equal(features[..., : mel.shape[-1]], mel)
    assert made.width == mel.shape[-1] + CONFIG.width


def test_the_colour_of_a_microphone_fades_from_the_spectra() -> None:
    made = encoder(PhoneticConfig(width=16, dilations=(1,), colour_rate=0.1))
    sound = steady_speech(200)
    tilted = sound - 0.7 * torch.roll(sound, 1, dims=1)
    spectra, levels = [], []
    for one in (sound, tilted):
        mel, _ = made.mel.encode(one, made.mel.init_state(1))
        state = made.init_state(1)
        spectra.append(made.mean_normalised(mel, state.colour, state.weight)[0][:, -50:].mean((0, 1)))
        levels.append(mel[:, -50:, :64].mean((0, 1)))
    apart, before = ((two - one).std() for one, two in (spectra, levels))
    assert apart < 0.1 * before


def test_hidden_bands_are_at_rest_and_memories_stay() -> None:
    made = encoder()
    sound = steady_speech(10).repeat(2, 1)
    hidden = torch.zeros(2, 64, dtype=torch.bool)
    hidden[0, 5:9] = True
    disturbed, _ = made.encode(sound, made.init_state(2), Disturbance(torch.ones(2), hidden))
    plain = heard(made, sound)
    for hop in (0, 64):
        bands, before = (features[0, :, hop : hop + 64] for features in (disturbed, plain))
        assert (bands[:, 5:9] == 0).all()
        torch.testing.assert_close(bands[:, 9:], before[:, 9:], atol=1e-5, rtol=0)
    memories = slice(128, 133)
    assert torch.equal(disturbed[..., memories], plain[..., memories])
    assert not torch.allclose(disturbed[0, :, 133:], plain[0, :, 133:])
    torch.testing.assert_close(disturbed[1], plain[1], atol=1e-4, rtol=0)


def test_a_shorter_vocal_tract_sounds_higher() -> None:
    made = encoder()
    sound = steady_speech(10).repeat(2, 1)
    none = torch.zeros(2, 64, dtype=torch.bool)
    both, _ = made.encode(sound, made.init_state(2), Disturbance(torch.tensor([1.0, 1.1]), none))
    wanted, _ = made.mel.encode(
        sound, made.mel.init_state(2), warped_filters(made.mel.filters, torch.tensor([1.0, 1.1]))
    )
    assert torch.equal(both[..., :133], wanted)


def test_its_weights_stay_as_they_are() -> None:
    assert not any(weights.requires_grad for weights in encoder().parameters())


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: PhoneticConfig(dilations=()), "at least one dilation"),
        (lambda: PhoneticConfig(dilations=(1, 0)), "'dilations' cannot be 0; it is at least 1"),
        (lambda: PhoneticConfig(width=0), "'width' cannot be 0; it is at least 1"),
        (lambda: PhoneticConfig(mel=MelConfig(past_frames=1)), "past_frames must be 0"),
        (lambda: PhoneticConfig(colour_rate=0.0), "'colour_rate' cannot be 0"),
    ],
)
def test_configs_that_make_no_sense_are_refused(make: object, said: str) -> None:
    assert callable(make)
    with pytest.raises(VisavisError, match=said):
        make()
