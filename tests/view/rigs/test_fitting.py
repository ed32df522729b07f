from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from visavis.data.broken import BrokenFile
from visavis.view.rigs.fitting import require_extent, require_faces, require_numbers

HERE = Path("head.npz")


def test_numbers_of_a_head_pass() -> None:
    require_numbers(HERE, {"v": np.eye(3), "f": np.array([[0, 1, 2]], np.uint32), "none": np.zeros((0, 3))})
    require_faces(HERE, "f", np.array([[0, 1, 2]], np.uint32), 3)
    require_faces(HERE, "f", np.zeros((0, 3), np.int64), 0)
    require_extent(HERE, "v", np.array([[0.0, 0, 0], [1, 0.5, 0]]))  # a picture on a card


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300])
def test_what_is_no_number_of_a_head_is_named_with_its_place(value: float) -> None:
    broken = np.zeros((4, 3))
    broken[2, 1] = value
    with pytest.raises(BrokenFile, match=r"head\.npz: w holds 1 values that are NaN, .*, the first at \(2, 1\)"):
        require_numbers(HERE, {"v": np.eye(3), "w": broken})


@pytest.mark.parametrize("kind", ["U3", "complex64", "bool", "datetime64[s]"])
def test_other_kinds_are_named(kind: str) -> None:
    with pytest.raises(BrokenFile, match=r"v holds .* values; write real numbers"):
        require_numbers(HERE, {"v": np.zeros(3, kind)})


@pytest.mark.parametrize("corner", [-1, 3, 2**40])
def test_faces_that_name_no_vertex_are_refused(corner: int) -> None:
    with pytest.raises(BrokenFile, match=r"f names the vertices -?\d+ to \d+, there are 0 to 2; copy it again"):
        require_faces(HERE, "f", np.array([[0, 1, corner]]), 3)


@pytest.mark.parametrize(
    ("vertices", "told"),
    [
        (np.zeros((0, 3)), "0 v span 0 x 0 x 0"),
        (np.ones((4, 3)), "4 v span 0 x 0 x 0"),
        (np.eye(3)[:2] * [1, 0, 1], "2 v span 1 x 0 x 0"),
        (np.eye(3)[1:] * 0.5, "2 v span 0 x 0.5 x 0.5"),
    ],
)
def test_what_has_no_width_or_no_height_is_no_head(vertices: np.ndarray, told: str) -> None:
    with pytest.raises(BrokenFile, match=rf"head\.npz: its {told}, which is no head; copy it again"):
        require_extent(HERE, "v", vertices)
