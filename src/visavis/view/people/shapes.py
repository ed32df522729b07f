"""The 52 ARKit shapes of the skin, in the order of `arkit61`."""

from __future__ import annotations

import numpy as np

from visavis.core.builtin_spaces import ARKIT_WEIGHTS
from visavis.view.people.face_shapes import face_shapes
from visavis.view.people.lid_shapes import LID_TRAVELS, lid_shift
from visavis.view.people.loops import Net
from visavis.view.people.mouth_shapes import jaw_shapes, mouth_shapes
from visavis.view.people.regions import skin_regions


def skin_shapes(net: Net, points: np.ndarray) -> np.ndarray:
    """Displacements (52, V, 3) [cm] of the skin's vertices (V, 3); left and right ones mirror each other exactly."""
    regions = skin_regions(net, points)
    shapes = {**face_shapes(regions), **jaw_shapes(regions), **mouth_shapes(regions)}
    for name, travel in LID_TRAVELS.items():
        shapes[f"{name}Left"] = lid_shift(points, regions.across, regions.up, regions.radius, travel)

    def mirrored(shape: np.ndarray) -> np.ndarray:
        return np.asarray(shape[net.mirror] * [-1, 1, 1])

    stack = np.zeros((len(ARKIT_WEIGHTS), len(points), 3))
    for number, name in enumerate(ARKIT_WEIGHTS):
        if name in shapes:
            centred = name.replace("Left", "Right") not in ARKIT_WEIGHTS or "Left" not in name
            stack[number] = (shapes[name] + mirrored(shapes[name])) / 2 if centred else shapes[name]
        elif name.replace("Right", "Left") in shapes:
            stack[number] = mirrored(shapes[name.replace("Right", "Left")])
    return stack
