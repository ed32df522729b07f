from __future__ import annotations

import numpy as np
import pytest

from tests.wire.server.listeners import tone
from visavis.core.errors import VisavisError
from visavis.data.shipped import shipped_conversation
from visavis.encode.silero import init_hearing, silero_activity
from visavis.wire.server.hearing import Detector, Ear, LoudnessLive, SileroLive, best_detector

SILENCE = np.zeros(16_000, np.float32)


def has_silero() -> bool:
    try:
        init_hearing()
    except VisavisError:
        return False
    return True


def heard(detector: type[Detector], sound: np.ndarray, piece: int, place: int = 0) -> np.ndarray:
    ear = Ear(detector)
    for start in range(0, len(sound), piece):
        ear.hear(sound[start : start + piece], place + start, start == 0)
    return ear.active(place // 640, place // 640 + len(sound) // 640)


def test_loudness_tells_speech_from_silence_and_from_steady_noise() -> None:
    told = heard(LoudnessLive, np.concatenate([SILENCE, tone(1.0), SILENCE]), 320)
    assert not told[:24].any()
    assert told[26:49].all()
    assert not told[58:].any()
    noise = np.random.default_rng(0).normal(0, 0.02, 20 * 16_000).astype(np.float32)
    assert not heard(LoudnessLive, noise, 320)[25:].any()


@pytest.mark.skipif(not has_silero(), reason="needs silero-vad (extra states)")
def test_silero_hears_a_voice_as_it_hears_the_whole_recording_80_ms_late() -> None:
    voice = shipped_conversation().user_speech[: 8 * 16_000]
    told, whole = heard(SileroLive, voice, 320), silero_activity(voice)
    assert 0.2 < told.mean() < 0.95
    assert (told[2:] == whole[:-2]).mean() > 0.97
    assert best_detector() is SileroLive


def test_any_pieces_at_any_place_give_the_same() -> None:
    sound = np.concatenate([SILENCE, tone(1.0), SILENCE])
    whole = heard(LoudnessLive, sound, len(sound))
    for piece in (100, 320, 1000):
        np.testing.assert_array_equal(heard(LoudnessLive, sound, piece, 64_000), whole)


def test_after_a_gap_it_listens_anew_and_what_is_old_is_forgotten() -> None:
    ear = Ear(LoudnessLive)
    ear.hear(tone(1.0), 0, True)
    assert ear.speaking
    ear.hear(SILENCE, 64_000, True)
    assert not ear.speaking
    assert ear.frame == 125
    assert ear.active(0, 25)[5:].all()
    for second in range(5, 30):
        ear.hear(SILENCE, 16_000 * second, False)
    assert len(ear._told) <= 260
