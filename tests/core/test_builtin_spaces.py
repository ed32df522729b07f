from __future__ import annotations

import csv
from pathlib import Path

import pytest

from visavis.core.builtin_spaces import ARKIT61, ARKIT_WEIGHTS, COLOCATED78, FLAME56
from visavis.core.spaces import space_named


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
    assert len(ARKIT_WEIGHTS) == 52


@pytest.mark.parametrize("space", [ARKIT61, FLAME56, COLOCATED78], ids=lambda space: str(space.name))
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
