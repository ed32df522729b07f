from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.view.render.ball_head import ball_head
from tests.view.rigs.made_up_flame import made_up_flame
from visavis.view.mesh import Material
from visavis.view.people.build import build_head
from visavis.view.people.looks import LOOKS
from visavis.view.people.own_mesh import mesh_of
from visavis.view.render.lighting import STUDIO_LIGHT
from visavis.view.render.rig_skin import CLAY, RigSkin, anatomy_of_flame, anatomy_of_mesh, fitted
from visavis.view.rigs.load import read_rig
from visavis.view.rigs.rig import MeshRig

LAMP = STUDIO_LIGHT.key


def test_heads_of_all_sizes_are_fitted_to_one() -> None:
    small, large = (RigSkin(anatomy_of_mesh(mesh), mesh.faces) for mesh in (ball_head(), ball_head(13.0)))
    np.testing.assert_allclose(small.rest, large.rest, atol=1e-5)
    eyes = small.rest[anatomy_of_mesh(ball_head()).eyes[0]]
    assert 0.01 < eyes[:, 0].mean() < 0.06


def test_our_own_head_fits_itself() -> None:
    mesh = mesh_of(build_head(LOOKS[0]))
    assert fitted(anatomy_of_mesh(mesh)).scale == pytest.approx(1.0, abs=0.03)


def test_a_mesh_without_colours_is_clay_with_an_iris_ahead() -> None:
    mesh = ball_head()
    anatomy = anatomy_of_mesh(mesh)
    drawn = RigSkin(anatomy, mesh.faces).posed(mesh.vertices, LAMP)
    np.testing.assert_allclose(drawn.surface[0, :3], np.square(CLAY), rtol=1e-5)
    eye = anatomy.eyes[0]
    ahead = np.argsort(mesh.vertices[eye, 2])
    assert drawn.surface[eye[ahead[-1]], :3].max() < 0.05 < 0.7 < drawn.surface[eye[ahead[0]], :3].min()


def test_known_colours_are_used() -> None:
    colours = np.random.default_rng(0).uniform(size=(len(ball_head().vertices), 4))
    mesh = ball_head(colours=colours)
    surface = RigSkin(anatomy_of_mesh(mesh), mesh.faces).posed(mesh.vertices, LAMP).surface
    np.testing.assert_allclose(surface[:, :3], colours[:, :3], atol=1e-6)
    of = np.repeat([0, 1], [len(mesh.faces) - 1, 1])
    looks = (Material(colour=(0.1, 0.2, 0.3, 1.0)), Material(colour=(0.9, 0.8, 0.7, 1.0)))
    coloured = anatomy_of_mesh(replace(mesh, colours=None, materials=looks, material_of=of)).colours
    assert coloured is not None
    np.testing.assert_allclose(coloured[[0, -1]], [[0.1, 0.2, 0.3], [0.9, 0.8, 0.7]], atol=1e-6)


def test_loose_sheets_before_the_eyes_are_left_out() -> None:
    mesh = ball_head()
    drawn = {tuple(face) for face in RigSkin(anatomy_of_mesh(mesh), mesh.faces).faces.tolist()}
    assert {tuple(face) for face in mesh.faces.tolist()} - drawn == {tuple(mesh.faces[-1].tolist())}


def test_a_flame_head_is_fitted_by_what_its_codes_move() -> None:
    flame = made_up_flame()
    skin = RigSkin(anatomy_of_flame(flame), flame.faces)
    drawn = skin.posed(flame.template.astype(np.float32), LAMP)
    assert 0.1 < np.ptp(drawn.points[:, 0]) < 0.25
    assert np.isfinite(drawn.surface).all()
    assert 0 <= drawn.lit.min() <= drawn.lit.max() <= 1


@pytest.mark.parametrize("name", ["facecap.glb", "ict_facekit.npz"])
def test_real_heads_have_the_eyes_where_ours_are(shared: Path, name: str) -> None:
    rig = read_rig(shared / "data/avatars" / name)
    assert isinstance(rig, MeshRig)
    skin = RigSkin(anatomy_of_mesh(rig.mesh), rig.faces)
    for eye, side in zip(anatomy_of_mesh(rig.mesh).eyes, (1, -1), strict=True):
        np.testing.assert_allclose(skin.rest[eye].mean(axis=0), [0.0342 * side, 0, 0.0555], atol=0.03)
    assert len(skin.faces) > 0.95 * len(rig.faces)
