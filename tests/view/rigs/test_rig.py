from __future__ import annotations

import numpy as np
import pytest

from tests.view.small_heads import EYES, PIVOT, only, small_head
from visavis.core.errors import VisavisError
from visavis.view.rigs.rig import MeshRig, matrices


def test_shapes_add_up_by_weight() -> None:
    mesh = small_head()
    moved = MeshRig(mesh).vertices(only(JawOpen=0.5, EyeBlinkLeft=1))[0]
    np.testing.assert_allclose(moved, mesh.vertices + 0.5 * mesh.offsets[0] + mesh.offsets[1], atol=1e-7)


def test_the_head_carries_the_eyes_and_half_followers_go_half_the_way() -> None:
    mesh, angle = small_head(), 0.4
    moved = MeshRig(mesh).vertices(only(HeadYaw=angle))[0]
    turn = np.array([[np.cos(angle), 0, -np.sin(angle)], [0, 1, 0], [np.sin(angle), 0, np.cos(angle)]])
    whole = (mesh.vertices - PIVOT) @ turn.T + PIVOT
    np.testing.assert_allclose(moved[2:], whole[2:], atol=1e-6)
    np.testing.assert_allclose(moved[:2], (mesh.vertices[:2] + whole[:2]) / 2, atol=1e-6)


def test_an_eye_turns_about_its_centre_within_the_turned_head() -> None:
    mesh = small_head()
    still = MeshRig(mesh).vertices(only(HeadYaw=0.3, HeadRoll=0.2))[0]
    moved = MeshRig(mesh).vertices(only(HeadYaw=0.3, HeadRoll=0.2, LeftEyePitch=0.25))[0]
    np.testing.assert_allclose(moved[7:], still[7:], atol=1e-7)
    straight = MeshRig(mesh).vertices(only(LeftEyePitch=0.25))[0]
    np.testing.assert_allclose(
        np.linalg.norm(straight[4:7] - EYES["LeftEye"], axis=1),
        np.linalg.norm(mesh.vertices[4:7] - EYES["LeftEye"], axis=1),
        atol=1e-7,
    )
    assert np.all(straight[4:7, 1] < mesh.vertices[4:7, 1])
    assert np.linalg.norm(moved[4:7] - still[4:7]) == pytest.approx(
        np.linalg.norm(straight[4:7] - mesh.vertices[4:7]), rel=1e-4
    )


def test_a_rig_says_what_drives_it_and_what_is_missing() -> None:
    rig = MeshRig(small_head())
    assert rig.drives[:3] == ("EyeBlinkLeft", "JawOpen", "MouthSmileRight")
    assert rig.drives[-1] == "RightEyeRoll"
    assert len(rig.missing) == 49
    assert rig.require("JawOpen", "HeadYaw") is rig
    with pytest.raises(VisavisError, match=r"no shape for TongueOut; what can be driven: EyeBlinkLeft, JawOpen"):
        rig.require("JawOpen", "TongueOut")


def test_matrices_are_those_of_the_quaternions() -> None:
    half = np.sqrt(0.5)
    np.testing.assert_allclose(matrices(np.array([half, 0, 0, half])) @ [1, 0, 0], [0, 1, 0], atol=1e-12)
    np.testing.assert_allclose(matrices(np.array([half, half, 0, 0])) @ [0, 1, 0], [0, 0, 1], atol=1e-12)
