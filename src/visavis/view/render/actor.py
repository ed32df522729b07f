"""Who is in a picture: one of the project's own people, or somebody's rig, with the motion that moves them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from visavis.core.builtin_spaces import FLAME56
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.view.mesh import JAW
from visavis.view.people.build import build_head
from visavis.view.people.looks import Look
from visavis.view.people.surface_parts import Colour
from visavis.view.performance import Performance, performance, still
from visavis.view.posing import Posing, posing
from visavis.view.render.own_body import OwnBody
from visavis.view.render.posed_mesh import PosedMesh
from visavis.view.render.rig_skin import RigSkin, anatomy_of_flame, anatomy_of_mesh
from visavis.view.rigs.flame import FlameRig
from visavis.view.rigs.rig import MeshRig

Appearance = Look | MeshRig | FlameRig
"""What somebody looks like: one of our own looks, or a rig (`rigs.load.read_rig`)."""

_PIECE = 16
"""A rig's vertices are known for this many frames at a time."""
_RIG_ACCENT: Colour = (0.33, 0.42, 0.60)


class Actor(Protocol):
    """Somebody in a picture, in the space of our own heads: x to the own left, y up, z ahead, eyes at y = 0 [m]."""

    @property
    def accent(self) -> Colour:
        """The colour that stands for the person in captions."""
        ...

    @property
    def rest(self) -> np.ndarray:
        """Vertices (V, 3) [m] at rest."""
        ...

    @property
    def faces(self) -> np.ndarray:
        """Triangles (F, 3)."""
        ...

    def posed(self, frame: int, key: np.ndarray) -> PosedMesh:
        """The person in a frame, lit from the direction `key` (3,); after the last frame nothing moves."""
        ...


def actor_of(appearance: Appearance, motion: Motion | None) -> Actor:
    """The actor with this appearance; without motion it stands still.

    Raises `VisavisError` where the motion cannot be shown, or the rig has nothing that opens its mouth.
    """
    if isinstance(appearance, FlameRig):
        resting = Motion(np.zeros((1, FLAME56.width), np.float32), FLAME56)
        return FlameActor(appearance, resting if motion is None else motion)
    shown = performance(still() if motion is None else motion)
    return OwnActor(appearance, shown) if isinstance(appearance, Look) else MeshActor(appearance, shown)


def not_shown(rig: MeshRig, motion: Motion) -> tuple[str, ...]:
    """The weights that move in a motion but have no shape in a rig. Raises `VisavisError` as `performance` does."""
    moved = performance(motion).motion
    return tuple(name for name in rig.missing if np.ptp(moved[name]) > 0.05)


class OwnActor:
    """One of the project's own people."""

    def __init__(self, look: Look, shown: Performance) -> None:
        self._body, self._shown, self.accent = OwnBody(build_head(look)), shown, look.cloth

    @property
    def rest(self) -> np.ndarray:
        """Vertices (V, 3) [m] at rest."""
        return self._body.head.points

    @property
    def faces(self) -> np.ndarray:
        """Triangles (F, 3)."""
        return self._body.head.faces

    def posed(self, frame: int, key: np.ndarray) -> PosedMesh:
        """The person in a frame, lit from the direction `key` (3,)."""
        pose = self._shown.pose(frame)
        return self._body.posed(pose.weights, pose.head, pose.gaze, key)


class MeshActor:
    """A mesh with named shapes."""

    accent = _RIG_ACCENT

    def __init__(self, rig: MeshRig, shown: Performance) -> None:
        if all(joint.name != JAW for joint in rig.mesh.joints):
            rig.require("JawOpen")
        self._rig = rig
        self._posing = posing(shown.with_eyes())
        self._skin = RigSkin(anatomy_of_mesh(rig.mesh), rig.faces)
        self._frames = _Pieces(self._vertices, len(shown))
        self.rest, self.faces = self._skin.rest, self._skin.faces

    def posed(self, frame: int, key: np.ndarray) -> PosedMesh:
        """The person in a frame, lit from the direction `key` (3,)."""
        return self._skin.posed(self._frames.at(frame), key)

    def _vertices(self, start: int, stop: int) -> np.ndarray:
        whole = self._posing
        turns = {name: turns[start:stop] for name, turns in whole.turns.items()}
        return self._rig.posed(Posing(whole.weights[start:stop], turns))


class FlameActor:
    """A FLAME head. Raises `VisavisError` for motion in another space than flame56."""

    accent = _RIG_ACCENT

    def __init__(self, rig: FlameRig, motion: Motion) -> None:
        if len(motion) == 0:
            raise VisavisError("motion to show has no frames; give at least one")
        motion.require_finite("motion to show")
        self._skin = RigSkin(anatomy_of_flame(rig.flame), rig.faces)
        self._frames = _Pieces(lambda start, stop: rig.vertices(motion.cut(start, stop)), len(motion))
        self._frames.at(0)
        self.rest, self.faces = self._skin.rest, self._skin.faces

    def posed(self, frame: int, key: np.ndarray) -> PosedMesh:
        """The person in a frame, lit from the direction `key` (3,)."""
        return self._skin.posed(self._frames.at(frame), key)


class _Pieces:
    """Frames computed a piece at a time, so that memory does not grow with the motion."""

    def __init__(self, compute: Callable[[int, int], np.ndarray], frames: int) -> None:
        self._compute, self._count, self._first = compute, frames, 0
        self._known: np.ndarray | None = None

    def at(self, frame: int) -> np.ndarray:
        """Vertices (V, 3) of a frame; before the first and after the last frame nothing moves."""
        frame = min(max(frame, 0), self._count - 1)
        if self._known is None or not self._first <= frame < self._first + len(self._known):
            self._first = frame
            self._known = self._compute(frame, min(frame + _PIECE, self._count))
        return np.asarray(self._known[frame - self._first])
