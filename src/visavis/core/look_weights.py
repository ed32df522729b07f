"""How the weights of an ARKit face show where its eyes look, in numpy and in torch.

Shapes: (...) any axes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

FULL_LOOK_RAD = 0.6
"""How far an eye is turned at a weight of 1 [rad]."""

Angles = TypeVar("Angles", np.ndarray, "Tensor")


def look_weights(side: str, inwards: Angles, down: Angles) -> Mapping[str, Angles]:
    """The look weights (...) of an eye, `Left` or `Right`, by name, that is turned `inwards` and `down` (...) [rad].

    They are 0 for a look ahead, and above 1 for one farther aside than `FULL_LOOK_RAD`.
    """
    ways = {"In": inwards, "Out": -inwards, "Down": down, "Up": -down}
    return {f"EyeLook{way}{side}": (angle + abs(angle)) / 2 / FULL_LOOK_RAD for way, angle in ways.items()}
