from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.data.simulate.staged import sides
from visavis.core.clock import FPS
from visavis.data.head_tracks import head_track
from visavis.data.simulate.conversation import Scene
from visavis.data.simulate.liveliness import (
    DWELL_S,
    RECORDED,
    STEP_DEG,
    HeadManner,
    beside_gestures,
    blend,
    continual_movement,
    wandering_gaze,
)
from visavis.data.simulate.liveliness_fit import angular_speed, band_shares, dwells, fit_gaze, measure

LONG = 6000


def moved(manner: HeadManner, seed: int = 0, frames: int = LONG) -> np.ndarray:
    return continual_movement(np.random.default_rng(seed), manner, np.full(frames, manner.speed))


@pytest.mark.parametrize("manner", RECORDED)
def test_heads_move_as_fast_as_the_recorded_ones(manner: HeadManner) -> None:
    found = measure(moved(manner))
    assert found.speed_p50 == pytest.approx(manner.speed, rel=0.15)
    assert 2.2 < found.speed_p50 / found.speed_p10 < 5.5
    assert 2.5 < found.speed_p90 / found.speed_p50 < 4.5
    assert 5 < found.speed_p99 / found.speed_p50 < 10
    assert found.kurtosis > 6, "rests and bursts, not Gaussian noise"


@pytest.mark.parametrize("manner", RECORDED)
def test_they_move_at_the_same_rates(manner: HeadManner) -> None:
    slow, middle, nodding, quick, quickest = band_shares(moved(manner))
    assert 0.35 < slow < 0.68
    assert 0.27 < middle < 0.56
    assert 0.04 < nodding < 0.2
    assert 0.004 < quick < 0.05
    assert 0.0005 < quickest < 0.02


def test_speed_follows_the_frames() -> None:
    speed = np.full(LONG, 20.0)
    speed[LONG // 2 :] = 5.0
    found = angular_speed(continual_movement(np.random.default_rng(1), RECORDED[2], speed))
    assert np.median(found[: LONG // 2]) / np.median(found[LONG // 2 :]) == pytest.approx(4, rel=0.2)


def test_axes_can_move_at_speeds_of_their_own() -> None:
    by_axis = np.full((LONG, 3), 20.0)
    still = by_axis * (1, 0, 1)
    moving = continual_movement(np.random.default_rng(1), RECORDED[2], by_axis)
    pitchless = continual_movement(np.random.default_rng(1), RECORDED[2], still)
    assert not pitchless[:, 1].any()
    np.testing.assert_allclose(pitchless[:, [0, 2]], moving[:, [0, 2]])


def test_no_sign_is_likelier_and_heads_come_back() -> None:
    people = np.stack([moved(RECORDED[i % len(RECORDED)], seed) for seed in range(40) for i in (seed,)])
    scaled = people / people.std(axis=1, keepdims=True)
    assert np.abs(scaled.mean(axis=(0, 1))).max() < 0.03
    assert np.abs((scaled**3).mean(axis=(0, 1))).max() < 0.3
    early, late = people[:, : LONG // 2].std(), people[:, LONG // 2 :].std()
    assert early == pytest.approx(late, rel=0.15), "no drifting away"


def test_the_same_generator_moves_the_same_way() -> None:
    np.testing.assert_array_equal(moved(RECORDED[0], 3, 200), moved(RECORDED[0], 3, 200))
    assert not np.array_equal(moved(RECORDED[0], 3, 200), moved(RECORDED[0], 4, 200))


def test_blending_one_person_is_that_person() -> None:
    alone = blend(np.eye(len(RECORDED))[2])
    for name in ("yaw", "pitch", "roll", "coupling", "rest", "contrast", "activity", "burst_hz", "speed"):
        np.testing.assert_allclose(getattr(alone, name), getattr(RECORDED[2], name), err_msg=name)
    between = blend(np.array([0.5, 0.5, 0, 0, 0]))
    assert between.speed == pytest.approx(np.sqrt(RECORDED[0].speed * RECORDED[1].speed))
    assert between.yaw[3] == pytest.approx((RECORDED[0].yaw[3] + RECORDED[1].yaw[3]) / 2)


def test_beyond_one_person_everything_can_still_be_drawn() -> None:
    count = len(RECORDED)
    for person in range(count):
        manner = blend(np.eye(count)[person] * 1.3 - 0.3 / count)
        assert min(manner.rest, manner.contrast, manner.burst_hz, manner.speed) > 0
        assert np.isfinite(moved(manner, frames=500)).all()


def test_coupled_axes_turn_together() -> None:
    def correlation(coupling: float) -> float:
        manner = replace(RECORDED[2], coupling=(0.0, coupling, 0.0))
        velocity = np.diff(moved(manner), axis=0)
        return float(np.corrcoef(velocity[:, 0], velocity[:, 2])[0, 1])

    assert correlation(-0.5) < -0.2
    assert abs(correlation(0.0)) < 0.12
    assert correlation(0.5) > 0.2


def test_beside_gestures_slow_movement_is_less_and_quick_movement_the_same() -> None:
    quieter = beside_gestures(RECORDED[2])
    assert band_shares(moved(quieter))[0] < band_shares(moved(RECORDED[2]))[0] - 0.02
    assert max(np.subtract(quieter.yaw[:2], RECORDED[2].yaw[:2])) < 0
    assert quieter.yaw[4:] == RECORDED[2].yaw[4:]


def test_gazes_dwell_as_long_and_step_as_far_as_recorded_ones(scenes: list[Scene]) -> None:
    """Eyes that wander on a head that moves, with glances."""
    tracks = [head_track(scene.name, motion) for scene, _, motion in sides(scenes)]
    found = fit_gaze([track.gaze for track in tracks if track.gaze is not None])
    np.testing.assert_allclose(found.dwell_s[1:6], DWELL_S[1:6], rtol=0.25)
    np.testing.assert_allclose(found.step_deg[1:5], STEP_DEG[1:5], rtol=0.3)


def test_patient_eyes_dwell_longer_around_the_same_place() -> None:
    usual = wandering_gaze(np.random.default_rng(0), 60_000, 1.0)
    assert usual.shape == (60_000, 2)
    assert np.abs(usual.mean(axis=0)).max() < np.deg2rad(0.1)
    patient = dwells(wandering_gaze(np.random.default_rng(0), 60_000, 1.5)).dwell_s
    assert np.median(patient) == pytest.approx(1.5 * np.median(dwells(usual).dwell_s), rel=0.1)
    assert len(wandering_gaze(np.random.default_rng(0), 1, 1.0)) == 1


def test_gaze_moves_in_jumps() -> None:
    moving = np.linalg.norm(np.diff(wandering_gaze(np.random.default_rng(0), 60 * FPS, 1.0), axis=0), axis=1) > 0
    assert 0.2 < moving.mean() < 0.6
