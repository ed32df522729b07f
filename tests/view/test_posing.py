from __future__ import annotations

import numpy as np
import pytest

from tests.view.small_heads import NAMES, lively, only, small_head
from visavis.core.builtin_spaces import FLAME56, JAW_FULLY_OPEN
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.retarget import arkit_angles, arkit_turns
from visavis.view.mesh import Joint, Mesh
from visavis.view.posing import posing
from visavis.view.rigs.rig import matrices


def test_weights_reach_the_shapes_of_their_name_unclipped() -> None:
    motion = only(JawOpen=0.4, MouthSmileRight=1.3, CheekPuff=1)
    np.testing.assert_allclose(posing(motion).for_mesh(small_head()), [[0.4, 0, 1.3, 0]])
    assert NAMES[3] == "Wrinkle"


@pytest.mark.parametrize(
    ("channel", "axis", "to"),
    [("HeadYaw", [0, 0, 1], [-1, 0, 0]), ("HeadPitch", [0, 0, 1], [0, -1, 0]), ("HeadRoll", [1, 0, 0], [0, -1, 0])],
)
def test_turns_follow_the_conventions_of_the_page(channel: str, axis: list[float], to: list[float]) -> None:
    """Yaw turns to the own right (-x), pitch looks down, roll lowers the own left (+x) side."""
    turn = matrices(posing(only(**{channel: np.pi / 2 - 0.6})).turns["Head"][0])
    moved = turn @ axis
    assert moved @ to == pytest.approx(np.sin(np.pi / 2 - 0.6), abs=1e-6)


def test_angles_come_back() -> None:
    motion = lively()
    np.testing.assert_allclose(arkit_angles(arkit_turns(motion["pose"])), motion["pose"], atol=1e-6)


def test_look_weights_turn_the_eyes_when_their_angles_are_unknown() -> None:
    turns = posing(only(EyeLookInLeft=0.5, EyeLookOutRight=0.5)).turns
    for eye in ("LeftEye", "RightEye"):
        assert (matrices(turns[eye][0]) @ [0, 0, 1])[0] == pytest.approx(-np.sin(0.3), abs=1e-6)


def test_a_jaw_joint_turns_only_where_no_shape_opens_the_mouth() -> None:
    jaw = Mesh(np.zeros((3, 3)), np.array([[0, 1, 2]]), joints=(Joint("Jaw", (0, 0, 0)),))
    turns = posing(only(JawOpen=0.5)).turns_of(jaw)
    assert (matrices(turns["Jaw"][0]) @ [0, 0, 1])[1] == pytest.approx(-np.sin(JAW_FULLY_OPEN / 2), abs=1e-6)
    shaped = Mesh(jaw.vertices, jaw.faces, ("JawOpen",), joints=jaw.joints)
    assert "Jaw" not in posing(only(JawOpen=0.5)).turns_of(shaped)


def test_flame_moves_jaw_and_head_and_unknown_spaces_are_refused() -> None:
    motion = Motion(np.zeros((2, FLAME56.width)), FLAME56)
    motion.values[:, FLAME56.indices("jaw")[0]] = JAW_FULLY_OPEN
    np.testing.assert_allclose(posing(motion).for_mesh(small_head())[:, 0], 1)
    with pytest.raises(VisavisError, match="no frames"):
        posing(motion.cut(0, 0))
