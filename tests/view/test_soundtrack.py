from __future__ import annotations

import numpy as np
import pytest

from visavis.core.clock import samples_in
from visavis.core.errors import VisavisError
from visavis.view.soundtrack import cut_or_filled, levels, require_equal_length, require_voice, speaking, stereo

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


def test_a_voice_is_cut_or_filled_with_silence() -> None:
    np.testing.assert_array_equal(cut_or_filled(np.ones(700), 2), np.repeat([1, 0], [700, 580]))
    assert len(cut_or_filled(np.ones(7000), 2)) == samples_in(2)


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
