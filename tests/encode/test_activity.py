import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from visavis.core.clock import SAMPLE_RATE, samples_in
from visavis.encode.activity import SILENCE_DB, loudness, runs, speech_activity, take_turns

SHARED = Path(os.environ.get("VISAVIS_SHARED", Path(__file__).parents[2].parent / "shared"))
MIXED = SHARED / "data" / "mixed_audio"


def talk(spans: list[tuple[int, int]], frames: int = 500, noise_db: float = -300.0) -> np.ndarray:
    """A buzzing voice with syllables in the given spans [frames], over white noise."""
    time = np.arange(samples_in(frames)) / SAMPLE_RATE
    buzz = sum(np.sin(2 * np.pi * 130 * k * time) / k for k in range(1, 20))
    syllables = 0.55 + 0.45 * np.sin(2 * np.pi * 4 * time)
    voiced = np.zeros(len(time))
    for first, stop in spans:
        voiced[samples_in(first) : samples_in(stop)] = 1
    noise = np.random.default_rng(0).normal(size=len(time)) * 10 ** (noise_db / 20)
    return (0.05 * buzz * syllables * voiced + noise).astype(np.float32)


def agreement(active: np.ndarray, spans: list[tuple[int, int]]) -> float:
    truth = np.zeros(len(active), dtype=bool)
    for first, stop in spans:
        truth[first:stop] = True
    return float(np.mean(active == truth))


def test_two_microphones_take_turns_and_a_stereo_recording_does_not() -> None:
    first, second = talk([(50, 120), (300, 450)], noise_db=-60.0), talk([(130, 290)], noise_db=-60.0)
    assert take_turns(first, second)
    assert take_turns(first + 0.1 * second, second + 0.1 * first)
    assert not take_turns(first + 0.6 * second, second + 0.6 * first)
    assert not take_turns(first, first)
    assert not take_turns(first, 0 * first)
    assert not take_turns(0 * first, 0 * first)


@pytest.mark.parametrize("noise_db", [-300.0, -70.0, -50.0])
@pytest.mark.parametrize("gain", [1.0, 0.1])
def test_speech_is_found_in_silence_and_in_noise_at_any_gain(noise_db: float, gain: float) -> None:
    spans = [(50, 120), (150, 170), (300, 450)]
    assert agreement(speech_activity(gain * talk(spans, noise_db=noise_db)), spans) > 0.97


def test_there_is_no_speech_in_silence_noise_or_hum() -> None:
    time = np.arange(samples_in(500)) / SAMPLE_RATE
    hum = 0.05 * np.sin(2 * np.pi * 50 * time) * (np.sin(2 * np.pi * 0.2 * time) > 0) + talk([], noise_db=-70)
    assert not speech_activity(np.zeros(samples_in(500), dtype=np.float32)).any()
    assert not speech_activity(talk([], noise_db=-30)).any()
    assert speech_activity(hum.astype(np.float32)).mean() < 0.05


def test_short_pauses_are_bridged_and_clicks_are_dropped() -> None:
    sound = talk([(100, 200), (205, 300)])
    sound[samples_in(400) : samples_in(400) + 200] = 0.5
    assert runs(speech_activity(sound)) == [(pytest.approx(100, abs=1), pytest.approx(300, abs=1))]


def test_a_noise_floor_that_rises_is_followed_within_ten_seconds() -> None:
    spans = [(200, 300), (1100, 1200)]
    sound = talk(spans, 1500)
    rising = np.where(np.arange(len(sound)) < samples_in(750), 1e-4, 3e-3)
    sound += np.random.default_rng(1).normal(size=len(sound)).astype(np.float32) * rising.astype(np.float32)
    active = speech_activity(sound)
    active[750:1000] = False
    assert agreement(active, spans) > 0.97


def test_loudness_is_in_decibels_of_full_scale() -> None:
    tone = np.sin(2 * np.pi * 250 * np.arange(samples_in(10)) / SAMPLE_RATE)
    sound = np.concatenate([tone, 0.1 * tone, np.zeros(samples_in(10)), np.zeros(300)])
    level = loudness(sound)
    assert level.shape == (30,)
    assert level[:10] == pytest.approx(-3.01, abs=0.01)
    assert level[10:20] == pytest.approx(-23.01, abs=0.01)
    assert level[20:] == pytest.approx(SILENCE_DB)


def test_less_than_a_frame_is_nothing() -> None:
    assert speech_activity(np.zeros(639)).shape == (0,)
    assert loudness(np.zeros(0)).shape == (0,)


def test_runs_are_half_open() -> None:
    assert runs(np.array([True, True, False, True])) == [(0, 2), (3, 4)]
    assert runs(np.zeros(3, dtype=bool)) == []


@pytest.mark.skipif(not MIXED.is_dir(), reason="the annotated recordings are not at hand")
def test_a_real_recording_agrees_with_its_annotation() -> None:
    sound, _ = soundfile.read(MIXED / "sample.wav", dtype="float32")
    lines = [line.split() for line in (MIXED / "sample.rttm").read_text().splitlines()]
    spans = [(round(25 * float(line[3])), round(25 * (float(line[3]) + float(line[4])))) for line in lines]
    assert agreement(speech_activity(sound), spans) > 0.96
