"""A head of spheres, for tests: a ball with a jaw, two eyeballs, and before one of them a loose sheet."""

from __future__ import annotations

import numpy as np

from visavis.view.mesh import HEAD, LEFT_EYE, RIGHT_EYE, Joint, Mesh
from visavis.view.people.surface_parts import grid_faces

EYES = {LEFT_EYE: (0.03, 0.0, 0.055), RIGHT_EYE: (-0.03, 0.0, 0.055)}
_ROWS, _COLUMNS = 20, 28


def ball(radius: float, at: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> np.ndarray:
    up = np.linspace(-np.pi / 2 + 0.05, np.pi / 2 - 0.05, _ROWS)[:, None]
    turn = 2 * np.pi * np.arange(_COLUMNS) / _COLUMNS
    grid = np.stack([np.cos(up) * np.sin(turn), np.sin(up) + 0 * turn, np.cos(up) * np.cos(turn)], -1)
    return radius * grid.reshape(-1, 3) + at


def ball_head(scale: float = 1.0, shape: str = "JawOpen", colours: np.ndarray | None = None) -> Mesh:
    """Vertices: skin, left eye, right eye, and last three of a sheet before the left eye."""
    faces = grid_faces(_ROWS, _COLUMNS, closed=True)
    parts = [ball(0.07), *(ball(0.018, at) for at in EYES.values())]
    sheet = np.array([[-0.004, 0, 0.02], [0.004, 0, 0.02], [0, 0.004, 0.02]]) + EYES[LEFT_EYE]
    count = len(parts[0])
    vertices = np.concatenate([*parts, sheet])
    offsets = np.zeros((1, *vertices.shape))
    front = (vertices[:count, 2] > 0) & (vertices[:count, 1] < 0)
    offsets[0, :count][front] = [0, -0.02, 0]
    weights = np.zeros((len(vertices), 3))
    for joint in range(3):
        weights[joint * count : (joint + 1) * count, joint] = 1
    weights[3 * count :, 0] = 1
    joints = (Joint(HEAD, (0, 0, 0)), *(Joint(name, tuple(scale * c for c in at), HEAD) for name, at in EYES.items()))  # type: ignore[arg-type]
    return Mesh(
        scale * vertices,
        np.concatenate([*(faces + i * count for i in range(3)), [np.arange(3) + 3 * count]]),
        (shape,),
        scale * offsets,
        joints,
        weights,
        colours=colours,
    )
