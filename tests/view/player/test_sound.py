from __future__ import annotations

import io

import numpy as np
import soundfile

from visavis.view.player.sound import fitted, stereo_flac, whole_frames


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
