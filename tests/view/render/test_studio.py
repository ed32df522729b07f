from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from tests.view.render.ball_head import ball_head
from tests.view.render.test_placement import colocated
from tests.view.rigs.made_up_flame import made_up_flame
from tests.view.room_pair import looking_away, pair
from visavis.core.builtin_spaces import COLOCATED78
from visavis.core.errors import VisavisError
from visavis.core.layout import Layout, Place
from visavis.core.motion import Motion
from visavis.core.rate import at_rate
from visavis.view.cutting import Cut
from visavis.view.people.build import build_head
from visavis.view.people.looks import AMBER, UMBER
from visavis.view.render.placement import standing
from visavis.view.render.shots import best_azimuth
from visavis.view.render.studio import CutToSpeaker, OverShoulder, Studio, StudioStage
from visavis.view.rigs.flame import FlameRig
from visavis.view.rigs.rig import MeshRig

SIZE = (240, 120)


def teal(picture: np.ndarray) -> np.ndarray:
    """Where the first person's clothes are seen."""
    red, green, blue = np.moveaxis(picture.astype(int), -1, 0)
    return (green > red + 40) & (blue > red + 40)


def orange(picture: np.ndarray) -> np.ndarray:
    red, _, blue = np.moveaxis(picture.astype(int), -1, 0)
    return np.asarray((red > 190) & (blue < 0.4 * red))


def stage_of(*heads: Motion | None, places: Sequence[Place] | None = None, azimuth: float | None = None) -> StudioStage:
    return StudioStage(heads, size=SIZE, studio=Studio(None if places is None else tuple(places), azimuth))


def test_who_is_left_in_the_world_is_left_in_the_picture() -> None:
    stage = stage_of(colocated((-0.4, 1.5, 0.0), 0.3), colocated((0.4, 1.5, 0.0), -0.3))
    picture = stage.draw(0)
    assert np.argwhere(teal(picture))[:, 1].max() < SIZE[0] / 2 < np.argwhere(orange(picture))[:, 1].min()
    swapped = stage_of(colocated((0.4, 1.5, 0.0), -0.3), colocated((-0.4, 1.5, 0.0), 0.3))
    assert np.argwhere(orange(swapped.draw(0)))[:, 1].max() < SIZE[0] / 2
    assert [seat.left for seat in stage.seats] == [0, 120]
    assert [seat.left for seat in swapped.seats] == [120, 0]


@pytest.mark.parametrize("nearer", [0, 1])
def test_the_nearer_hides_the_farther(nearer: int) -> None:
    near, far = Place((0.0, 0.0, 0.5), 0.0), Place((0.02, 0.0, -0.5), 0.0)
    places = (near, far) if nearer == 0 else (far, near)
    both = stage_of(None, None, places=places, azimuth=0.0).draw(0)
    seen = [teal(both).sum(), orange(both).sum()]
    assert seen[nearer] > 5 * seen[1 - nearer]


def test_eyes_look_where_neck_head_and_eyes_together_turn_them() -> None:
    """The gaze in the world is R_neck R_head R_eye z: here it lies on the line to the partner."""
    motion = colocated((-0.5, 1.2, 0.0), 0.6)
    motion.values[:, COLOCATED78.indices("pose")[1]] = 0.5
    motion.values[:, COLOCATED78.indices("gaze")[[1, 4]]] = np.pi / 2 - 1.1
    stage = stage_of(motion, colocated((0.5, 1.2, 0.0), -1.2))
    mesh = stage.posed(100)[0]
    head = build_head(AMBER)
    for name in ("left eye", "right eye"):
        ball = head.parts[name]
        pupil = int(np.argmax(head.points[ball, 2]))
        sight = mesh.points[ball][pupil] - mesh.points[ball].mean(axis=0)
        np.testing.assert_allclose(sight / np.linalg.norm(sight), [1, 0, 0], atol=0.06)


def test_everybody_stays_in_the_picture_all_the_time() -> None:
    """Clothes and heads of people who walk about keep off the left, right and upper edge."""
    walking = colocated((0.0, 1.0, 0.0), 0.4)
    walking.values[:, COLOCATED78.indices("translation")[0]] = np.linspace(-1.5, -0.5, len(walking))
    walking.values[:, COLOCATED78.indices("translation")[1]] = np.linspace(1.0, 1.6, len(walking))
    stage = stage_of(walking, colocated((0.4, 1.0, 0.5), -0.4))
    for frame in (0, 100, 199):
        changed = np.abs(stage.draw(frame).astype(int) - stage.background).max(-1) > 20
        assert changed.any()
        for edge in (changed[0], changed[:, 0], changed[:, -1]):
            assert not edge.any()


@pytest.mark.parametrize(
    ("headings", "azimuth"), [((0.0, 0.0), 0.0), ((np.pi / 2, -np.pi / 2), 0.0), ((1.0, -0.6), 0.2), ((3.1, 3.1), 3.1)]
)
def test_the_camera_stands_where_it_sees_all_faces(headings: tuple[float, float], azimuth: float) -> None:
    paths = [standing(Place((x, 0.0, 0.0), heading)) for x, heading in zip((-0.5, 0.5), headings, strict=True)]
    assert abs(np.angle(np.exp(1j * (best_azimuth(paths) - azimuth)))) < 0.1


