from __future__ import annotations

import numpy as np

from tests.view.render.ball_head import ball_head
from visavis.view.people.looks import UMBER
from visavis.view.render.actor import Actor, actor_of
from visavis.view.render.lighting import STUDIO_LIGHT
from visavis.view.render.posed_mesh import PosedMesh
from visavis.view.render.torso import Torso
from visavis.view.rigs.rig import MeshRig


def stood(actor: Actor) -> tuple[PosedMesh, PosedMesh]:
    mesh = actor.posed(0, STUDIO_LIGHT.key)
    return mesh, Torso(actor.rest, actor.faces, 1.0).below(mesh)


def test_a_bust_goes_on_downwards_as_wide_as_its_chest() -> None:
    bust, whole = stood(actor_of(UMBER, None))
    low = bust.points[:, 1].min()
    assert whole.points[:, 1].min() < low - 0.9
    hanging = whole.points[len(bust.points) :]
    chest = bust.points[bust.points[:, 1] < -0.15]
    assert np.ptp(hanging[:, 0]) > 0.95 * np.ptp(chest[:, 0])
    head = bust.points[:, 1] > -0.1
    np.testing.assert_array_equal(whole.points[: len(head)][head], bust.points[head])


def test_the_torso_faces_outwards() -> None:
    _, whole = stood(actor_of(UMBER, None))
    corners = whole.points[whole.faces[-40:]]
    facing = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    outwards = corners.mean(axis=1) - whole.points[-40:].mean(axis=0)
    assert ((facing * outwards)[:, [0, 2]].sum(axis=1) > 0).all()


def test_a_head_alone_is_put_on_a_neck() -> None:
    ball, whole = stood(actor_of(MeshRig(ball_head()), None))
    neck = whole.points[len(ball.points) :]
    assert neck[:, 1].min() < -0.9
    assert 0.08 < np.ptp(neck[:, 0]) < 0.12
    np.testing.assert_array_equal(whole.points[: len(ball.points)], ball.points)
