"""The project's own head as the record that exports take."""

from __future__ import annotations

import numpy as np

from visavis.core.builtin_spaces import ARKIT_WEIGHTS
from visavis.view.mesh import HEAD, LEFT_EYE, RIGHT_EYE, Joint, Material, Mesh
from visavis.view.people import head_mesh as own

_JOINTS = {HEAD: own.HEAD, LEFT_EYE: own.LEFT_EYE, RIGHT_EYE: own.RIGHT_EYE}


def mesh_of(head: own.Head) -> Mesh:
    """A head with its shapes, joints and vertex colours; its jaw moves by shapes, its neck stays."""
    screen = np.clip(np.asarray(head.colours, np.float64), 0, 1)
    light = np.where(screen <= 0.04045, screen / 12.92, ((screen + 0.055) / 1.055) ** 2.4)
    joints = tuple(
        Joint(name, head.joints[number].place, None if name == HEAD else HEAD) for name, number in _JOINTS.items()
    )
    return Mesh(
        head.points,
        head.faces,
        ARKIT_WEIGHTS,
        head.shapes,
        joints,
        head.weights[:, list(_JOINTS.values())],
        uv=head.uv,
        colours=np.concatenate([light, np.ones((len(light), 1))], axis=1),
        materials=(Material("head", (1.0, 1.0, 1.0, 1.0), 0.6),),
    )
