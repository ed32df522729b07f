from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from visavis.core.clock import FPS
from visavis.data.head_tracks import read_head_tracks
from visavis.data.simulate.liveliness import (
    BLINK_INTERVAL_S,
    BLINK_S,
    DOUBLE_SHARE,
    DWELL_S,
    LISTENING_SHARE,
    RECORDED,
    STEP_DEG,
    continual_movement,
)
from visavis.data.simulate.liveliness_fit import (
    angular_speed,
    band_shares,
    dwells,
    fit_blinks,
    fit_gaze,
    fit_head,
    listening_ratio,
    main,
    measure,
)

AT = np.arange(50 * FPS) / FPS


def test_speed_of_a_head_that_turns_evenly() -> None:
    head = np.zeros((100, 3))
    head[:, 0] = np.deg2rad(np.arange(100) * 0.4)
    np.testing.assert_allclose(angular_speed(head), 10.0, atol=1e-6)
    assert measure(head + 1e-3 * np.random.default_rng(0).normal(size=head.shape)).speed_p50 > 10


@pytest.mark.parametrize(("hertz", "band"), [(0.15, 0), (0.6, 1), (1.5, 2), (4.0, 3), (8.0, 4)])
def test_a_swing_lies_in_its_band(hertz: float, band: int) -> None:
    head = np.stack([0.1 * np.sin(2 * np.pi * hertz * AT), 0 * AT, 0 * AT], axis=1)
    shares = band_shares(head)
    assert sum(shares) == pytest.approx(1)
    assert shares[band] > 0.85


def test_short_recordings_have_shares_too() -> None:
    assert sum(band_shares(np.random.default_rng(0).normal(size=(60, 3)))) == pytest.approx(1)


def test_dwells_of_a_gaze_that_jumps() -> None:
    yaw = np.repeat(np.deg2rad([0.0, 10.0, 0.0, 5.0]), [10, 20, 2, 8])
    found = dwells(np.stack([yaw, 0 * yaw], axis=1))
    np.testing.assert_allclose(found.dwell_s, [10 / FPS, 20 / FPS, 8 / FPS])
    np.testing.assert_allclose(found.step_deg, [10, 5])


def test_blinks_of_known_length() -> None:
    lids = np.zeros(500)
    for onset in (100, 112, 300):
        lids[onset : onset + 3] = (0.75, 0.75, 0.75)
    found = fit_blinks([lids])
    assert found.length_s[2] == pytest.approx(3 / FPS, abs=1 / FPS)
    assert found.doubles == pytest.approx(1 / 2)


def test_listening_over_speaking() -> None:
    speed = np.where(np.arange(3000) < 1500, 20.0, 10.0)
    head = continual_movement(np.random.default_rng(0), RECORDED[2], speed)
    assert listening_ratio(head, speed > 15) == pytest.approx(0.5, rel=0.2)


def test_fitting_finds_the_manner_that_moved() -> None:
    """From 4 minutes of somebody who moves like a recorded person to a manner that moves like that."""
    head = continual_movement(np.random.default_rng(8), RECORDED[4], np.full(6000, 20.0))
    manner = fit_head(head, tries=8)
    assert manner.speed == pytest.approx(float(np.median(angular_speed(head))), rel=0.02)
    again = measure(continual_movement(np.random.default_rng(9), manner, np.full(6000, manner.speed)))
    wanted = measure(head)
    assert again.speed_p50 == pytest.approx(wanted.speed_p50, rel=0.15)
    assert again.speed_p90 / again.speed_p50 == pytest.approx(wanted.speed_p90 / wanted.speed_p50, rel=0.15)
    np.testing.assert_allclose(again.shares[:3], wanted.shares[:3], atol=0.08)


def test_the_fitted_numbers_come_from_the_recordings(shared: Path) -> None:
    """The short recording's manner; a search among random steps ends a little elsewhere on another machine."""
    data = shared / "data"
    clip = next(track for track in read_head_tracks([data / "dualtalk_clip"]))
    assert clip.head is not None
    assert clip.speaking is not None
    found = fit_head(clip.head)
    for name in ("yaw", "pitch", "roll", "coupling", "rest", "contrast", "activity", "burst_hz", "speed"):
        np.testing.assert_allclose(getattr(found, name), getattr(RECORDED[1], name), rtol=0.1, atol=1.0, err_msg=name)
    assert listening_ratio(clip.head, clip.speaking) == LISTENING_SHARE


def test_eyes_and_lids_come_from_the_recordings(shared: Path) -> None:
    tracks = read_head_tracks([shared / "data" / "colocated", shared / "data" / "livelink"])
    assert [track.name for track in tracks] == ["person1", "person2", "person3", "alex_rom_3"]
    blinks = fit_blinks([track.lids for track in tracks if track.lids is not None])
    assert (blinks.length_s, blinks.interval_s, blinks.doubles) == (BLINK_S, BLINK_INTERVAL_S, DOUBLE_SHARE)
    gaze = fit_gaze([track.gaze for track in tracks if track.gaze is not None])
    np.testing.assert_allclose(gaze.dwell_s, DWELL_S, rtol=0.25)
    np.testing.assert_allclose(gaze.step_deg, STEP_DEG, rtol=0.25)


def test_the_command_prints_what_the_code_holds(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([str(shared / "data" / "livelink")])
    printed = capsys.readouterr().out
    assert f"length_s={BLINK_S}" in printed
    assert "GAZE = EyeMeasures(" in printed