def test_the_camera_goes_aside_where_one_would_hide_the_other() -> None:
    paths = [standing(Place((0.0, 0.0, z), 0.0)) for z in (-0.5, 0.5)]
    assert 0.3 < abs(best_azimuth(paths)) < 1.2


def test_rigs_and_our_own_people_meet() -> None:
    stage = StudioStage([None] * 3, size=(300, 120), looks=[MeshRig(ball_head(9.0)), UMBER, FlameRig(made_up_flame())])
    picture = stage.draw(0)
    for seat in stage.seats:
        columns = slice(seat.left, seat.left + seat.width)
        assert (np.abs(picture[:, columns].astype(int) - stage.background[:, columns]).max(-1) > 20).mean() > 0.04


def test_what_cannot_be_placed_is_refused() -> None:
    with pytest.raises(VisavisError, match="2 people need as many places, 1 given"):
        stage_of(None, None, places=[Place((0.0, 0.0, 0.0), 0.0)])
    with pytest.raises(VisavisError, match=r"persons 1 and 2 are 0.00 m apart"):
        stage_of(colocated((0.0, 1.0, 0.0), 0.0), colocated((0.0, 1.0, 0.0), 0.0))
    with pytest.raises(VisavisError, match="5 heads"):
        stage_of(*[None] * 5)


def sights(stage: StudioStage, frame: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Centres (2, 3) [m] of both eyes of each person as posed, and the unit rays (2, 3) out of their pupils."""
    found = []
    for mesh, look in zip(stage.posed(frame), (AMBER, UMBER), strict=True):
        head = build_head(look)
        balls = [head.parts[f"{side} eye"] for side in ("left", "right")]
        ends = [(np.argmax(head.points[ball, 2]), np.argmin(head.points[ball, 2])) for ball in balls]
        poles = np.array([mesh.points[ball][list(end)] for ball, end in zip(balls, ends, strict=True)], np.float64)
        rays = poles[:, 0] - poles[:, 1]
        found.append((poles.mean(axis=1), rays / np.linalg.norm(rays, axis=1, keepdims=True)))
    return found


@pytest.mark.parametrize(
    "layout",
    [
        Layout.default(),
        Layout.face_to_face(0.7),
        Layout(Place((-0.4, 1.2, 0.1), 1.1), Place((0.3, 1.55, 0.5), -2.2)),
    ],
)
def test_the_eyes_of_two_people_meet(layout: Layout) -> None:
    """Each pupil's ray passes the middle between the partner's eyes; who looks away misses it by as much as told."""
    first, second = pair(120, layout)
    stage = StudioStage([first.motion, second.motion], size=SIZE)
    met = 0
    for frame in range(0, 120, 7):
        both = sights(stage, frame)
        for who in (0, 1):
            (centres, rays), (others, _) = both[who], both[1 - who]
            towards = others.mean(axis=0) - centres
            cosines = np.sum(rays * towards, axis=1) / np.linalg.norm(towards, axis=1)
            off, away = np.degrees(np.arccos(np.clip(cosines, -1, 1))), looking_away(who, 120)[frame]
            met += int(away == 0)
            assert (off < 0.15).all() if away == 0 else (off > 12 * away).all()
    assert met > 15


def test_bodies_turn_with_the_neck_and_stand_apart() -> None:
    """Chests face each other, upright, and no vertex of one is within the other's shoulders."""
    first, second = pair(60, Layout.face_to_face(0.6))
    stage = StudioStage([first.motion, second.motion], size=SIZE)
    one, other = (mesh.points[mesh.points[:, 1] > 0.9] for mesh in stage.posed(30))
    assert one[:, 2].max() + 0.05 < other[:, 2].min()


def test_cameras_over_a_shoulder_show_the_other_face_and_dim_who_is_near() -> None:
    first, second = pair(60)
    pictures = {}
    for of in (0, 1):
        stage = StudioStage([first.motion, second.motion], size=SIZE, studio=Studio(camera=OverShoulder(of)))
        pictures[of] = stage.draw(3).astype(int)
        near, far = (orange, teal) if of else (teal, orange)
        assert far(pictures[of]).sum() > 500
        columns = np.argwhere(far(pictures[of]))[:, 1]
        assert (columns.mean() < SIZE[0] / 2) == (of == 1), "the first stays on the left"
        assert near(pictures[of]).sum() < far(pictures[of]).sum() / 4
    assert np.abs(pictures[0] - pictures[1]).mean() > 20


@pytest.mark.parametrize("fps", [25, 50])
def test_cuts_change_the_shot_at_their_frames(fps: int) -> None:
    first, second = pair(20)
    heads = [at_rate(person.motion, fps) for person in (first, second) if person.motion is not None]
    cuts = (Cut(0, None), Cut(5, 1), Cut(12, 0))
    stage = StudioStage(heads, size=SIZE, studio=Studio(camera=CutToSpeaker(cuts)))
    step = fps // 25
    assert [stage.shot_at(frame) for frame in range(20 * step)] == [0] * 5 * step + [1] * 7 * step + [2] * 8 * step
    assert stage.shot_at(10_000) == 2
    still = StudioStage(heads, size=SIZE, studio=Studio(camera=OverShoulder(0)))
    np.testing.assert_array_equal(stage.draw(6 * step), still.draw(6 * step))


def test_a_camera_over_a_shoulder_needs_two() -> None:
    with pytest.raises(VisavisError, match="needs two people, 3 given"):
        StudioStage([None] * 3, size=SIZE, studio=Studio(camera=OverShoulder(0)))
