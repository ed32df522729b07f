"""A head small enough to reason about: two triangles of skin, one of each eye, four shapes, three joints."""

from __future__ import annotations

import numpy as np

from visavis.core.builtin_spaces import ARKIT61
from visavis.core.motion import Motion
from visavis.view.mesh import HEAD, LEFT_EYE, RIGHT_EYE, Joint, Material, Mesh

NAMES = ("JawOpen", "EyeBlinkLeft", "MouthSmileRight", "Wrinkle")
EYES = {LEFT_EYE: (0.03, 0.05, 0.08), RIGHT_EYE: (-0.03, 0.05, 0.08)}
PIVOT = (0.0, -0.05, -0.02)


def small_head() -> Mesh:
    skin = np.array([[-0.1, -0.1, 0], [0.1, -0.1, 0], [0.1, 0.1, 0], [-0.1, 0.1, 0]])
    eye = np.array([[0, 0.01, 0.01], [-0.01, -0.01, 0.01], [0.01, -0.01, 0.01]])
    vertices = np.concatenate([skin, *(eye + at for at in EYES.values())])
    faces = np.array([[0, 1, 2], [0, 2, 3], [4, 5, 6], [7, 8, 9]])
    shapes = np.zeros((len(NAMES), len(vertices), 3))
    shapes[0, :2] = [0, -0.02, -0.01]
    shapes[1, 2] = [0, -0.005, 0.001]
    shapes[2, 3] = [-0.004, 0.003, 0]
    weights = np.zeros((len(vertices), 3))
    weights[:, 0] = [0.5, 0.5, 1, 1, 0, 0, 0, 0, 0, 0]
    weights[4:7, 1] = weights[7:, 2] = 1
    joints = (Joint(HEAD, PIVOT), *(Joint(name, at, HEAD) for name, at in EYES.items()))
    looks = (Material(), Material("eye", (1.0, 1.0, 1.0, 1.0), 0.1))
    return Mesh(
        vertices, faces, NAMES, shapes, joints, weights, uv=vertices[:, :2] + 0.5, colours=np.ones((len(vertices), 4)),
        materials=looks, material_of=np.array([0, 0, 1, 1]),
    )  # fmt: skip


def lively(frames: int = 9, fps: float = 30.0, seed: int = 0) -> Motion:
    """Weights in [0, 1] and head and eye angles that are all in use."""
    draw = np.random.default_rng(seed)
    values = draw.uniform(0, 1, (frames, ARKIT61.width))
    values[:, ARKIT61.indices("pose")] = draw.uniform(-0.6, 0.6, (frames, 3))
    values[:, ARKIT61.indices("gaze")] = draw.uniform(-0.4, 0.4, (frames, 6))
    return Motion(values, ARKIT61, fps)


def only(**channels: float) -> Motion:
    """One frame in which nothing but these channels is not 0."""
    motion = Motion(np.zeros((1, ARKIT61.width)), ARKIT61)
    for name, value in channels.items():
        motion.values[0, ARKIT61.indices(name)] = value
    return motion
