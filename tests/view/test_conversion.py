from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from tests.view.rigs.made_up_flame import JOINTS, made_up_flame
from tests.view.small_heads import lively, small_head
from visavis.core.builtin_spaces import ARKIT61, ARKIT_WEIGHTS, COLOCATED78, FLAME56, JAW_FULLY_OPEN
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.view.conversion import Bridge, align, to_space
from visavis.view.mesh import Joint, Mesh
from visavis.view.rigs.rig import MeshRig

SCALE, SHIFT = 1.2, np.array([0.3, -0.2, 0.1])
NAMES = ARKIT_WEIGHTS[14:34]


@lru_cache(maxsize=1)
def arkit_head() -> MeshRig:
    """The made-up FLAME, larger and elsewhere, with shapes that FLAME's codes or its jaw can say."""
    flame = made_up_flame()
    draw = np.random.default_rng(1)
    offsets = np.einsum("ne,vce->nvc", draw.normal(0, 0.3, (len(NAMES), 50)), flame.expressions[:, :, :50])
    opened = flame.vertices(np.zeros((1, 50)), np.array([[JAW_FULLY_OPEN / 2, 0, 0]]), np.zeros((1, 3)))[0]
    offsets[NAMES.index("JawOpen")] = 2 * (opened - flame.template)
    left, right = (JOINTS[3:] * SCALE + SHIFT).tolist()
    eyes = Joint("LeftEye", tuple(left)), Joint("RightEye", tuple(right))
    return MeshRig(Mesh(flame.template * SCALE + SHIFT, flame.faces, NAMES, offsets * SCALE, eyes, np.zeros((5023, 2))))


@lru_cache(maxsize=1)
def bridge() -> Bridge:
    return align(made_up_flame(), arkit_head())


def arkit(frames: int = 5) -> Motion:
    motion = lively(frames, 25)
    keep = np.zeros(ARKIT61.width, bool)
    keep[[ARKIT61.indices(name)[0] for name in NAMES]] = True
    keep[ARKIT61.indices("pose")] = True
    return Motion(np.where(keep, motion.values, 0) * np.where(keep[None], 0.5, 1), ARKIT61, 25)


def test_heads_are_laid_on_each_other_by_their_eyes() -> None:
    assert bridge().names == NAMES
    assert len(bridge().near) == 5023
    shapes = bridge().shapes.reshape(len(NAMES), 5023, 3)
    np.testing.assert_allclose(shapes, arkit_head().mesh.offsets / SCALE, atol=1e-6)


def test_a_face_comes_back_through_flame() -> None:
    """Every shape of this head is one that FLAME can say, so nothing is lost but what the ridge holds back."""
    motion = arkit()
    motion.values[:, ARKIT61.indices("JawOpen")] = 0
    back = to_space(to_space(motion, FLAME56, bridge()), ARKIT61, bridge())
    np.testing.assert_allclose(back.values, motion.values, atol=5e-3)


def test_an_open_mouth_is_the_jaws_and_comes_back() -> None:
    motion = Motion(np.zeros((3, ARKIT61.width)), ARKIT61)
    motion.values[:, ARKIT61.indices("JawOpen")[0]] = [0.2, 0.5, 1]
    there = to_space(motion, FLAME56, bridge())
    np.testing.assert_allclose(there["jaw"][:, 0], JAW_FULLY_OPEN * motion["JawOpen"][:, 0], atol=2e-3)
    assert np.abs(there["exp"]).max() < 0.1
    np.testing.assert_allclose(to_space(there, ARKIT61, bridge())["JawOpen"], motion["JawOpen"], atol=0.02)


def test_found_weights_keep_their_bounds_even_for_faces_that_ask_for_more() -> None:
    wild = Motion(np.random.default_rng(0).normal(0, 5, (6, FLAME56.width)) * 0.3, FLAME56)
    weights = to_space(wild, ARKIT61, bridge()).values[:, :52]
    assert weights.min() >= 0
    assert weights.max() <= 1
    assert np.count_nonzero((weights > 0) & (weights < 1)) > 0


def test_vertices_come_nearer_than_without_expressions() -> None:
    motion = arkit(3)
    flame = made_up_flame()
    there = to_space(motion, FLAME56, bridge())
    plain = to_space(motion, FLAME56, partly=True)
    weights = np.concatenate([motion[name] for name in NAMES], axis=1)
    wanted = flame.template + np.einsum("tn,nvc->tvc", weights, arkit_head().mesh.offsets / SCALE)
    away = [
        np.linalg.norm(flame.vertices(m["exp"], m["jaw"], np.zeros((3, 3))) - wanted, axis=2).mean()
        for m in (there, plain)
    ]
    assert away[0] < 0.1 * away[1]


def test_jaw_and_head_convert_without_flame_if_asked() -> None:
    motion = arkit()
    there = to_space(motion, FLAME56, partly=True)
    assert np.all(there["exp"] == 0)
    back = to_space(there, ARKIT61, partly=True)
    np.testing.assert_allclose(back["pose"], motion["pose"], atol=1e-6)
    np.testing.assert_allclose(back["JawOpen"], motion["JawOpen"], atol=1e-6)
    assert to_space(motion, ARKIT61) is motion


def test_what_is_missing_is_said() -> None:
    with pytest.raises(
        VisavisError,
        match=r"FLAME file and an ARKit head \(--flame, --head\), or ask for jaw and head alone \(--partly\)",
    ):
        to_space(arkit(), FLAME56)
    with pytest.raises(VisavisError, match="arkit61 cannot become colocated78; conversions: flame56 -> arkit61, arkit"):
        to_space(arkit(), COLOCATED78)
    flame, head = made_up_flame(), small_head()
    with pytest.raises(VisavisError, match="no eye joints to align it by"):
        align(flame, MeshRig(Mesh(head.vertices, head.faces, head.names, head.shapes)))
    far = Mesh(head.vertices + np.array([0, 0, 9]), head.faces, head.names, head.shapes, head.joints, head.weights)
    with pytest.raises(VisavisError, match="do not lie on each other"):
        align(flame, MeshRig(far))
