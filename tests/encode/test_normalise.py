from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from visavis.core.clock import samples_in
from visavis.core.errors import VisavisError
from visavis.encode.normalise import VoiceNormaliser, normalise_recording

FRAMES = 5
FIRST_SQUARE = 10**-2.6


def voice(turns: int, rows: int = 1, level: float = 0.05, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return level * torch.randn(rows, turns * samples_in(FRAMES), generator=generator) + 0.01


def running(sound: Tensor) -> Tensor:
    normaliser = VoiceNormaliser("running", FRAMES)
    return normaliser.turns(sound, normaliser.init_state(len(sound)))[0]


def test_recordings_are_normalised_as_the_hubs_feature_extractor_does() -> None:
    transformers = pytest.importorskip("transformers", reason="the hub's feature extractor is in transformers")
    extractor = transformers.Wav2Vec2FeatureExtractor(do_normalize=True)
    sound = voice(7)[0]
    expected = extractor(sound.numpy(), sampling_rate=16_000)["input_values"][0]
    np.testing.assert_allclose(normalise_recording(sound).numpy(), expected, atol=1e-5)


def test_normalised_recordings_have_zero_mean_and_unit_variance_row_by_row() -> None:
    both = torch.cat([voice(3), 10 * voice(3, seed=1)])
    normalised = normalise_recording(both)
    torch.testing.assert_close(normalised.mean(1), torch.zeros(2), atol=1e-5, rtol=0)
    torch.testing.assert_close(normalised.std(1), torch.ones(2), atol=1e-4, rtol=0)


def test_only_whole_recordings_are_prepared_and_only_live_sound_is_measured() -> None:
    sound = voice(2)
    published, live = VoiceNormaliser("recording", FRAMES), VoiceNormaliser("running", FRAMES)
    assert torch.equal(published.prepared(sound[0]), normalise_recording(sound[0]))
    assert torch.equal(live.prepared(sound[0]), sound[0])
    turns, _ = published.turns(sound, published.init_state(1))
    assert torch.equal(turns.flatten(1), sound)


def test_a_turn_is_measured_against_everything_heard_and_one_turn_of_nominal_level() -> None:
    sound = voice(2)
    first, second = sound.unflatten(1, (2, -1)).unbind(1)
    mean = (first.mean() + second.mean()) / 3
    square = (FIRST_SQUARE + first.square().mean() + second.square().mean()) / 3
    expected = (second - mean) / (square - mean.square()).sqrt()
    torch.testing.assert_close(running(sound)[:, 1], expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize("cuts", [[1], [2, 3, 5], [1, 2, 3, 4, 5, 6]])
def test_turns_heard_one_after_another_are_those_heard_at_once(cuts: list[int]) -> None:
    normaliser, sound = VoiceNormaliser("running", FRAMES), voice(7, rows=2)
    state, pieces = normaliser.init_state(2), []
    for start, stop in zip([0, *cuts], [*cuts, 7], strict=True):
        piece, state = normaliser.turns(sound[:, start * samples_in(FRAMES) : stop * samples_in(FRAMES)], state)
        pieces.append(piece)
    assert torch.equal(torch.cat(pieces, 1), running(sound))


def test_no_gradient_comes_from_later_turns() -> None:
    sound = voice(4).requires_grad_()
    (gradient,) = torch.autograd.grad(running(sound)[0, 1].sum(), sound)
    reached = gradient[0].unflatten(0, (4, -1)).abs().sum(1) > 0
    assert reached.tolist() == [True, True, False, False]


@pytest.mark.parametrize("gain", [0.1, 10.0])
def test_the_running_form_nears_the_published_one_at_any_gain(gain: float) -> None:
    sound = gain * voice(200)
    published = normalise_recording(sound).unflatten(1, (200, -1))
    off = (running(sound)[:, -1] - published[:, -1]).square().mean().sqrt().item()
    assert off < 0.01 + 0.5 / 200 * FIRST_SQUARE / (gain * 0.05) ** 2


def test_silence_is_finite_and_silent_voices_leave_no_others_loud() -> None:
    quiet = running(torch.zeros(1, 3 * samples_in(FRAMES)))
    assert torch.count_nonzero(quiet) == 0
    both = running(torch.cat([torch.zeros(1, 2 * samples_in(FRAMES)), voice(2)]))
    assert torch.equal(both[1:], running(voice(2)))


@pytest.mark.parametrize("samples", [0, 640, samples_in(FRAMES) + 1])
def test_only_whole_turns_are_taken(samples: int) -> None:
    normaliser = VoiceNormaliser("recording", FRAMES)
    with pytest.raises(VisavisError, match=f"whole turns of 3200 samples \\(5 frames\\); {samples} were given"):
        normaliser.turns(torch.zeros(1, samples), normaliser.init_state(1))


def test_a_turn_has_frames() -> None:
    with pytest.raises(VisavisError, match="frames_per_turn cannot be 0"):
        VoiceNormaliser("running", 0)


def test_the_first_level_is_the_nominal_level_of_speech() -> None:
    state = VoiceNormaliser("running", FRAMES).init_state(3)
    assert state.square.shape == (3,)
    assert 10 * math.log10(state.square[0].item()) == pytest.approx(-26)
