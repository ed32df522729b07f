from __future__ import annotations

import numpy as np

from visavis.data.levels import speech_level
from visavis.training.scene_sound import mixed

LENGTH = 16_000


def voice(seed: int, level: float) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (level * rng.standard_normal(LENGTH) * (np.arange(LENGTH) < LENGTH // 2)).astype(np.float32)


def test_recordings_are_within_full_scale_and_the_same_for_the_same_draw() -> None:
    for seed in range(8):
        windows = [[voice(1, 0.001), voice(2, 0.5)], [voice(3, 0.001), voice(4, 0.5)]]
        one, other = mixed(windows, np.random.default_rng(seed)), mixed(windows, np.random.default_rng(seed))
        assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
        assert all(sound.shape == (LENGTH,) and sound.dtype == np.float32 for sound in one)
        assert max(float(np.abs(sound).max()) for sound in one) <= 1


def test_both_people_are_about_as_loud_however_they_were_recorded() -> None:
    differences = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        first, second = mixed([[voice(1, 0.001), 0 * voice(2, 0.5)], [0 * voice(1, 0.001), voice(2, 0.5)]], rng)
        differences.append(speech_level(first) - speech_level(second))
    assert abs(np.mean(differences)) < 3
    assert 3 < np.std(differences) < 11


def test_silence_stays_within_noise() -> None:
    nothing = np.zeros(LENGTH, np.float32)
    (sound,) = mixed([[nothing, nothing]], np.random.default_rng(0))
    assert float(np.abs(sound).max()) < 0.6
