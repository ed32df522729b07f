"""Where people stand in a room and which way their shoulders turn, from motion or from a record.

T frames. Studio: right-handed, metres, y up. A heading is an angle about y [rad]: 0 looks along z, positive towards x.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from visavis.core.builtin_spaces import ARKIT61
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.retarget import to_arkit
from visavis.core.rotations import multiply, to_quaternion
from visavis.view.performance import Performance, performance
from visavis.view.posing import joint_angles, joint_turn
from visavis.view.rigs.rig import matrices

_APART, _APART_IN_A_ROW, _TOWARDS = 0.8, 0.6, 0.65
"""Where nothing is known, two sit this far apart [m], neighbours in a row this far, and the outermost turn inwards by
this [rad]."""
_SETTLES = 1.5
"""Shoulders follow the mean of where the head looks over this long on either side [s]."""
_MOST_TWIST = 1.0
"""A head turns this far from the shoulders [rad]; beyond, they follow at once."""
_NEAREST = 0.12


@dataclass(frozen=True)
class Place:
    """`position` (x, y, z) [m] of the head and `heading` [rad] of somebody who stays where they are."""

    position: tuple[float, float, float]
    heading: float


@dataclass(frozen=True, eq=False)
class Path:
    """`positions` (T, 3) [m] of the head and `headings` (T,) [rad] of the shoulders; T is 1 where nothing changes."""

    positions: np.ndarray
    headings: np.ndarray

    def at(self, frame: int) -> tuple[np.ndarray, float]:
        """Position (3,) and heading in a frame; after the last frame nothing moves."""
        frame = min(max(frame, 0), len(self.positions) - 1)
        return self.positions[frame], float(self.headings[frame])


def half_facing(people: int) -> tuple[Place, ...]:
    """Places in an open row, turned half towards each other and half towards the viewer."""
    apart = _APART if people <= 2 else _APART_IN_A_ROW
    places = []
    for i in range(people):
        share = 2 * i / max(people - 1, 1) - 1 if people > 1 else 0.0
        across, back = apart * (people - 1) / 2 * share, 0.25 * (1 - share * share) if people > 2 else 0.0
        places.append(Place((across, 0.0, -back), -_TOWARDS * share))
    return tuple(places)


def located(motion: Motion | None) -> bool:
    """Whether a motion says where its person is: a translation that is not 0 throughout."""
    return motion is not None and "translation" in motion.space.groups and bool(np.any(motion["translation"]))


def path_of(motion: Motion) -> tuple[Performance, Path]:
    """What a motion with translation and rotations in the world makes of body and head.

    Shoulders look where the head looks on average over three seconds; what remains is the head's turn relative to them,
    so that the face looks exactly where the motion says. Raises `VisavisError` as `performance` does.
    """
    shown = performance(motion)
    world = joint_turn(to_arkit(motion)["pose"])
    ahead = matrices(world)[:, :, 2]
    headings = _shoulders(ahead, max(1, round(_SETTLES * motion.fps)))
    upright = np.stack([np.zeros_like(headings), -headings, np.zeros_like(headings)], axis=1)
    values = shown.motion.values.copy()
    values[:, ARKIT61.indices("pose")] = joint_angles(multiply(to_quaternion(upright, "axis-angle"), world))
    relative = Performance(Motion(values, ARKIT61, motion.fps), shown.gaze)
    return relative, Path(motion["translation"].astype(np.float64), headings)


def standing(place: Place) -> Path:
    """The path of somebody who stays in a place."""
    return Path(np.array([place.position], np.float64), np.array([place.heading]))


def require_apart(paths: Sequence[Path]) -> None:
    """Raise `VisavisError` if two people stand where there is room for one."""
    means = [path.positions.mean(axis=0) for path in paths]
    for i, first in enumerate(means):
        for j, second in enumerate(means[:i]):
            distance = float(np.linalg.norm(first - second))
            if distance < _NEAREST:
                raise VisavisError(
                    f"persons {j + 1} and {i + 1} are {distance:.2f} m apart, less than a head is wide; give places "
                    "that differ, or motion whose translation is in metres"
                )


def _shoulders(ahead: np.ndarray, reach: int) -> np.ndarray:
    """Headings (T,) [rad] of shoulders: where the heads look (T, 3) on average over `reach` frames either way."""
    level = ahead[:, [2, 0]]
    total = np.concatenate([np.zeros((1, 2)), np.cumsum(level, axis=0)])
    frames = np.arange(len(level))
    sums = total[np.minimum(frames + reach + 1, len(level))] - total[np.maximum(frames - reach, 0)]
    mean = np.arctan2(sums[:, 1], sums[:, 0])
    twist = np.angle(np.exp(1j * (np.arctan2(level[:, 1], level[:, 0]) - mean)))
    return np.asarray(mean + twist - np.clip(twist, -_MOST_TWIST, _MOST_TWIST))
