from __future__ import annotations

import numpy as np
import pytest

from tests.view.small_heads import NAMES, lively, only, small_head
from visavis.core.builtin_spaces import ARKIT_WEIGHTS, FLAME56
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.spaces import space_from_groups
from visavis.view.people.head_mesh import rotation
from visavis.view.people.looks import LOOKS
from visavis.view.people.settle import settled
from visavis.view.performance import performance
from visavis.view.player.animation import animated
from visavis.view.player.avatar import avatar_of, own_avatar
from visavis.view.rigs.rig import matrices


def test_weights_of_a_mesh_are_those_of_its_names() -> None:
    motion = lively()
    acted = animated(motion, avatar_of(small_head()))
    for i, name in enumerate(NAMES[:3]):
        np.testing.assert_allclose(acted.weights[:, i], motion[name][:, 0], atol=1e-6)
    np.testing.assert_array_equal(acted.weights[:, 3], 0)
    np.testing.assert_allclose(acted.jaw, motion["JawOpen"][:, 0], atol=1e-6)


def test_an_own_head_gets_settled_weights_and_the_turns_of_films() -> None:
    motion = lively()
    motion.values[0, motion.space.indices("HeadYaw")] = 3
    avatar = own_avatar(LOOKS[0])
    acted, shown = animated(motion, avatar), performance(motion)
    raw = np.stack([shown.pose(frame).weights for frame in range(len(motion))])
    np.testing.assert_allclose(acted.weights, settled(raw), atol=1e-6)
    names = [joint.name for joint in avatar.mesh.joints]
    for frame in range(len(motion)):
        pose = shown.pose(frame)
        for name, angles in (("Head", pose.head), ("LeftEye", [*pose.gaze[:2], 0]), ("RightEye", [*pose.gaze[2:], 0])):
            turned = matrices(acted.turns[frame, names.index(name)])
            np.testing.assert_allclose(turned, rotation(*map(float, angles)), atol=1e-6)
    assert avatar.mesh.names == ARKIT_WEIGHTS


def test_looking_by_weights_turns_the_eyes() -> None:
    avatar = avatar_of(small_head())
    acted = animated(only(EyeLookDownLeft=1.0), avatar)
    assert acted.turns[0, 1, 0] < 0.99
    np.testing.assert_array_equal(acted.turns[0, 0], [1, 0, 0, 0])


def test_spaces_that_can_be_shown_are_and_others_are_refused() -> None:
    avatar = avatar_of(small_head())
    values = np.zeros((2, FLAME56.width), np.float32)
    values[:, FLAME56.indices("jaw")[0]] = 0.1
    np.testing.assert_allclose(animated(Motion(values, FLAME56), avatar).weights[:, 0], 0.5)
    unknown = space_from_groups("player7", {"exp": (7, "weight")})
    with pytest.raises(VisavisError, match="player7"):
        animated(Motion(np.zeros((2, 7)), unknown), avatar)
