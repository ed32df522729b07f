from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from visavis.core.builtin_spaces import ARKIT61, ARKIT_WEIGHTS, COLOCATED78, COLOCATED_ARKIT, FLAME56
from visavis.core.motion import Motion
from visavis.core.retarget import to_arkit
from visavis.core.spaces import MotionSpace, space_named


def test_widths_and_groups_are_the_documented_ones() -> None:
    assert {name: len(group) for name, group in FLAME56.groups.items()} == {"exp": 50, "jaw": 3, "pose": 3}
    assert {name: len(group) for name, group in ARKIT61.groups.items()} == {"exp": 48, "jaw": 4, "pose": 3, "gaze": 6}
    assert {name: len(group) for name, group in COLOCATED78.groups.items()} == {
        "exp": 63,
        "neck": 3,
        "pose": 3,
        "gaze": 6,
        "translation": 3,
    }
    assert {name: len(group) for name, group in COLOCATED_ARKIT.groups.items()} == {
        "exp": 48,
        "jaw": 4,
        "neck": 3,
        "pose": 3,
        "gaze": 6,
        "translation": 3,
    }
    assert len(ARKIT_WEIGHTS) == 52


@pytest.mark.parametrize("space", [ARKIT61, FLAME56, COLOCATED78, COLOCATED_ARKIT], ids=lambda space: str(space.name))
def test_every_rotating_channel_is_in_exactly_one_rotation(space) -> None:
    assert space_named(space.name) is space
    rotating = [channel for group, unit in space.units.items() if unit == "rad" for channel in space.groups[group]]
    assert sorted(channel for rotation in space.rotations for channel in rotation.channels) == sorted(rotating)


def test_parts_of_arkit61_are_what_their_names_say() -> None:
    def named(part: str) -> set[str]:
        return {ARKIT61.channels[i] for i in ARKIT61.indices(part)}

    assert named("jaw") == {"JawForward", "JawRight", "JawLeft", "JawOpen"}
    assert named("pose") == {"HeadYaw", "HeadPitch", "HeadRoll"}
    assert named("blink") == {"EyeBlinkLeft", "EyeBlinkRight"}
    assert named("smile") == {"MouthSmileLeft", "MouthSmileRight"}


def test_speech_moves_jaw_and_lips_but_not_smiles_or_brows() -> None:
    spoken = {ARKIT61.channels[i] for i in ARKIT61.indices("articulation")}
    assert {"JawOpen", "MouthClose", "MouthPucker", "MouthPressLeft", "TongueOut"} <= spoken
    assert not any("Smile" in name or "Brow" in name or "Eye" in name or "Head" in name for name in spoken)
    assert FLAME56.indices("articulation").tolist() == FLAME56.indices("jaw").tolist()


def test_a_smile_moves_corners_cheeks_and_lower_lids_and_leaves_to_speech_what_is_its_own() -> None:
    smiling = {ARKIT61.channels[i] for i in ARKIT61.indices("smiling")}
    assert {"MouthSmileLeft", "CheekSquintRight", "EyeSquintLeft", "MouthDimpleRight"} <= smiling
    assert not any("Brow" in name or "Jaw" in name or "Head" in name or "Blink" in name for name in smiling)
    assert not set(ARKIT61.indices("articulation")) & set(ARKIT61.indices("smiling"))


def test_arkit61_is_the_order_of_a_real_live_link_face_capture(shared: Path) -> None:
    with (shared / "data" / "livelink" / "alex_rom_3.csv").open() as file:
        header = next(csv.reader(file))
    assert tuple(header[2:]) == ARKIT61.channels


def test_colocated_arkit_is_arkit61_of_the_face_and_colocated78_of_the_body() -> None:
    def named(space: MotionSpace, part: str) -> list[str]:
        return [space.channels[i] for i in space.indices(part)]

    assert COLOCATED_ARKIT.width == 67
    for part in ("exp", "jaw", *ARKIT61.parts):
        assert named(COLOCATED_ARKIT, part) == named(ARKIT61, part)
    for group in ("neck", "pose", "gaze", "translation"):
        assert named(COLOCATED_ARKIT, group) == named(COLOCATED78, group)
        turns = [[(turn.name, turn.form) for turn in s.rotations_in(group)] for s in (COLOCATED78, COLOCATED_ARKIT)]
        assert turns[0] == turns[1]
    low, high = COLOCATED_ARKIT.limits()
    assert np.isfinite(low).sum() == np.isfinite(high).sum() == len(ARKIT_WEIGHTS)
    assert COLOCATED_ARKIT.units["translation"] == "m"


def test_colocated_arkit_shows_face_neck_and_eyes_as_they_are() -> None:
    motion = Motion(np.zeros((1, 67)), COLOCATED_ARKIT)
    given = {"JawOpen": [0.4], "neck": [0.1, 0, 0], "pose": [0.2, 0, 0], "gaze": [0, 0.25, 0, 0, 0.25, 0]}
    for name, values in given.items():
        motion.values[0, COLOCATED_ARKIT.indices(name)] = values
    shown = to_arkit(motion)
    assert shown["JawOpen"][0, 0] == pytest.approx(0.4)
    assert shown["HeadPitch"][0, 0] == pytest.approx(0.3, abs=1e-6)
    np.testing.assert_allclose(shown["gaze"][0], (-0.25, 0, 0, -0.25, 0, 0), atol=1e-6)
