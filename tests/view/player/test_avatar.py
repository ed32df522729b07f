from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.view.small_heads import small_head
from visavis.core.errors import VisavisError
from visavis.view.mesh import Mesh
from visavis.view.people.build import build_head
from visavis.view.people.looks import LOOKS
from visavis.view.player.avatar import avatar_of, own_avatar


def test_an_own_head_keeps_what_films_know_of_it() -> None:
    head, avatar = build_head(LOOKS[0]), own_avatar(LOOKS[0])
    np.testing.assert_array_equal(avatar.mesh.vertices, head.points)
    np.testing.assert_array_equal(avatar.openness, head.openness)
    left, right = avatar.eyes
    for eye, name in ((left, "left eye"), (right, "right eye")):
        np.testing.assert_array_equal(head.points[eye.ball], head.points[head.parts[name]])
        edge = head.points[eye.lid]
        assert 5 < len(edge) < len(head.points[head.parts[name.replace("eye", "lashes")]])
        assert np.abs(edge.mean(axis=0)[0] - head.points[eye.ball].mean(axis=0)[0]) < 0.01
    assert avatar.settle(np.ones((1, 52))).max() <= 1


def test_another_mesh_keeps_its_colours_and_is_looked_at_where_it_moves() -> None:
    mesh = small_head()
    red = replace(mesh.materials[1], colour=(0.25, 0.0, 0.0, 1.0))
    avatar = avatar_of(replace(mesh, materials=(mesh.materials[0], red)))
    np.testing.assert_allclose(avatar.colours[4:], [[0.5, 0, 0]] * 6)
    np.testing.assert_allclose(avatar.gloss[4:, 1], 1 - red.roughness)
    assert avatar.middle == pytest.approx(0)
    assert avatar.span > 0.2
    weights = np.full((1, 4), 0.3)
    np.testing.assert_array_equal(avatar.settle(weights), weights)


def test_a_mesh_without_faces_is_refused() -> None:
    with pytest.raises(VisavisError, match="3 vertices and 0 faces"):
        avatar_of(Mesh(np.zeros((3, 3)), np.zeros((0, 3))))
