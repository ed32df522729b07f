from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from visavis.core.clock import SAMPLE_RATE
from visavis.data.simulate.conversation import Scene
from visavis.data.simulate.recording import PlainRecording

VOICE = PlainRecording(-6.0, -50.0, 0.0, 1000.0, 0.0, -40.0)


def test_levels_and_rooms_differ(scenes: list[Scene]) -> None:
    peaks = [20 * np.log10(np.abs(talk.sound).max()) for scene in scenes for talk in scene.talks]
    assert max(peaks) <= -2.5
    assert min(peaks) >= -26
    assert max(peaks) - min(peaks) > 5


def tone(hertz: float) -> np.ndarray:
    return np.sin(2 * np.pi * hertz * np.arange(SAMPLE_RATE) / SAMPLE_RATE).astype(np.float32)


def test_the_peak_is_the_voices_however_loud_the_synthesiser_is() -> None:
    sound = np.random.default_rng(0).normal(0, 0.1, SAMPLE_RATE).astype(np.float32)
    loud = VOICE.alone(sound)
    assert 20 * np.log10(np.abs(loud).max()) == pytest.approx(-6, abs=1e-3)
    np.testing.assert_allclose(VOICE.alone(sound / 8), loud, atol=1e-6)
    assert not VOICE.alone(np.zeros(1000, dtype=np.float32)).any()


def test_colour_is_tilt_and_bump() -> None:
    def level(hertz: float, voice: PlainRecording) -> float:
        """Of a high or low tone against one of 1 kHz that sounds before it, through the same recording [dB]."""
        both = voice.alone(np.concatenate([tone(1000), tone(hertz)]))
        first, second = (part[2000:-2000].std() for part in (both[:SAMPLE_RATE], both[SAMPLE_RATE:]))
        return float(20 * np.log10(second / first))

    tilted = replace(VOICE, tilt_db=-1.5)
    assert level(4000, VOICE) == pytest.approx(0, abs=0.1)
    assert level(4000, tilted) == pytest.approx(-3, abs=0.3)
    assert level(500, tilted) == pytest.approx(1.5, abs=0.3)
    assert level(3000, replace(VOICE, bump_hz=3000.0, bump_db=4.0)) == pytest.approx(4 * (1 - 0.03), abs=0.3)


def test_the_room_and_the_partner_are_as_faint_as_the_voice_says() -> None:
    silence = np.zeros(2 * SAMPLE_RATE, dtype=np.float32)
    partner = np.tile(tone(440), 2)
    deaf = replace(VOICE, bleed_db=-np.inf)
    room = deaf.beside(np.random.default_rng(0), silence, partner)
    assert 20 * np.log10(room.std()) == pytest.approx(-50, abs=0.01)
    leaking = VOICE.beside(np.random.default_rng(0), silence, partner) - room
    np.testing.assert_allclose(leaking[80:], 0.01 * partner[:-80], atol=1e-6)
    assert not leaking[:80].any()
    assert np.abs(deaf.beside(np.random.default_rng(0), 3 * partner, silence)).max() <= np.float32(0.98)
