from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.view.small_heads import lively
from visavis.core.builtin_spaces import ARKIT61, ARKIT_WEIGHTS
from visavis.core.motion import Motion
from visavis.view.exports.glb import write_glb
from visavis.view.people import head_mesh as own
from visavis.view.people.own_mesh import mesh_of
from visavis.view.rigs.gltf import read_arkit_gltf
from visavis.view.rigs.gltf_motion import read_gltf_motion
from visavis.view.rigs.rig import MeshRig


def small_own_head() -> own.Head:
    draw = np.random.default_rng(0)
    weights = np.zeros((9, 5))
    weights[:3, own.HEAD], weights[:3, own.NECK] = 0.25, 0.75
    weights[3:6, own.LEFT_EYE] = weights[6:, own.RIGHT_EYE] = 1
    places = {"neck": (0, -0.16, 0), "head": (0, -0.09, -0.02), "jaw": (0, 0, 0)}
    places |= {"left eye": (0.034, 0, 0.05), "right eye": (-0.034, 0, 0.05)}
    parents = dict(zip(places, (-1, own.NECK, own.HEAD, own.HEAD, own.HEAD), strict=True))
    return own.Head(
        points=draw.uniform(-0.1, 0.1, (9, 3)).astype(np.float32),
        faces=np.arange(9).reshape(3, 3),
        uv=np.zeros((9, 2)),
        colours=np.tile([0.5, 1.0, 0.0], (9, 1)),
        gloss=np.zeros((9, 3)),
        openness=np.ones(9),
        shapes=draw.normal(size=(52, 9, 3)).astype(np.float32) * 0.01,
        joints=tuple(own.Joint(name, parents[name], place) for name, place in places.items()),
        weights=weights,
        parts={"left eye": slice(3, 6), "right eye": slice(6, 9)},
    )


def test_the_mesh_moves_as_the_head_does() -> None:
    head, motion = small_own_head(), lively(1)
    motion.values[:, ARKIT61.indices("gaze")[[2, 5]]] = 0  # the head's eyes do not roll
    motion.values[:, [ARKIT61.indices(name)[0] for name in ARKIT_WEIGHTS]] = 0
    motion.values[:, ARKIT61.indices("CheekPuff")] = 0.7
    posed = head.posed(
        np.where(np.array(ARKIT_WEIGHTS) == "CheekPuff", 0.7, 0.0),
        motion["pose"][0],
        motion["gaze"][0][[0, 1, 3, 4]],
    )
    np.testing.assert_allclose(MeshRig(mesh_of(head)).vertices(motion)[0], posed, atol=1e-6)


def test_all_of_a_motion_comes_back_from_its_file(tmp_path: Path) -> None:
    motion = lively(30, 25)
    write_glb(tmp_path / "head.glb", mesh_of(small_own_head()), motion)
    back = read_gltf_motion(tmp_path / "head.glb")
    assert isinstance(back, Motion)
    np.testing.assert_allclose(back.values, motion.values, atol=1e-5)
    assert read_arkit_gltf(tmp_path / "head.glb").missing == ()


def test_colours_are_told_as_light() -> None:
    colours = mesh_of(small_own_head()).colours
    assert colours is not None
    np.testing.assert_allclose(colours[0], [0.2140, 1.0, 0.0, 1.0], atol=1e-4)
