from __future__ import annotations

import numpy as np
import pytest

from visavis.core.builtin_spaces import ARKIT61, COLOCATED78, FLAME56, JAW_FULLY_OPEN
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.retarget import is_showable, to_arkit
from visavis.core.spaces import MotionSpace, space_from_groups


def motion_in(space: MotionSpace, values: dict[str, list[float]]) -> Motion:
    motion = Motion(np.zeros((1, space.width)), space)
    for name, given in values.items():
        motion.values[0, space.indices(name)] = given
    return motion


def test_flame_shows_jaw_and_head() -> None:
    """In FLAME x points to the own left: turning about y > 0 looks to the own left, which is a negative HeadYaw."""
    shown = to_arkit(motion_in(FLAME56, {"jaw": [JAW_FULLY_OPEN / 2, 0, 0], "pose": [0, 0.3, 0]}))
    assert shown["JawOpen"][0, 0] == pytest.approx(0.5)
    np.testing.assert_allclose(shown["pose"][0], [-0.3, 0, 0], atol=1e-6)
    assert to_arkit(motion_in(FLAME56, {"pose": [0.2, 0, 0]}))["HeadPitch"][0, 0] == pytest.approx(0.2)
    assert to_arkit(motion_in(FLAME56, {"exp": [1.0] * 50})).values.any() == np.False_


def test_colocated_adds_neck_to_head_and_shows_the_eyes() -> None:
    values = {"neck": [0.1, 0, 0], "pose": [0.2, 0, 0], "gaze": [0, 0.25, 0, 0, 0.25, 0], "translation": [1, 1, 1]}
    shown = to_arkit(motion_in(COLOCATED78, values))
    assert shown["HeadPitch"][0, 0] == pytest.approx(0.3, abs=1e-6)
    np.testing.assert_allclose(shown["gaze"][0], (-0.25, 0, 0, -0.25, 0, 0), atol=1e-6)


def test_a_new_space_is_shown_by_what_its_channels_are_called_and_its_groups_turn() -> None:
    """Named weights are taken as they are, whatever stands beside them; nothing has to be told of the space."""
    turning = {"jaw": (3, "rad"), "pose": (3, "rad"), "translation": (3, "m")}
    bare = space_from_groups("new", turning, rotating=("jaw", "pose"))
    channels = ("MouthFunnel", "extra", "TongueOut", *bare.channels)
    groups = {"exp": (0, 1, 2)} | {name: tuple(3 + i for i in members) for name, members in bare.groups.items()}
    turns = tuple(
        type(r)(r.name, (r.channels[0] + 3, r.channels[1] + 3, r.channels[2] + 3), r.form) for r in bare.rotations
    )
    space = MotionSpace("new", channels, groups, {"exp": "weight", **bare.units}, turns)
    shown = to_arkit(motion_in(space, {"exp": [0.3, 9, 0.4], "jaw": [JAW_FULLY_OPEN, 0, 0], "pose": [0.1, 0, 0]}))
    told = {"MouthFunnel": 0.3, "TongueOut": 0.4, "JawOpen": 1.0, "HeadPitch": 0.1}
    assert {name: shown[name][0, 0] for name in told} == pytest.approx(told)
    assert np.count_nonzero(np.abs(shown.values) > 1e-6) == len(told)


def test_arkit_stays_as_it_is() -> None:
    motion = motion_in(ARKIT61, {"JawOpen": [1.7]})
    assert to_arkit(motion) is motion


def test_an_unknown_space_is_refused() -> None:
    odd = MotionSpace("odd", ("a",), {"all": (0,)}, {"all": "weight"})
    with pytest.raises(VisavisError, match="'odd' cannot be shown; showable are: arkit61, flame56, colocated78"):
        to_arkit(Motion(np.zeros((1, 1)), odd))
    assert not is_showable(odd)


def test_states_stay() -> None:
    motion = Motion(np.zeros((2, 56)), FLAME56, state=np.array(["waiting", "speaking"]))
    state = to_arkit(motion).state
    assert state is not None
    assert state.tolist() == ["waiting", "speaking"]
