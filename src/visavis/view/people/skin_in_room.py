"""The skin of the project's own head where motion of a room has it: what `pair_vmse` is measured of.

Shapes: T frames, V vertices, N weights.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from visavis.analysis.gaze import head_turn
from visavis.core.builtin_spaces import ARKIT_WEIGHTS
from visavis.core.colocation import require_places
from visavis.core.motion import Motion
from visavis.core.rotations import turned
from visavis.core.spaces import MotionSpace
from visavis.view.people.build import build_head
from visavis.view.people.head_mesh import LEFT_EYE
from visavis.view.people.looks import LOOKS

_EVERY = 8
"""Of the skin's vertices one in so many is taken; their mean is that of all of them to a few percent."""
_MM = 1000.0


def has_skin_in_room(space: MotionSpace) -> bool:
    """Whether motion of a space moves the own head and says where in a room it is."""
    return "translation" in space.groups and set(ARKIT_WEIGHTS) <= set(space.channels)


def skin_in_room(motion: Motion) -> np.ndarray:
    """Vertices (T, V, 3) float32 [mm] of a person's skin in the room, one in eight.

    The motion's translation is the middle of the eyes. Raises `VisavisError` for motion that says no place.
    """
    rest, shapes = _skin()
    channels = [motion.space.channels.index(name) for name in ARKIT_WEIGHTS]
    shaped = rest + (motion.values[:, channels] @ shapes).reshape(len(motion), -1, 3)
    there = turned(head_turn(motion.values, motion.space)[:, None], shaped)
    placed: np.ndarray = (there + _MM * require_places(motion)["translation"][:, None]).astype(np.float32)
    return placed


@lru_cache(maxsize=1)
def _skin() -> tuple[np.ndarray, np.ndarray]:
    """The skin at rest (V, 3) and its shapes (N, V x 3) [mm], seen from the middle of the eyes."""
    head = build_head(LOOKS[0])
    skin = slice(head.parts["skin"].start, head.parts["skin"].stop, _EVERY)
    eyes = np.mean([joint.place for joint in head.joints[LEFT_EYE:]], axis=0)
    shapes = head.shapes[:, skin].reshape(len(ARKIT_WEIGHTS), -1)
    return (_MM * (head.points[skin] - eyes)).astype(np.float32), (_MM * shapes).astype(np.float32)
