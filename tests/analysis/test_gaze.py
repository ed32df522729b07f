import numpy as np
import pytest

from visavis.analysis.gaze import (
    angle_to_partner_deg,
    dwell_times_s,
    gaze_directions,
    has_gaze,
    head_turn,
    looked_at,
    looks_at,
    looks_at_partner,
    mutual_gaze_share,
    partner_directions,
)
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.rotations import multiply, to_quaternion
from visavis.core.spaces import space_from_groups, space_named

ARKIT, FLAME, COLOCATED = space_named("arkit61"), space_named("flame56"), space_named("colocated78")
ROOM = space_named("colocated_arkit")


def looking(head_yaw: float = 0.0, eye_yaw: float = 0.0, frames: int = 4) -> Motion:
    values = np.zeros((frames, ARKIT.width))
    values[:, ARKIT.indices("HeadYaw")] = head_yaw
    values[:, ARKIT.indices("LeftEyeYaw")] = values[:, ARKIT.indices("RightEyeYaw")] = eye_yaw
    return Motion(values, ARKIT)


def test_head_and_eyes_add_up() -> None:
    assert gaze_directions(looking()) == pytest.approx(np.tile([0, 0, 1], (4, 1)))
    assert gaze_directions(looking(0.3, 0.2))[0] == pytest.approx([np.sin(0.5), 0, np.cos(0.5)], abs=1e-6)
    assert gaze_directions(looking(0.3, -0.3))[0] == pytest.approx([0, 0, 1], abs=1e-6)


def test_eyes_that_converge_look_between_them() -> None:
    values = looking().values.copy()
    values[:, ARKIT.indices("LeftEyeYaw")], values[:, ARKIT.indices("RightEyeYaw")] = 0.1, -0.1
    assert gaze_directions(Motion(values, ARKIT))[0] == pytest.approx([0, 0, 1], abs=1e-6)


def test_neck_head_and_eyes_add_up_in_the_colocated_space() -> None:
    values = np.zeros((2, COLOCATED.width))
    for rotation in COLOCATED.rotations:
        values[:, rotation.channels[1]] = 0.1
    assert gaze_directions(Motion(values, COLOCATED))[0] == pytest.approx([np.sin(0.3), 0, np.cos(0.3)], abs=1e-6)


def test_who_looks_past_the_other_does_not_look_at_them() -> None:
    directions = gaze_directions(Motion(np.concatenate([looking(0.1).values, looking(0.2).values]), ARKIT))
    assert looks_at(directions).tolist() == [True] * 4 + [False] * 4
    assert not looks_at(directions, np.array([1.0, 0.0, 0.0])).any()


def test_head_and_neck_turn_the_eyes_one_after_the_other() -> None:
    values = np.zeros((3, COLOCATED.width))
    values[:, COLOCATED.indices("neck")[1]], values[:, COLOCATED.indices("pose")[0]] = 0.3, 0.2
    expected = multiply(*(to_quaternion(np.array(turn), "axis-angle") for turn in ((0, 0.3, 0), (0.2, 0, 0))))
    assert head_turn(values, COLOCATED) == pytest.approx(np.tile(expected, (3, 1)))
    bodiless = space_from_groups("bodiless", {"exp": (4, "weight")})
    assert head_turn(np.zeros((3, 4)), bodiless) == pytest.approx(np.array([1, 0, 0, 0]))


def test_a_space_without_eyes_has_no_gaze() -> None:
    assert has_gaze(ARKIT)
    assert has_gaze(COLOCATED)
    assert not has_gaze(FLAME)
    with pytest.raises(VisavisError, match="no eyes"):
        gaze_directions(Motion(np.zeros((2, FLAME.width)), FLAME))


def standing_at(x: float, z: float, heading: float, pitch: float = 0.0, height: float = 1.2) -> Motion:
    """Somebody whose neck, head and eyes together look in one direction: pitch is positive down."""
    values = np.zeros((4, ROOM.width))
    values[:, ROOM.indices("translation")] = (x, height, z)
    values[:, ROOM.indices("neck")[1]] = 0.5 * heading
    values[:, ROOM.indices("pose")[1]] = 0.5 * heading
    values[:, ROOM.indices("gaze")[[0, 3]]] = pitch
    return Motion(values, ROOM)


def test_the_angle_to_the_partner_is_that_between_gaze_and_the_line_of_the_eyes() -> None:
    """Three people at the corners of a square of 1 m: the partner ahead, one at a right angle, one across."""
    ahead, beside, across = standing_at(0, 1, 0), standing_at(1, 0, 0), standing_at(1, 1, 0)
    watcher = standing_at(0, 0, np.radians(40))
    for other, expected in ((ahead, 40), (beside, 50), (across, 5)):
        assert angle_to_partner_deg(watcher, other) == pytest.approx(np.full(4, expected), abs=1e-4)
    np.testing.assert_allclose(partner_directions(watcher, across)[0], [np.sqrt(0.5), 0, np.sqrt(0.5)], atol=1e-7)


def test_heights_count() -> None:
    seated, standing = standing_at(0, 0, 0, height=1.2), standing_at(0, 1, np.pi, height=1.7)
    assert angle_to_partner_deg(seated, standing) == pytest.approx(np.full(4, np.degrees(np.arctan(0.5))), abs=1e-4)
    lowered = standing_at(0, 1, np.pi, pitch=np.arctan(0.5), height=1.7)
    assert angle_to_partner_deg(lowered, seated) == pytest.approx(np.zeros(4), abs=1e-4)


def test_mutual_gaze_in_a_room_takes_two() -> None:
    first, away = standing_at(0, 0, 0), standing_at(0, 1, np.pi - 0.4)
    back = standing_at(0, 1, np.pi - 0.1)
    assert looks_at_partner(first, back).all()
    assert mutual_gaze_share(first, back) == 1
    assert mutual_gaze_share(first, away) == mutual_gaze_share(away, first) == 0
    sometimes = Motion(np.concatenate([back.values[:1], away.values[:3]]), ROOM)
    assert mutual_gaze_share(first, sometimes) == 0.25


def test_who_is_looked_at_is_the_nearest_to_the_gaze() -> None:
    left, right = standing_at(0.1, 1, 0), standing_at(-0.1, 1, 0)
    turning = [standing_at(0, 0, heading).values[:1] for heading in (0.04, -0.04, 0.6)]
    watcher = Motion(np.concatenate(turning), ROOM)
    assert looked_at(watcher, [left, right]).tolist() == [0, 1, -1]
    assert looked_at(watcher, [right]).tolist() == [0, 0, -1]
    with pytest.raises(VisavisError, match="nobody is there to be looked at"):
        looked_at(watcher, [])


def test_dwells_are_counted_from_beginning_to_end() -> None:
    looks = np.repeat([True, False, True, False, True, False, True], [9, 2, 5, 1, 10, 1, 3])
    assert dwell_times_s(looks).tolist() == [0.2, 0.4]
    assert dwell_times_s(looks, fps=50).tolist() == [0.1, 0.2]
    assert dwell_times_s(np.ones(5, dtype=bool)).size == 0


def test_people_without_a_place_do_not_look_at_anybody() -> None:
    with pytest.raises(VisavisError, match="arkit61 does not say where the person is"):
        angle_to_partner_deg(looking(), standing_at(0, 1, 0))
