from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.view.rigs.rewriting import rewritten
from tests.view.small_heads import lively, small_head
from visavis.core.retarget import arkit_angles, arkit_turns
from visavis.core.rotations import multiply
from visavis.data.broken import BrokenFile
from visavis.view.exports.glb import write_glb
from visavis.view.rigs.gltf_file import read_gltf
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
    expected = arkit_angles(multiply(np.array([w, 0, 0, z]), arkit_turns(motion["pose"])))
    np.testing.assert_allclose(read_gltf_motion(tmp_path / "face.glb")["pose"], expected, atol=1e-5)


def test_a_file_without_an_animated_face_is_refused(tmp_path: Path) -> None:
    write_glb(tmp_path / "still.glb", small_head())
    with pytest.raises(BrokenFile, match="holds no animation; give a file with an animated face"):
        read_gltf_motion(tmp_path / "still.glb")


def keyed(path: Path, times: list[float], noted: object = None) -> Path:
    """An animation whose keys are at these times."""
    write_glb(path, small_head(), lively(len(times)))
    data = bytearray(path.read_bytes())
    file = read_gltf(path)
    sampler = file.document["animations"][0]["samplers"][0]
    view = file.document["bufferViews"][file.document["accessors"][sampler["input"]]["bufferView"]]
    start = 20 + int.from_bytes(data[12:16], "little") + 8 + view["byteOffset"]
    data[start : start + 4 * len(times)] = np.array(times, np.float32).tobytes()
    path.write_bytes(data)
    return rewritten(path, lambda document: document["animations"][0].update(extras={"fps": noted}))


@pytest.mark.parametrize(
    ("times", "noted", "message"),
    [
        ([0, 0.2, 0.1], None, r"its clock runs backwards: key 2 is at 0\.1 s, after 0\.2 s"),
        ([2, 1, 0], None, "its clock runs backwards: key 1"),
        ([0, np.nan, 1], None, "its clock shows no numbers"),
        ([0, 1, np.inf], None, "its clock shows no numbers"),
        ([0, 2, 4], None, r"a frame rate of 0\.5 is none, possible are 1 to 1,000 fps"),
        ([0, 1e-6, 2e-6], None, r"a frame rate of 1000000\.0025 is none, possible are 1 to 1,000 fps"),
        ([0, 1e-38, 2e-38], None, r"a frame rate of .* is none, possible are 1 to 1,000 fps"),
        (
            [0, 0.04, 0.08, 1e9],
            None,
            r"its keys lie 1e\+09 s apart, which are 25,000,000,001 frames, 250,000 are possible; cut",
        ),
        ([0, 1, 2], 0.5, r"a frame rate of 0\.5 is none"),
        ([0, 1, 2], 999_999, "a frame rate of 999999.0 is none"),
        ([0, 1, 1e6], 1000, r"which are 1,000,000,001 frames"),
    ],
)
def test_clocks_that_no_capture_has_are_refused(
    tmp_path: Path, times: list[float], noted: object, message: str
) -> None:
    with pytest.raises(BrokenFile, match=rf"face\.glb: .*{message}"):
        read_gltf_motion(keyed(tmp_path / "face.glb", times, noted))


@pytest.mark.parametrize("noted", [0, -1, float("nan"), 1e9, "30", None, [30]])
def test_notes_that_are_no_rate_are_passed_over(tmp_path: Path, noted: object) -> None:
    assert read_gltf_motion(keyed(tmp_path / "face.glb", [0, 0.02, 0.04], noted)).fps == 50


def test_keys_at_the_same_time_are_no_step_back(tmp_path: Path) -> None:
    assert len(read_gltf_motion(keyed(tmp_path / "face.glb", [0, 0.04, 0.04, 0.08, 0.12], 25))) == 4


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d["animations"][0]["channels"][0].update(sampler=-1), "a position in its samplers is -1"),
        (lambda d: d["animations"][0]["channels"][0]["target"].update(node=-1), "a position in its nodes is -1"),
        (lambda d: d["animations"][0]["samplers"][0].update(input=-1), "a position in its accessors is -1"),
        (lambda d: d["animations"][0]["samplers"][0].update(output=-1), "a position in its accessors is -1"),
        (lambda d: d["animations"][0].update(channels=d["animations"][0]["channels"] * 2400), "keys of all nodes"),
    ],
)
def test_animations_that_do_not_fit_are_refused(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    write_glb(tmp_path / "face.glb", small_head(), lively(4000))
    with pytest.raises(BrokenFile, match=message):
        read_gltf_motion(rewritten(tmp_path / "face.glb", change))


def test_meshes_that_share_weights_show_their_mean(tmp_path: Path) -> None:
    motion = lively(9)
    write_glb(tmp_path / "face.glb", small_head(), motion)

    def share(document: dict[str, Any]) -> None:
        document["nodes"].append({"mesh": 0})
        channels = document["animations"][0]["channels"]
        channels.append({"sampler": 0, "target": {"node": len(document["nodes"]) - 1, "path": "weights"}})

    back = read_gltf_motion(rewritten(tmp_path / "face.glb", share))
    np.testing.assert_allclose(back["JawOpen"], motion["JawOpen"], atol=1e-6)


def test_the_face_cap_capture_is_read(shared: Path) -> None:
    """Eye rotations and look weights were recorded apart; they must agree, as in a Live Link capture."""
    motion = read_gltf_motion(shared / "data" / "avatars" / "facecap.glb")
    assert (motion.fps, len(motion)) == (30, 335)
    look = motion["EyeLookInLeft"] - motion["EyeLookOutLeft"]
    assert np.corrcoef(look[:, 0], motion["LeftEyeYaw"][:, 0])[0, 1] > 0.99
    down = motion["EyeLookDownLeft"] - 0.75 * motion["EyeLookUpLeft"]
    assert np.corrcoef(down[:, 0], motion["LeftEyePitch"][:, 0])[0, 1] > 0.99
    assert motion["JawOpen"].max() > 0.3
