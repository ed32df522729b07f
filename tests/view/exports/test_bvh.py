from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from tests.view.small_heads import EYES, PIVOT, lively, only, small_head
from visavis.core.errors import VisavisError
from visavis.view.exports.bvh import write_bvh
from visavis.view.posing import posing
from visavis.view.rigs.rig import matrices


def read_bvh(path: Path) -> tuple[dict[str, np.ndarray], dict[str, list[str]], float, np.ndarray]:
    """Offsets [cm] and channels of each joint, the time of a frame [s] and the numbers (T, channels)."""
    text = path.read_text()
    header, _, moves = text.partition("MOTION\n")
    assert header.count("{") == header.count("}")
    found = re.findall(r"(?:ROOT|JOINT) (\w+)\s*{\s*OFFSET ([-\d. ]+)\s*CHANNELS \d ([\w ]+)", header)
    count, time, *rows = moves.strip().split("\n")
    numbers = np.array([[float(word) for word in row.split()] for row in rows])
    assert count == f"Frames: {len(numbers)}"
    offsets = {name: np.array(offset.split(), float) for name, offset, _ in found}
    return offsets, {name: channels.split() for name, _, channels in found}, float(time.split()[-1]), numbers


def about(axis: str, degrees: float) -> np.ndarray:
    half = np.radians(degrees) / 2
    quaternion = np.zeros(4)
    quaternion[0], quaternion["WXYZ".index(axis)] = np.cos(half), np.sin(half)
    return matrices(quaternion)


@pytest.mark.parametrize("fps", [25, 30000 / 1001])
def test_rotations_come_back_in_the_order_the_file_tells(tmp_path: Path, fps: float) -> None:
    motion = lively(12, fps)
    write_bvh(tmp_path / "head.bvh", motion)
    _, channels, time, numbers = read_bvh(tmp_path / "head.bvh")
    assert 1 / time == pytest.approx(fps, abs=1e-5)
    at, turns = 0, posing(motion).turns
    for joint, names in channels.items():
        columns = numbers[:, at : at + len(names)]
        at += len(names)
        for t in range(12 if joint in turns else 0):
            turn = np.eye(3)
            for name, degrees in zip(names, columns[t], strict=True):
                turn = turn @ about(name[0], degrees)
            np.testing.assert_allclose(turn, matrices(turns[joint][t]), atol=1e-6)
    assert at == numbers.shape[1] == 15


def test_a_nod_is_a_positive_rotation_about_x(tmp_path: Path) -> None:
    write_bvh(tmp_path / "head.bvh", only(HeadPitch=0.5))
    assert read_bvh(tmp_path / "head.bvh")[3][0, 6:9].tolist() == pytest.approx([0, np.degrees(0.5), 0], abs=1e-5)


def test_joints_are_where_the_mesh_has_them(tmp_path: Path) -> None:
    write_bvh(tmp_path / "head.bvh", lively(2), small_head())
    offsets = read_bvh(tmp_path / "head.bvh")[0]
    np.testing.assert_allclose(offsets["Head"], 100 * np.array(PIVOT), atol=1e-4)
    np.testing.assert_allclose(offsets["LeftEye"], 100 * (np.array(EYES["LeftEye"]) - PIVOT), atol=1e-4)


def test_motion_without_frames_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VisavisError, match="no frames"):
        write_bvh(tmp_path / "head.bvh", lively(0))
