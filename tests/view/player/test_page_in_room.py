from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.view.player.reading import Packed, read_page
from tests.view.room_pair import pair, turned
from tests.view.small_heads import lively, small_head
from visavis.core.conversation import Person
from visavis.core.layout import Layout
from visavis.core.rotations import multiply, to_quaternion
from visavis.view.cutting import Cut
from visavis.view.player.avatar import avatar_of
from visavis.view.player.page import write_player
from visavis.view.player.performer import Performer
from visavis.view.player.room import bodily, packed_room, planned
from visavis.view.render.backdrop import described
from visavis.view.render.placement import path_of
from visavis.view.render.shots import best_azimuth
from visavis.view.render.studio import CutToSpeaker, OverShoulder, Studio, StudioStage, shots_of
from visavis.view.rigs.rig import MeshRig, matrices

FRAMES = 500
FIRST, SECOND = pair(FRAMES)
SPEAKER = Studio(camera=CutToSpeaker((Cut(0, 0), Cut(160, 1), Cut(307, None))))


def page(folder: Path, studio: Studio | None, *people: Performer) -> Packed:
    write_player(folder / "talk.html", people, studio=studio)
    return read_page((folder / "talk.html").read_text(encoding="utf-8"))[1]


def both(voices: bool = True) -> tuple[Performer, Performer]:
    people = [person if voices else Person(motion=person.motion) for person in (FIRST, SECOND)]
    return Performer(people[0], "Ada", small_head()), Performer(people[1], "Ben", small_head())


def test_the_page_holds_where_everybody_is_and_looks(tmp_path: Path) -> None:
    packed = page(tmp_path, SPEAKER, *both())
    for told, person in zip(packed.header["people"], (FIRST, SECOND), strict=True):
        motion = person.motion
        assert motion is not None
        positions, headings = (packed.array(told["path"][name]) for name in ("positions", "headings"))
        np.testing.assert_allclose(positions.T, motion["translation"], atol=5e-5)
        body = to_quaternion(np.stack([0 * headings, headings, 0 * headings], axis=1), "axis-angle")
        head = packed.array(told["acting"]["turns"])[0].T / 32767
        np.testing.assert_allclose(matrices(multiply(body, head)), matrices(turned(motion)), atol=2e-4)
        np.testing.assert_allclose(packed.array(told["acting"]["weights"])[0], motion["JawOpen"][:, 0], atol=1e-4)


def test_the_page_has_the_cameras_and_the_walls_of_films(tmp_path: Path) -> None:
    room = page(tmp_path, SPEAKER, *both()).header["room"]
    paths = [path_of(person.motion) for person in (FIRST, SECOND) if person.motion is not None]
    top = float(small_head().vertices[:, 1].max())
    shots = shots_of(paths, [top, top], best_azimuth(paths), 436 / 960)
    assert len(room["shots"]) == 3
    for told, shot in zip(room["shots"], shots, strict=True):
        np.testing.assert_allclose(told["position"], shot.position, atol=2e-4)
        np.testing.assert_allclose(told["aim"], shot.aim, atol=2e-4)
        distance = np.linalg.norm(np.subtract(told["aim"], told["position"]))
        assert told["distance"] == pytest.approx(distance, rel=1e-6)
        assert told["span"] == pytest.approx(shot.camera.span, rel=1e-3)
        assert (told["mirrored"], told["shaded"]) == (shot.mirrored, shot.shaded)
    assert [told["mirrored"] for told in room["shots"]] == [False, False, True]
    assert room["cuts"] == [[0, 2], [160, 1], [307, 0]]
    names = {choice["name"]: (choice["label"], choice["shot"]) for choice in room["choices"]}
    assert names == {
        "speaker": ("Who speaks", None),
        "fixed": ("Both", 0),
        "first": ("Over Ada's shoulder", 1),
        "second": ("Over Ben's shoulder", 2),
    }
    assert room["chosen"] == "speaker"
    assert room["walls"]["panels"] == [one | {"colour": list(one["colour"])} for one in described()["panels"]]


def test_the_page_begins_with_the_camera_that_is_asked_for_and_cuts_only_where_voices_are_heard(tmp_path: Path) -> None:
    heard = page(tmp_path, Studio(camera=OverShoulder(1)), *both()).header["room"]
    assert heard["chosen"] == "second"
    assert [shot for _, shot in heard["cuts"]] == [2, 1, 2, 1]
    quiet = page(tmp_path, Studio(), *both(voices=False)).header["room"]
    assert quiet["chosen"] == "fixed"
    assert [choice["name"] for choice in quiet["choices"]] == ["fixed", "first", "second"]


def test_without_a_room_nothing_of_one_is_in_the_page(tmp_path: Path) -> None:
    header = page(tmp_path, None, Performer(Person(motion=lively()), "Ada", small_head())).header
    assert "room" not in header
    assert "path" not in header["people"][0]


def test_people_without_places_stand_where_the_studio_says(tmp_path: Path) -> None:
    layout = Layout.default()
    people = [Performer(Person(motion=lively(9, 25.0, seed)), mesh=small_head()) for seed in (0, 1)]
    packed = page(tmp_path, Studio(places=(layout.first, layout.second)), *people)
    for told, place in zip(packed.header["people"], (layout.first, layout.second), strict=True):
        positions, headings = (packed.array(told["path"][name]) for name in ("positions", "headings"))
        np.testing.assert_allclose(positions[:, 0], place.position, atol=2e-5)
        np.testing.assert_allclose(headings, [place.facing_rad])
    assert packed.header["room"]["choices"][1]["label"] == "Over Person 1's shoulder"


def test_one_person_in_a_room_has_one_camera() -> None:
    plan = planned([FIRST], Studio())
    room = packed_room(plan, [0.14], ["Ada"])
    assert [choice["name"] for choice in room["choices"]] == ["fixed", "speaker"][: len(room["choices"])]
    assert len(room["shots"]) == 1


def test_a_head_in_a_room_has_a_body_and_moves_as_before_at_the_size_of_films() -> None:
    mesh = small_head()
    whole = bodily(avatar_of(mesh), own=False)
    grown, count = whole.mesh, len(mesh.vertices)
    assert grown.vertices[:, 1].min() < -0.6
    assert len(whole.colours) == len(whole.openness) == len(whole.gloss) == len(grown.vertices)
    motion = lively(3, 25.0)
    stage = StudioStage([motion], size=(64, 64), looks=[MeshRig(mesh)], studio=Studio(places=(Layout.default().first,)))
    for frame in range(3):
        there = stage.posed(frame)[0].points[:count] - np.array(Layout.default().first.position)
        np.testing.assert_allclose(MeshRig(grown).vertices(motion)[frame, :count], there, atol=2e-3)
