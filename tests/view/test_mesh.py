from __future__ import annotations

import numpy as np
import pytest

from visavis.core.errors import VisavisError
from visavis.view.mesh import Joint, Mesh, normals

SQUARE = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
HALVES = np.array([[0, 1, 2], [0, 2, 3]])


def test_what_is_not_given_is_empty() -> None:
    mesh = Mesh(SQUARE, HALVES)
    assert mesh.offsets.shape == (0, 4, 3)
    assert mesh.following.shape == (4, 0)
    assert mesh.vertices.dtype == np.float32


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"names": ("JawOpen",), "shapes": np.zeros((1, 3, 3))}, r"shapes have shape \(1, 3, 3\), not \(1, 4, 3\)"),
        ({"uv": np.zeros((3, 2))}, "uv have shape"),
        ({"faces": np.array([[0, 1, 4]])}, "vertices up to 4, it has 4"),
        ({"joints": (Joint("LeftEye", (0, 0, 0), "Head"),)}, "before its parent Head"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(VisavisError, match=message):
        Mesh(**{"vertices": SQUARE, "faces": HALVES} | given)


def test_normals_face_outwards_and_weigh_by_area() -> None:
    np.testing.assert_allclose(normals(SQUARE, HALVES), [[0, 0, 1]] * 4)
    roof = np.array([[0, 0, 0], [3, 0, 0], [0, 1, 0], [0, 0, 1]])
    found = normals(roof, np.array([[0, 1, 2], [0, 2, 3]]))
    np.testing.assert_allclose(found[0], np.array([1, 0, 3]) / np.sqrt(10), atol=1e-6)
    np.testing.assert_allclose(found[3], [1, 0, 0], atol=1e-6)
