"""Several people in one room, seen by cameras that stand still: the nearer hides the farther."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from visavis.core.clock import FPS
from visavis.core.errors import VisavisError
from visavis.core.layout import Place
from visavis.core.motion import Motion
from visavis.view.cutting import Cut, people_shown
from visavis.view.people.head_mesh import rotation
from visavis.view.people.looks import LOOKS
from visavis.view.raster import unthreaded_products
from visavis.view.render.actor import Actor, Appearance, actor_of
from visavis.view.render.backdrop import backdrop
from visavis.view.render.camera import View
from visavis.view.render.placement import Path, located, on_shoulders, paths_of
from visavis.view.render.posed_mesh import PosedMesh
from visavis.view.render.shots import Shot, best_azimuth, shot_of_all, shot_over_shoulder
from visavis.view.render.stage import Seat, require_fit
from visavis.view.render.torso import Torso
from visavis.view.rigs.flame import FlameRig

_TORSO = 1.5
SHADE = 0.42
"""How much light colours of somebody in the shade keep."""


@dataclass(frozen=True)
class FixedCamera:
    """A camera that stands still and sees everybody."""


@dataclass(frozen=True)
class OverShoulder:
    """A camera over the shoulder of person `of` of two (0 or 1): it sees the other's face."""

    of: int


@dataclass(frozen=True)
class CutToSpeaker:
    """Cuts between the shots over two people's shoulders and that of both, at frames of 25 fps (`cutting`)."""

    cuts: tuple[Cut, ...]


Camerawork = FixedCamera | OverShoulder | CutToSpeaker
"""How people in a room are filmed."""


@dataclass(frozen=True)
class Studio:
    """How people are placed and seen.

    - `places`: one for each person whose motion has no translation; unset: an open row, half facing each other.
    - `azimuth`: where the camera stands about the people [rad]: 0 looks against z, positive from the side of x; unset:
      where it sees all faces and nobody hides another.
    - `camera`: from where, and whether it cuts.
    """

    places: tuple[Place, ...] | None = None
    azimuth: float | None = None
    camera: Camerawork = FixedCamera()


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
        self._paths = paths_of(heads, studio.places)
        self.actors = tuple(_on_stage(*person) for person in zip(dressed, heads, self._paths, strict=True))
        self._torsos = [Torso(actor.rest, actor.faces, _TORSO) for actor in self.actors]
        width, height = size
        self._tall = height - margin
        azimuth = best_azimuth(self._paths) if studio.azimuth is None else studio.azimuth
        tops = [float(actor.rest[:, 1].max()) for actor in self.actors]
        self.shots = shots_of(self._paths, tops, azimuth, self._tall / width)
        self._numbers = _shot_numbers(studio.camera, heads)
        self._views = {
            number: View(self._tall, width, self.shots[number].camera, self.shots[number].light)
            for number in sorted(set(self._numbers))
        }
        self._behind = {
            number: backdrop(self.shots[number], azimuth, width, height, self._tall) for number in self._views
        }
        self.seats = _seats(self._across().tolist(), width)
        self.background = self._behind[self._numbers[0]]

    def shot_at(self, frame: int) -> int:
        """The number of the shot, in `shots`, that shows a frame; the last one lasts."""
        return self._numbers[min(frame, len(self._numbers) - 1)]

    def draw(self, frame: int) -> np.ndarray:
        """The picture (H, W, 3) uint8 of a frame; a motion that is over holds its last frame."""
        number = self.shot_at(frame)
        shot, picture = self.shots[number], self._behind[number].copy()
        with unthreaded_products():
            meshes = [mesh.moved(np.eye(3), -shot.aim) for mesh in self.posed(frame)]
            picture[: self._tall] = self._views[number].draw(meshes, np.ascontiguousarray(picture[: self._tall]))
        return picture

    def posed(self, frame: int) -> list[PosedMesh]:
        """Everybody as they stand in the room in a frame, lit as its shot is."""
        shot = self.shots[self.shot_at(frame)]
        meshes = []
        for i, (actor, path, torso) in enumerate(zip(self.actors, self._paths, self._torsos, strict=True)):
            position, heading = path.at(frame)
            body = rotation(-heading, 0.0, 0.0)
            mesh = torso.below(actor.posed(frame, shot.light.key @ shot.camera.turn() @ body))
            mesh = mesh.dimmed(SHADE) if i == shot.shaded else mesh
            meshes.append(mesh.moved(body, position))
        return meshes

    def _across(self) -> np.ndarray:
        """How far right each person is seen on average in the shot of all."""
        return self.shots[0].seen(np.array([path.positions.mean(axis=0) for path in self._paths]))[:, 0]


def shots_of(paths: Sequence[Path], tops: Sequence[float], azimuth: float, aspect: float) -> tuple[Shot, ...]:
    """The shot of all people, and of two also those over the shoulder of the first and of the second."""
    whole = shot_of_all(paths, tops, azimuth, aspect)
    if len(paths) != 2:
        return (whole,)
    return whole, *(shot_over_shoulder(paths, of, azimuth, aspect) for of in (0, 1))


def shot_showing(person: int | None) -> int:
    """The number of the shot that shows this person of two over the other's shoulder, or everybody."""
    return 0 if person is None else 2 - person


def _shot_numbers(camera: Camerawork, heads: Sequence[Motion | None]) -> list[int]:
    """The number of the shot of each frame; the last one lasts."""
    if isinstance(camera, FixedCamera):
        return [0]
    if len(heads) != 2:
        raise VisavisError(f"a camera over a shoulder needs two people, {len(heads)} given; use the fixed camera")
    if isinstance(camera, OverShoulder):
        return [shot_showing(1 - camera.of)]
    fps = max((motion.fps for motion in heads if motion is not None), default=float(FPS))
    last = camera.cuts[-1].frame + 1
    shown = people_shown(camera.cuts, last)
    count = math.ceil(last * fps / FPS)
    return [shot_showing(shown[min(int(i * FPS / fps + 1e-6), last - 1)]) for i in range(count)]


def _on_stage(look: Appearance, motion: Motion | None, path: Path) -> Actor:
    """Somebody as they move in the room; a FLAME head is moved by its own space alone, which knows no place."""
    if motion is None or not located(motion) or isinstance(look, FlameRig):
        return actor_of(look, motion)
    return actor_of(look, on_shoulders(motion, path))


def _seats(across: Sequence[float], width: int) -> tuple[Seat, ...]:
    """Equal shares of the picture's width, given out in the order in which people are seen from left to right."""
    rank = np.argsort(np.argsort(across))
    edges = [i * width // len(across) for i in range(len(across) + 1)]
    return tuple(Seat(edges[i], edges[i + 1] - edges[i]) for i in rank)
