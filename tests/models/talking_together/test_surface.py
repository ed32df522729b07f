from __future__ import annotations

import numpy as np
import torch

from visavis.core.builtin_spaces import ARKIT_WEIGHTS
from visavis.models.talking_together.surface import Surface, own_head
from visavis.view.people.build import build_head
from visavis.view.people.head_mesh import LEFT_EYE
from visavis.view.people.looks import LOOKS


def vertices() -> tuple[np.ndarray, np.ndarray]:
    """The skin of the project's own head from the middle of the eyes (V, 3), and its shapes (52, V, 3) [m]."""
    head = build_head(LOOKS[0])
    skin = head.parts["skin"]
    eyes = np.mean([joint.place for joint in head.joints[LEFT_EYE:]], axis=0)
    return head.points[skin] - eyes, head.shapes[:, skin]


def test_the_shipped_numbers_are_those_of_the_own_head() -> None:
    made, shipped = Surface.of(*vertices()), own_head()
    for name in ("shapes", "places", "centre"):
        torch.testing.assert_close(getattr(made, name), getattr(shipped, name), atol=2e-3, rtol=1e-4)
    assert shipped.shapes.shape == (len(ARKIT_WEIGHTS),) * 2


def test_squares_are_the_means_over_vertices() -> None:
    generator = np.random.default_rng(0)
    points, shapes = 0.1 * generator.standard_normal((30, 3)), 0.01 * generator.standard_normal((4, 30, 3))
    surface = Surface.of(points, shapes)
    weights, matrix = generator.standard_normal((5, 4)), generator.standard_normal((5, 3, 3))
    shift = 10 * generator.standard_normal((5, 3))
    moved = 1000 * np.einsum("tn,nvd->tvd", weights, shapes)
    expected = np.square(moved).sum(-1).mean(-1)
    np.testing.assert_allclose(surface.shape_square(torch.from_numpy(weights)), expected, rtol=1e-5)
    carried = 1000 * points @ matrix.transpose(0, 2, 1) + shift[:, None]
    found = surface.turn_square(torch.from_numpy(matrix), torch.from_numpy(shift))
    np.testing.assert_allclose(found, np.square(carried).sum(-1).mean(-1), rtol=1e-5)


def test_an_open_jaw_moves_more_than_a_wide_eye() -> None:
    alone = torch.eye(len(ARKIT_WEIGHTS))
    moved = dict(zip(ARKIT_WEIGHTS, own_head().shape_square(alone).tolist(), strict=True))
    assert moved["JawOpen"] > 5 * moved["EyeWideLeft"] > 0
