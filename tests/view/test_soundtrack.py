from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

from visavis.core.clock import samples_in
from visavis.core.errors import VisavisError
from visavis.view.soundtrack import (
    fitted,
    levels,
    require_equal_length,
    require_voice,
    speaking,
    stereo,
    stereo_flac,
    whole_frames,
)

FRAMES = 30


def burst(at: int, seed: int) -> np.ndarray:
    """Silence with 0.2 s of noise that begins in frame `at`."""
    voice = np.zeros(samples_in(FRAMES), np.float32)
    noise = np.random.default_rng(seed).normal(0, 0.2, samples_in(5))
    voice[samples_in(at) : samples_in(at + 5)] = np.convolve(noise, np.ones(8) / 4, "same")
    return voice


def test_levels_run_from_silence_to_the_loudest() -> None:
    measured = levels(burst(4, 0))
    assert measured.shape == (FRAMES,)
    assert measured[5] > 0.8
    assert measured[20] == 0
    assert levels(np.zeros(samples_in(2), np.float32)).max() == 0


def test_background_noise_is_not_speech_and_short_breaks_are() -> None:
    noise = np.random.default_rng(2).normal(0, 0.01, samples_in(FRAMES)).astype(np.float32)
    voice = burst(4, 0) + burst(12, 1) + burst(24, 3)
    voice[samples_in(9) : samples_in(12)] = 0
    assert np.flatnonzero(speaking(levels(voice + noise))).tolist() == [*range(4, 17), *range(24, 29)]


def test_a_voice_is_heard_from_its_place_and_never_clips() -> None:
    tone = np.full(4, 0.5, np.float32)
    np.testing.assert_allclose(stereo([tone], [0.1])[:, 0], [0.45, 0.175])
    np.testing.assert_allclose(stereo([tone], [0.5])[:, 0], [0.35, 0.35])
    np.testing.assert_allclose(stereo([tone, 0 * tone], [0.75, 0.25])[:, 0], [0.175, 0.45])
    assert np.abs(stereo([tone] * 4, [0.2] * 4)).max() == pytest.approx(1.0)
    assert stereo([], []).shape == (2, 0)


def test_half_a_second_of_difference_is_let_pass() -> None:
    for samples in (8000, 24000):
        require_equal_length(np.zeros(samples), 1.0, "Ann")
    require_equal_length(np.zeros(0), 1.0, "Ann")
    with pytest.raises(VisavisError, match=r"the voice of Ann lasts 1.60 s, the motion 1.00 s; give both"):
        require_equal_length(np.zeros(25600), 1.0, "Ann")


def test_what_is_no_voice_is_refused() -> None:
    for voice, problem in ((np.full(640, np.nan), "NaN"), (np.ones((2, 9)), "shape")):
        with pytest.raises(VisavisError, match=problem):
            require_voice(voice)


def heard(content: bytes) -> np.ndarray:
    sound, rate = soundfile.read(io.BytesIO(content), dtype="float64")
    assert rate == 16000
    return np.asarray(sound)


def voice(seed: int, samples: int = 5000) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.4, 0.4, samples).astype(np.float32)


def test_each_voice_leans_to_its_side_and_every_sample_stays_in_its_place() -> None:
    left, right = voice(0), voice(1)
    sound = heard(stereo_flac([left, right], 5000))
    np.testing.assert_allclose(sound[:, 0], 0.90 * left + 0.35 * right, atol=1e-4)
    np.testing.assert_allclose(sound[:, 1], 0.35 * left + 0.90 * right, atol=1e-4)


def test_one_of_two_keeps_its_side_and_one_alone_is_in_the_middle() -> None:
    second = heard(stereo_flac([None, voice(0)], 5000))
    assert np.abs(second[:, 1]).max() > 2 * np.abs(second[:, 0]).max()
    alone = heard(stereo_flac([voice(0)], 6000))
    np.testing.assert_array_equal(alone[:, 0], alone[:, 1])
    assert len(alone) == 6000
    assert not alone[5000:].any()


def test_loud_voices_are_made_softer_not_cut_off() -> None:
    sound = heard(stereo_flac([2 * voice(0), 2 * voice(0)], 5000))
    assert np.abs(sound).max() > 0.99
    assert np.corrcoef(sound[:, 0], voice(0))[0, 1] > 0.99999


def test_voices_are_fitted() -> None:
    np.testing.assert_array_equal(fitted(np.ones(3), 2), [1, 1])
    np.testing.assert_array_equal(fitted(np.ones(1), 3), [1, 0, 0])
    assert len(whole_frames(np.ones(700), 641)) == 1280
    assert whole_frames(np.ones(700), 641).sum() == 641
