from __future__ import annotations

import numpy as np
import pytest

from visavis.core.builtin_spaces import ARKIT_WEIGHTS
from visavis.view.people.form import COMMON
from visavis.view.people.loops import skin_net
from visavis.view.people.shapes import skin_shapes
from visavis.view.people.skin import skin_points

NET, POINTS = skin_net(), skin_points(COMMON)
SHAPES = dict(zip(ARKIT_WEIGHTS, skin_shapes(NET, POINTS), strict=True))
WHERE = {
    "Eye": (POINTS[:, 1] > -3.5) & (POINTS[:, 1] < 3.8) & (POINTS[:, 2] > 3),
    "Brow": (POINTS[:, 1] > -0.5) & (POINTS[:, 2] > 0),
    "Jaw": POINTS[:, 1] < -2.0,
    "Mouth": (POINTS[:, 1] < 0.5) & (POINTS[:, 2] > -1),
    "Cheek": (POINTS[:, 1] < 1.5) & (POINTS[:, 2] > -1),
    "Nose": (POINTS[:, 1] < 5.5) & (POINTS[:, 2] > 3),
}


def size(name: str) -> np.ndarray:
    return np.asarray(np.linalg.norm(SHAPES[name], axis=1))


@pytest.mark.parametrize("name", [name for name in ARKIT_WEIGHTS if name != "TongueOut"])
def test_each_shape_moves_its_part_of_the_face_and_nothing_else(name: str) -> None:
    part = next(there for start, there in WHERE.items() if name.startswith(start))
    least = 0.07 if name.startswith("EyeLook") else 0.25
    assert size(name)[part].max() > least
    assert size(name)[~part].max() < 0.12 * size(name).max()


@pytest.mark.parametrize("name", [name for name in ARKIT_WEIGHTS if name.endswith("Left")])
def test_left_and_right_mirror_each_other_exactly(name: str) -> None:
    left, right = SHAPES[name], SHAPES[name.removesuffix("Left") + "Right"]
    np.testing.assert_array_equal(right[NET.mirror] * [-1, 1, 1], left)


@pytest.mark.parametrize("name", [name for name in ARKIT_WEIGHTS if not name.endswith(("Left", "Right"))])
def test_shapes_of_the_whole_face_are_symmetric(name: str) -> None:
    np.testing.assert_array_equal(SHAPES[name][NET.mirror] * [-1, 1, 1], SHAPES[name])


@pytest.mark.parametrize(
    "name", ["MouthSmileLeft", "MouthPressLeft", "EyeBlinkLeft", "BrowDownLeft", "CheekSquintLeft"]
)
def test_one_sided_shapes_stay_on_their_side(name: str) -> None:
    assert size(name)[POINTS[:, 0] < -1.6].max() < 0.12 * size(name).max()


def test_no_shape_tears_the_skin() -> None:
    """Along an edge outside of lids and lips a shape changes by no more than the edge is long, but for a few."""
    edges = NET.neighbours()
    inner = np.concatenate([NET.mouth[3:].ravel(), NET.left_eye[3:].ravel(), NET.right_eye[3:].ravel(), [NET.throat]])
    edges = edges[~np.isin(edges, inner).any(axis=1)]
    length = np.linalg.norm(POINTS[edges[:, 0]] - POINTS[edges[:, 1]], axis=1)
    for name, shape in SHAPES.items():
        strain = np.linalg.norm(shape[edges[:, 0]] - shape[edges[:, 1]], axis=1) / length
        assert np.quantile(strain, 0.998) < 1.0, name
