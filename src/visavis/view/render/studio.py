"""Several people in one room, seen by one camera that stands still: the nearer hides the farther."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.view.people.head_mesh import rotation
from visavis.view.people.looks import LOOKS
from visavis.view.raster import unthreaded_products
from visavis.view.render.actor import Actor, Appearance, actor_of, performing_actor
from visavis.view.render.camera import Camera, View
from visavis.view.render.lighting import STUDIO_LIGHT
from visavis.view.render.placement import Path, Place, half_facing, located, path_of, require_apart, standing
from visavis.view.render.posed_mesh import PosedMesh
from visavis.view.render.stage import Seat, require_fit
from visavis.view.render.torso import Torso
from visavis.view.rigs.flame import FlameRig

_PIVOT = np.array([0.0, -0.09, -0.018])
"""Where a body turns and heads of our own size turn on it, in their own space [m]; it stands at the position."""
_BESIDE, _ABOVE, _BELOW, _BEFORE = 0.165, 0.035, 0.25, 0.12
"""How far the picture reaches beside, above and below the eyes, and how far ahead a face reaches [m]."""
_NEAR_CORNER = np.array([_BESIDE, _BELOW, _BEFORE])
_WALL = ((0.90, 0.92, 0.93), (0.70, 0.73, 0.75))
_TORSO = 1.5
_AZIMUTHS = np.radians(np.arange(-180, 180, 5))
_SLACK_ABOVE = 0.3
"""How much of the height that is left over is above the heads."""
_CLEAR = 0.34
"""Two heads are apart in the picture by this or more [m], where that can be had."""


@dataclass(frozen=True)
class Studio:
    """How people are placed and seen.

    - `places`: one for each person whose motion has no translation; unset: an open row, half facing each other.
    - `azimuth`: where the camera stands about the people [rad]: 0 looks against z, positive from the side of x; unset:
      where it sees all faces and nobody hides another.
    """

    places: tuple[Place, ...] | None = None
    azimuth: float | None = None


class StudioStage:
    """People in a room, in a picture of `size` (width, height) [pixels]; see `stage.Stage`.

    Motion with translation places its person, and its head rotation is in the world. Raises `VisavisError` as `Stage`
    does, and where people stand in each other or there are fewer places than people.
    """

    def __init__(
        self,
        heads: Sequence[Motion | None],
        *,
        size: tuple[int, int] = (960, 480),
        looks: Sequence[Appearance] = LOOKS,
        margin: int = 0,
        studio: Studio | None = None,
    ) -> None:
        require_fit(heads, looks, size, margin)
        studio = studio or Studio()
        dressed = list(itertools.islice(itertools.cycle(looks), len(heads)))
        entered = [_enter(*person) for person in zip(dressed, heads, _places(studio, heads), strict=True)]
        self.actors = tuple(actor for actor, _ in entered)
        self._paths = [path for _, path in entered]
        require_apart(self._paths)
        self._torsos = [Torso(actor.rest, actor.faces, _TORSO) for actor in self.actors]
        width, height = size
        self._tall = height - margin
        azimuth = best_azimuth(self._paths) if studio.azimuth is None else studio.azimuth
        tops = [float(actor.rest[:, 1].max()) for actor in self.actors]
        self._aim, camera, across = framed(self._paths, tops, azimuth, self._tall / width)
        self._turn = camera.turn()
        self._view = View(self._tall, width, camera)
        self.seats = _seats(across, width)
        self.background = _wall(width, height)

    def draw(self, frame: int) -> np.ndarray:
        """The picture (H, W, 3) uint8 of a frame; a motion that is over holds its last frame."""
        picture = self.background.copy()
        with unthreaded_products():
            meshes = [mesh.moved(np.eye(3), -self._aim) for mesh in self.posed(frame)]
            picture[: self._tall] = self._view.draw(meshes, np.ascontiguousarray(picture[: self._tall]))
        return picture

    def posed(self, frame: int) -> list[PosedMesh]:
        """Everybody as they stand in the room in a frame."""
        meshes = []
        for actor, path, torso in zip(self.actors, self._paths, self._torsos, strict=True):
            position, heading = path.at(frame)
            body = rotation(-heading, 0.0, 0.0)
            mesh = torso.below(actor.posed(frame, STUDIO_LIGHT.key @ self._turn @ body))
            meshes.append(mesh.moved(body, position + _PIVOT - body @ _PIVOT))
        return meshes


def best_azimuth(paths: Sequence[Path]) -> float:
    """The direction [rad] from which all faces are seen best and heads are apart; rather from the side of z."""
    ahead = np.array([_mean_heading(path) for path in paths])
    faces = np.cos(ahead[:, None] - _AZIMUTHS).min(axis=0)
    places = np.array([path.positions.mean(axis=0) for path in paths])
    across = places[:, :1] * np.cos(_AZIMUTHS) - places[:, 2:] * np.sin(_AZIMUTHS)
    gaps = [np.abs(a - b) for a, b in itertools.combinations(across, 2)]
    crowded = np.clip(1 - np.min(gaps, axis=0) / _CLEAR, 0, 1) if gaps else 0.0
    return float(_AZIMUTHS[np.argmax(faces - 2 * crowded + 0.01 * np.cos(_AZIMUTHS))])


def framed(
    paths: Sequence[Path], tops: Sequence[float], azimuth: float, aspect: float
) -> tuple[np.ndarray, Camera, list[float]]:
    """Where the camera aims (3,) [m], the camera, and how far right of the aim each person is on average [m].

    All heads stay in the picture in all frames. `tops` [m]: how high each head reaches above its eyes; `aspect`:
    height of the picture by its width.
    """
    turn = Camera(yaw=azimuth).turn()
    corners = []
    for path, top in zip(paths, tops, strict=True):
        seen = path.positions @ turn.T
        low, high = seen.min(axis=0), seen.max(axis=0)
        corners.append([low - _NEAR_CORNER, high + np.array([_BESIDE, top + _ABOVE, _BEFORE])])
    boxes = np.array(corners)
    low, high = boxes[:, 0].min(axis=0), boxes[:, 1].max(axis=0)
    span = max(float(high[1] - low[1]), float(high[0] - low[0]) * aspect)
    distance = 3.0 * span + float(high[2] - low[2]) / 2
    nearer = distance / (distance - float(high[2] - low[2]) / 2)
    aim = (low + high) / 2
    aim[1] = high[1] - span / 2 + _SLACK_ABOVE * (span - float(high[1] - low[1]))
    across = [float((path.positions @ turn.T)[:, 0].mean() - aim[0]) for path in paths]
    return aim @ turn, Camera(middle=0.0, span=span * nearer, distance=distance, yaw=azimuth), across


def _enter(look: Appearance, motion: Motion | None, place: Place | None) -> tuple[Actor, Path]:
    if place is not None:
        return actor_of(look, motion), standing(place)
    assert motion is not None
    if isinstance(look, FlameRig):
        return actor_of(look, motion), standing(Place((0.0, 0.0, 0.0), 0.0))
    shown, path = path_of(motion)
    return performing_actor(look, shown), path


def _places(studio: Studio, heads: Sequence[Motion | None]) -> list[Place | None]:
    """The place of each person who is not placed by their motion."""
    places = half_facing(len(heads)) if studio.places is None else studio.places
    if len(places) < len(heads):
        raise VisavisError(f"{len(heads)} people need as many places, {len(places)} given; add some or leave them out")
    return [None if located(motion) else place for motion, place in zip(heads, places, strict=False)]


def _mean_heading(path: Path) -> float:
    return float(np.angle(np.mean(np.exp(1j * path.headings))))


def _seats(across: Sequence[float], width: int) -> tuple[Seat, ...]:
    """Equal shares of the picture's width, given out in the order in which people are seen from left to right."""
    rank = np.argsort(np.argsort(across))
    edges = [i * width // len(across) for i in range(len(across) + 1)]
    return tuple(Seat(edges[i], edges[i + 1] - edges[i]) for i in rank)


def _wall(width: int, height: int) -> np.ndarray:
    """A wall, lit from the upper left."""
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    share = np.clip(0.75 * y + 0.55 * (x - 0.35) ** 2, 0, 1)[..., None]
    grain = np.random.default_rng(0).uniform(-0.5, 0.5, (height, width, 1))
    top, bottom = (np.array(colour) for colour in _WALL)
    return np.asarray(np.round(255 * (top + (bottom - top) * share) + grain).astype(np.uint8))
