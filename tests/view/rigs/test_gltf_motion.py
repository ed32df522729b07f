from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.view.rigs.rewriting import rewritten
from tests.view.small_heads import lively, small_head
from visavis.core.rotations import multiply
from visavis.data.broken import BrokenFile
from visavis.view.exports.glb import write_glb
from visavis.view.posing import joint_angles, joint_turn
from visavis.view.rigs.gltf_motion import read_gltf_motion


def test_the_rate_is_that_of_the_keys_where_it_is_not_noted(tmp_path: Path) -> None:
    motion = lively(40, 48)
    write_glb(tmp_path / "face.glb", small_head(), motion)
    rewritten(tmp_path / "face.glb", lambda document: document["animations"][0].pop("extras"))
    back = read_gltf_motion(tmp_path / "face.glb")
    assert (back.fps, len(back)) == (48, 40)
    np.testing.assert_allclose(back["JawOpen"], motion["JawOpen"], atol=1e-5)


def test_keys_between_frames_are_interpolated(tmp_path: Path) -> None:
    motion = lively(21, 50)
    write_glb(tmp_path / "face.glb", small_head(), motion)
    rewritten(tmp_path / "face.glb", lambda document: document["animations"][0]["extras"].update(fps=25))
    back = read_gltf_motion(tmp_path / "face.glb")
    assert (back.fps, len(back)) == (25, 11)
    np.testing.assert_allclose(back["JawOpen"], motion["JawOpen"][::2], atol=1e-5)
    np.testing.assert_allclose(back["pose"], motion["pose"][::2], atol=1e-5)


def test_head_angles_are_counted_from_rest_and_in_the_axes_of_the_scene(tmp_path: Path) -> None:
    """Below a node turned by B a joint rests at B^-1: a key m turns it, in the axes of the scene, by B (m B) B^-1."""
    motion = lively(12)
    write_glb(tmp_path / "face.glb", small_head(), motion)
    w, z = np.cos(0.2), np.sin(0.2)

    def hang(document: dict[str, Any]) -> None:
        for node in document["nodes"]:
            if node["name"] in ("Body", "Head"):
                node["rotation"] = [0, 0, z if node["name"] == "Body" else -z, w]

    rewritten(tmp_path / "face.glb", hang)
    expected = joint_angles(multiply(np.array([w, 0, 0, z]), joint_turn(motion["pose"])))
    np.testing.assert_allclose(read_gltf_motion(tmp_path / "face.glb")["pose"], expected, atol=1e-5)


def test_a_file_without_an_animated_face_is_refused(tmp_path: Path) -> None:
    write_glb(tmp_path / "still.glb", small_head())
    with pytest.raises(BrokenFile, match="holds no animation; give a file with an animated face"):
        read_gltf_motion(tmp_path / "still.glb")


def test_the_face_cap_capture_is_read(shared: Path) -> None:
    """Eye rotations and look weights were recorded apart; they must agree, as in a Live Link capture."""
    motion = read_gltf_motion(shared / "data" / "avatars" / "facecap.glb")
    assert (motion.fps, len(motion)) == (30, 335)
    look = motion["EyeLookInLeft"] - motion["EyeLookOutLeft"]
    assert np.corrcoef(look[:, 0], motion["LeftEyeYaw"][:, 0])[0, 1] > 0.99
    down = motion["EyeLookDownLeft"] - 0.75 * motion["EyeLookUpLeft"]
    assert np.corrcoef(down[:, 0], motion["LeftEyePitch"][:, 0])[0, 1] > 0.99
    assert motion["JawOpen"].max() > 0.3
