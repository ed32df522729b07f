from __future__ import annotations

from visavis.core.clock import FPS, SAMPLE_RATE, SAMPLES_PER_FRAME, frames_in, frames_of, samples_in


def test_a_second_of_sound_is_a_second_of_frames() -> None:
    assert frames_in(SAMPLE_RATE) == FPS
    assert samples_in(FPS) == SAMPLE_RATE
    assert FPS * SAMPLES_PER_FRAME == SAMPLE_RATE


def test_a_frame_begun_is_not_a_frame() -> None:
    assert frames_in(SAMPLES_PER_FRAME - 1) == 0
    assert frames_in(SAMPLES_PER_FRAME) == 1
    assert frames_in(2 * SAMPLES_PER_FRAME - 1) == 1


def test_durations_round_to_the_nearest_frame() -> None:
    assert frames_of(0.4) == 10
    assert frames_of(0.059) == 1
    assert frames_of(0.061) == 2
