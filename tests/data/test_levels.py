from __future__ import annotations

import numpy as np
import pytest

from visavis.core.clock import SAMPLE_RATE
from visavis.data.levels import mixed_alike, speech_level


def speech(level: float, seconds: tuple[float, float]) -> np.ndarray:
    """Noise of a level between two times of ten seconds, silence elsewhere."""
    sound = np.zeros(10 * SAMPLE_RATE, np.float32)
    start, stop = (round(one * SAMPLE_RATE) for one in seconds)
    sound[start:stop] = np.random.default_rng(0).standard_normal(stop - start)
    return np.asarray(10 ** (level / 20) * sound, np.float32)


def test_the_level_is_that_of_the_speech_however_long_the_pauses() -> None:
    assert speech_level(speech(-20, (0, 10))) == pytest.approx(-20, abs=0.1)
    assert speech_level(speech(-20, (4, 5))) == pytest.approx(-20, abs=0.1)
    assert speech_level(np.zeros(SAMPLE_RATE, np.float32)) == -np.inf


def test_two_voices_are_mixed_as_loud_as_the_louder() -> None:
    quiet, loud = speech(-45, (0, 4)), speech(-20, (5, 9))
    for mix in (mixed_alike(quiet, loud), mixed_alike(loud, quiet)):
        assert mix.dtype == np.float32
        assert speech_level(mix[: 4 * SAMPLE_RATE]) == pytest.approx(-20, abs=0.2)
        np.testing.assert_array_equal(mix[5 * SAMPLE_RATE :], loud[5 * SAMPLE_RATE :])


def test_beside_silence_a_voice_stays_as_it_is() -> None:
    voice, nothing = speech(-30, (0, 5)), np.zeros(10 * SAMPLE_RATE, np.float32)
    np.testing.assert_array_equal(mixed_alike(voice, nothing), voice)
    np.testing.assert_array_equal(mixed_alike(nothing, voice), voice)
