from __future__ import annotations

import pytest

from visavis.core.clock import FPS, SAMPLE_RATE, SAMPLES_PER_FRAME, frames_in, frames_of, require_rate, samples_in
from visavis.core.errors import VisavisError


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


def test_frame_rates_are_those_that_faces_are_recorded_and_shown_at() -> None:
    for fps in (1, 25, 30000 / 1001, 1000):
        assert require_rate(fps) == fps
    for fps in (0, -25, 1e-9, 0.999, 1001, 1e308, float("inf"), float("nan"), 10**400):
        with pytest.raises(
            VisavisError, match=r"is none, possible are 1 to 1,000 fps; 25, 30 and 60 are usual"
        ) as told:
            require_rate(fps)
        assert len(str(told.value)) < 100
