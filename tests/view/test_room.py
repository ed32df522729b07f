from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.view.room_pair import pair
from tests.view.small_heads import lively, small_head
from visavis.core.conversation import Person
from visavis.core.errors import VisavisError
from visavis.core.layout import Layout
from visavis.core.motion import Motion
from visavis.view.outputs import require_outputs, write_outputs
from visavis.view.presentation import Presentation, RoomCamera, Style
from visavis.view.render.studio import CutToSpeaker, FixedCamera, OverShoulder, Studio
from visavis.view.rigs.rig import MeshRig
from visavis.view.room import in_one_room, placed_together, require_room, speaker_cuts, studio_of

FIRST, SECOND = pair(500)
BOTH = Presentation(SECOND, FIRST, user_label="Ada", agent_label="Ben")
ALONE = Presentation(FIRST)
ELSEWHERE = Presentation(Person(motion=lively(25, 25.0)), Person(motion=lively(25, 25.0)))


def test_people_whose_motion_says_where_they_are_are_in_one_room() -> None:
    assert placed_together(BOTH)
    assert in_one_room(BOTH, Style())
    assert studio_of(BOTH, Style()) == Studio(camera=FixedCamera())
    assert not in_one_room(ELSEWHERE, Style())
    assert not in_one_room(ALONE, Style())
    assert studio_of(ELSEWHERE, Style()) is None
    assert not in_one_room(replace(BOTH, truth=SECOND.motion), Style(camera=RoomCamera.FIXED))


def test_others_are_in_one_room_where_that_is_asked_for_and_face_each_other_before_a_camera_over_a_shoulder() -> None:
    assert studio_of(ELSEWHERE, Style(studio=True)) == Studio(camera=FixedCamera())
    layout = Layout.default()
    over = studio_of(ELSEWHERE, Style(camera=RoomCamera.SECOND))
    assert over == Studio(places=(layout.first, layout.second), camera=OverShoulder(1))


def test_the_camera_follows_the_voices_from_left_to_right() -> None:
    studio = studio_of(BOTH, Style(camera=RoomCamera.SPEAKER))
    assert studio is not None
    assert isinstance(studio.camera, CutToSpeaker)
    whom = [cut.person for cut in studio.camera.cuts]
    assert whom == [0, 1, 0, 1]
    np.testing.assert_allclose([cut.frame for cut in studio.camera.cuts], [0, 160, 307, 395], atol=3)
    assert [cut.person for cut in speaker_cuts([SECOND, FIRST])] == [1, 0, 1, 0]
    alone = speaker_cuts([FIRST, Person(motion=SECOND.motion)])
    assert [cut.person for cut in alone] == [0, None, 0, None]
    np.testing.assert_allclose([cut.frame for cut in alone], [0, 150, 307, 388], atol=3)


def near(person: Person, shift: float) -> Person:
    """Somebody where the first is, but for a shift along the line to the second [m]."""
    assert person.motion is not None
    values = person.motion.values.copy()
    values[:, person.motion.space.indices("translation")] = pair(500)[0].motion["translation"]  # type: ignore[union-attr]
    values[:, person.motion.space.indices("translation")[2]] += shift
    return replace(person, motion=Motion(values, person.motion.space))


def short(person: Person, frames: int) -> Person:
    assert person.motion is not None
    return replace(person, motion=person.motion.cut(0, frames), speech=None)


WRONG = {
    "one person": (ALONE, RoomCamera.FIRST, r"over a shoulder shows two people, here is agent alone; .*--partner"),
    "no voices": (
        Presentation(replace(SECOND, speech=None), replace(FIRST, speech=None)),
        RoomCamera.SPEAKER,
        r"follows voices, and none are given; give them \(--audio, --partner-audio\)",
    ),
    "lengths": (
        replace(BOTH, agent=short(SECOND, 300)),
        None,
        r"two motions in one room are equally long, not Ada 20\.00 s and Ben 12\.00 s; cut one, or .*--fit",
    ),
    "inside each other": (
        replace(BOTH, agent=near(SECOND, 0.15)),
        None,
        r"persons 1 and 2 are 0\.15 m apart in frame \d+, inside each other; heads need 0\.3 m",
    ),
}


@pytest.mark.parametrize(("shown", "camera", "reason"), WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_shown_in_one_room_is_one_line_and_no_file(
    tmp_path: Path, shown: Presentation, camera: RoomCamera | None, reason: str
) -> None:
    style = Style(camera=camera, head=MeshRig(small_head()), partner_head=MeshRig(small_head()))
    with pytest.raises(VisavisError, match=reason) as told:
        require_room(shown, style)
    assert "\n" not in str(told.value)
    for name in ("a.glb", "a.html", "a.sheet.png", "a.mp4"):
        with pytest.raises(VisavisError, match=reason):
            write_outputs([tmp_path / "first.npz", tmp_path / name], shown, style)
    assert list(tmp_path.iterdir()) == []


def test_a_motion_that_may_be_shorter_and_people_who_are_apart_are_taken() -> None:
    require_room(replace(BOTH, agent=short(SECOND, 300)), Style(fit=True))
    require_room(replace(BOTH, agent=near(SECOND, 0.35)), Style())


def test_a_live_link_file_holds_a_person_of_a_room_in_place(tmp_path: Path) -> None:
    from visavis.core.builtin_spaces import COLOCATED78, COLOCATED_ARKIT
    from visavis.data.motion_files import read_motion

    require_outputs([tmp_path / "a.csv"], COLOCATED_ARKIT)
    with pytest.raises(VisavisError, match=r"\.csv holds arkit61 only, the motion is in colocated78"):
        require_outputs([tmp_path / "a.csv"], COLOCATED78)
    for name, person in (("first", FIRST), ("second", SECOND)):
        write_outputs([tmp_path / f"{name}.csv", tmp_path / f"{name}.npz"], Presentation(person))
        told, motion = read_motion(tmp_path / f"{name}.csv"), person.motion
        assert motion is not None
        np.testing.assert_allclose(told["JawOpen"], motion["JawOpen"], atol=1e-5)
        assert np.abs(told["HeadYaw"]).max() < 0.45, "not half a turn, as in the room"
        np.testing.assert_array_equal(read_motion(tmp_path / f"{name}.npz").values, motion.values)
