"""Where people stand in a room and which way their shoulders turn, from motion or from a record.

T frames. Studio: right-handed, metres, y up. A heading is an angle about y [rad]: 0 looks along z, positive towards x.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from visavis.core.colocation import has_places, heading_frames, seen_from
from visavis.core.errors import VisavisError
from visavis.core.layout import NEAREST_M, Place
from visavis.core.motion import Motion
from visavis.core.retarget import arkit_turns, to_arkit
from visavis.core.rotations import quaternions_of
from visavis.core.spaces import MotionSpace
from visavis.view.performance import require_showable
from visavis.view.rigs.rig import matrices

_APART, _APART_IN_A_ROW, _TOWARDS = 0.8, 0.6, 0.65
"""Where nothing is known, two sit this far apart [m], neighbours in a row this far, and the outermost turn inwards by
this [rad]."""
_SETTLES = 1.5
"""Shoulders follow the neck smoothed over this long on either side [s]."""
_MOST_TWIST = 1.0
"""A head turns this far from the shoulders [rad]; beyond, they follow at once."""


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
    return motion is not None and has_place(motion.space) and bool(np.any(motion["translation"]))


def path_of(motion: Motion) -> Path:
    """Where a motion with translation and rotations in the world carries a body.

    Shoulders follow the neck slowly, or the head, where no neck ever turns. Raises `VisavisError` for motion that is
    empty or not finite.
    """
    return Path(motion["translation"].astype(np.float64), _headings(require_showable(motion)))


def on_shoulders(motion: Motion, path: Path) -> Motion:
    """Motion in a room as arkit61 on the shoulders of its path, which look ahead.

    What remains is the head's turn relative to them, so that the face looks exactly where the motion says.
    """
    return seen_from(motion, heading_frames(np.stack([path.headings, np.zeros_like(path.headings)], axis=1)))


def in_place(motion: Motion) -> Motion:
    """Motion in a room as arkit61 on shoulders that look ahead, for pictures of one person; any other as it is."""
    return on_shoulders(motion, path_of(motion)) if has_place(motion.space) else motion


def has_place(space: MotionSpace) -> bool:
    """Whether motion of a space says where its person is and, in the world, which way they look."""
    return has_places(space) and space.rotation_of("pose") is not None


def standing(place: Place) -> Path:
    """The path of somebody who stays in a place."""
    return Path(np.array([place.position], np.float64), np.array([place.facing_rad]))


def places_of(heads: Sequence[Motion | None], places: Sequence[Place] | None = None) -> list[Place | None]:
    """The place, of those given or in an open row, of each person who is not placed by their motion.

    Raises `VisavisError` for fewer places than people.
    """
    given = half_facing(len(heads)) if places is None else places
    if len(given) < len(heads):
        raise VisavisError(f"{len(heads)} people need as many places, {len(given)} given; add some or leave them out")
    return [None if located(motion) else place for motion, place in zip(heads, given, strict=False)]


def paths_of(heads: Sequence[Motion | None], places: Sequence[Place] | None = None) -> list[Path]:
    """The path of each person, as `places_of` and their motion say.

    Raises `VisavisError` as `places_of` and `path_of` do, and where people are inside each other.
    """
    paths = []
    for motion, place in zip(heads, places_of(heads, places), strict=True):
        if place is None:
            assert motion is not None
            paths.append(path_of(motion))
        else:
            paths.append(standing(place))
    require_apart(paths)
    return paths


def require_apart(paths: Sequence[Path]) -> None:
    """Raise `VisavisError` if two people are ever where there is room for one."""
    for (j, second), (i, first) in itertools.combinations(enumerate(paths), 2):
        frames = max(len(first.positions), len(second.positions))
        apart = np.linalg.norm(_lasting(first.positions, frames) - _lasting(second.positions, frames), axis=1)
        nearest = int(np.argmin(apart))
        if apart[nearest] < NEAREST_M:
            raise VisavisError(
                f"persons {j + 1} and {i + 1} are {apart[nearest]:.2f} m apart in frame {nearest}, inside each other; "
                f"heads need {NEAREST_M:g} m: give places that differ, or motion whose translation is in metres"
            )


def _lasting(positions: np.ndarray, frames: int) -> np.ndarray:
    """Positions (T, 3) of so many frames: what is over stays where it is."""
    return positions[np.minimum(np.arange(frames), len(positions) - 1)]


def _headings(motion: Motion) -> np.ndarray:
    """Headings (T,) [rad] of the shoulders under a motion in the world."""
    space = motion.space
    head = arkit_turns(to_arkit(motion)["pose"])
    neck = space.rotation_of("neck") if "neck" in space.groups else None
    carried = head if neck is None or not np.any(motion["neck"]) else quaternions_of(motion.values, neck)
    return _shoulders(matrices(carried)[..., 2], matrices(head)[..., 2], max(1, round(_SETTLES * motion.fps)))


def _shoulders(carried: np.ndarray, ahead: np.ndarray, reach: int) -> np.ndarray:
    """Headings (T,) [rad]: where the neck points (T, 3), smoothed by a Hann window of `reach` frames either way.

    They stay within reach of where the head looks `ahead` (T, 3).
    """
    window = np.hanning(2 * reach + 3)[1:-1]
    padded = np.pad(carried[:, [2, 0]], ((reach, reach), (0, 0)), mode="edge")
    smooth = [np.convolve(column, window / window.sum(), "valid") for column in padded.T]
    mean = np.arctan2(smooth[1], smooth[0])
    twist = np.angle(np.exp(1j * (np.arctan2(ahead[:, 0], ahead[:, 2]) - mean)))
    return np.unwrap(mean + twist - np.clip(twist, -_MOST_TWIST, _MOST_TWIST))
