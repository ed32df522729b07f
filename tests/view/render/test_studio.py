from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from tests.view.render.ball_head import ball_head
from tests.view.render.test_placement import colocated
from tests.view.rigs.made_up_flame import made_up_flame
from visavis.core.builtin_spaces import COLOCATED78
from visavis.core.errors import VisavisError
from visavis.core.layout import Place
from visavis.core.motion import Motion
from visavis.view.people.build import build_head
from visavis.view.people.looks import AMBER, UMBER
from visavis.view.render.placement import standing
from visavis.view.render.shots import best_azimuth
from visavis.view.render.studio import Studio, StudioStage
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
