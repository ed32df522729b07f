import numpy as np
import pytest

from tests.validate.rooms import person
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.spaces import space_named
from visavis.validate.metrics.gaze import gaze_error_deg, gaze_in_room, mutual_gaze

ARKIT = space_named("arkit61")


def looking(head_yaw: float = 0.0, eye_yaw: float = 0.0, frames: int = 4) -> Motion:
    values = np.zeros((frames, ARKIT.width))
    values[:, ARKIT.indices("HeadYaw")] = head_yaw
    values[:, ARKIT.indices("LeftEyeYaw")] = values[:, ARKIT.indices("RightEyeYaw")] = eye_yaw
    return Motion(values, ARKIT)


def test_the_error_is_an_angle() -> None:
    assert gaze_error_deg(looking(0.3), looking(0.1, 0.1)) == pytest.approx(np.degrees(0.1), abs=1e-4)
    assert gaze_error_deg(looking(0.3), looking(0.3)) == pytest.approx(0, abs=1e-5)


def test_mutual_gaze_takes_two() -> None:
    away = looking(0.5)
    sometimes = Motion(np.concatenate([looking().values, away.values]), ARKIT)
    assert mutual_gaze(sometimes, looking(frames=8)) == 0.5
    assert mutual_gaze(looking(), away) == 0
    beside = np.array([np.sin(0.5), 0, np.cos(0.5)])
    assert mutual_gaze(looking(), away, to_first=beside) == 1


FRAMES = 100


def past(*pieces: tuple[int, float]) -> np.ndarray:
    return np.concatenate([np.full(frames, degrees) for frames, degrees in pieces])


def test_gaze_in_a_room_is_told_in_closed_form() -> None:
    made = person(FRAMES, past_deg=past((10, 30), (40, 4), (30, 25), (20, 0)))
    partner = person(FRAMES, second=True, past_deg=past((30, 3), (70, 40)))
    true = person(FRAMES, past_deg=past((60, 1), (40, 20)))
    speaking = np.arange(FRAMES) < 50
    found = gaze_in_room(made, partner, true, person(FRAMES, second=True), speaking)
    assert found.mutual == pytest.approx(20 / 100)
    assert found.at_partner_deg == pytest.approx((10 * 30 + 40 * 4 + 10 * 25) / 60, abs=0.01)
    assert found.speaking == pytest.approx(40 / 50)
    assert found.listening == pytest.approx(20 / 50)
    assert found.agreement == pytest.approx((40 + 20) / 100)
    assert found.dwell_s == pytest.approx(40 / 25)


def test_the_partner_is_looked_at_where_the_partner_was_made() -> None:
    true, made_partner = person(FRAMES), person(FRAMES, second=True)
    moved = made_partner.values.copy()
    moved[:, made_partner.space.indices("translation")] += [2.0, 0, 0]
    elsewhere = Motion(moved, made_partner.space)
    never = gaze_in_room(true, elsewhere, true, made_partner, np.ones(FRAMES, bool))
    assert never.mutual == never.speaking == 0
    assert never.at_partner_deg == pytest.approx(np.degrees(np.arctan2(2.0, 1.2)), abs=0.01)
    assert np.isnan(never.listening)
    assert np.isnan(never.dwell_s)
    turned_away = person(FRAMES, past_deg=90.0)
    assert np.isnan(gaze_in_room(true, made_partner, turned_away, made_partner, np.ones(FRAMES, bool)).at_partner_deg)


def test_without_places_there_is_no_room() -> None:
    with pytest.raises(VisavisError, match="does not say where the person is"):
        gaze_in_room(looking(), looking(), looking(), looking(), np.ones(4, bool))
