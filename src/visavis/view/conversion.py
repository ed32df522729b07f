"""flame56 <-> arkit61: jaw and head by rule, the face by least squares between two meshes where FLAME is at hand.

FLAME's expression codes have no names; what they do is known only from FLAME's own shapes, which are licensed. With
them, the shapes of an ARKit head are carried over to FLAME's vertices (`align`), and a face in one language becomes
the face in the other that puts those vertices nearest to where they should be, within the bounds of its numbers.

V vertices, T frames, K unknowns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from visavis.core.builtin_spaces import ARKIT61, ARKIT_WEIGHTS, FLAME56, JAW_FULLY_OPEN
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.retarget import to_arkit
from visavis.core.rotations import from_quaternion
from visavis.core.spaces import MotionSpace
from visavis.view.bounded import bounded_least_squares
from visavis.view.posing import posing
from visavis.view.rigs.flame import Flame
from visavis.view.rigs.rig import MeshRig

_REACH_M = 0.012
"""A FLAME vertex farther than this from the ARKit head takes no part (back of the head, neck)."""
_EXPRESSIONS = len(FLAME56.groups["exp"])
_MOST_EXPRESSION = 4.0
"""Codes are in standard deviations."""
_JAW_LOW, _JAW_HIGH = np.array([-0.05, -0.15, -0.15]), np.array([0.6, 0.15, 0.15])
_RIDGE = 1e-4
"""How firmly each number is held at 0, as a share of what it moves: among equal faces the plainest is taken."""
_CHUNK = 256


@dataclass(frozen=True, eq=False)
class Bridge:
    """A FLAME head and the ARKit shapes on its vertices: `names` (N), `shapes` (N, 3 v) of the v vertices `near`."""

    flame: Flame
    near: np.ndarray
    names: tuple[str, ...]
    shapes: np.ndarray

    def to_arkit(self, motion: Motion) -> Motion:
        """flame56 -> arkit61; shapes that the ARKit head lacks stay 0, so do the eyes."""
        shown = to_arkit(motion)
        values = shown.values.copy()
        values[:, ARKIT61.indices("JawOpen")] = 0
        held = self.shapes @ self.shapes.T
        gram = held + _RIDGE * np.diag(np.diag(held))
        bounds = np.zeros(len(gram)), np.ones(len(gram))
        columns = [ARKIT61.indices(name)[0] for name in self.names]
        for start in range(0, len(motion), _CHUNK):
            part = motion.cut(start, start + _CHUNK)
            moved = self._moved(part["exp"].astype(np.float64), part["jaw"].astype(np.float64))
            values[start : start + len(part), columns] = bounded_least_squares(gram, moved @ self.shapes.T, *bounds)
        return Motion(values, ARKIT61, motion.fps, state=motion.state)

    def to_flame(self, motion: Motion) -> Motion:
        """arkit61 -> flame56; the jaw's rotation is taken as a straight way, right at a half-open mouth."""
        own = self._directions()
        held = own @ own.T
        gram = held + _RIDGE * np.diag(np.diag(held))
        low = np.concatenate([np.full(_EXPRESSIONS, -_MOST_EXPRESSION), _JAW_LOW])
        high = np.concatenate([np.full(_EXPRESSIONS, _MOST_EXPRESSION), _JAW_HIGH])
        weights = np.concatenate([motion[name] for name in self.names], axis=1).astype(np.float64)
        found = bounded_least_squares(gram, weights @ (self.shapes @ own.T), low, high)
        result = _jaw_and_head(motion)
        result.values[:, FLAME56.indices("exp")] = found[:, :_EXPRESSIONS]
        result.values[:, FLAME56.indices("jaw")] = found[:, _EXPRESSIONS:]
        return result

    def _moved(self, expression: np.ndarray, jaw: np.ndarray) -> np.ndarray:
        """How far the near vertices are from rest (T, 3 v) while the head stands still."""
        there = self.flame.vertices(expression, jaw, np.zeros_like(jaw))[:, self.near]
        return np.asarray((there - self.flame.template[self.near]).reshape(len(jaw), -1))

    def _directions(self) -> np.ndarray:
        """What a unit of each expression code and jaw angle does to the near vertices (K, 3 v)."""
        half = JAW_FULLY_OPEN / 2
        codes, angles = np.eye(_EXPRESSIONS, _EXPRESSIONS + 3).T, np.eye(3, _EXPRESSIONS + 3, _EXPRESSIONS).T * half
        scale = np.concatenate([np.ones(_EXPRESSIONS), np.full(3, half)])
        return np.asarray(self._moved(codes, angles) / scale[:, None])


def to_space(motion: Motion, space: MotionSpace, bridge: Bridge | None = None, partly: bool = False) -> Motion:
    """Motion in another space. `bridge` (from `align`) knows faces; `partly`: jaw and head alone, the face at rest.

    Raises `VisavisError` where there is no such conversion, and where flame56 and arkit61 are to be converted without
    FLAME and `partly` was not asked for.
    """
    if motion.space is space:
        return motion
    if {motion.space, space} != {FLAME56, ARKIT61}:
        known = "flame56 -> arkit61, arkit61 -> flame56"
        raise VisavisError(f"{motion.space.name} cannot become {space.name}; conversions: {known}")
    if bridge is None and not partly:
        raise VisavisError(
            "the face in flame56 is 50 codes without names, which only FLAME's own shapes explain; give your licensed "
            "FLAME file and an ARKit head (--flame, --head), or ask for jaw and head alone (--partly)"
        )
    if bridge is None:
        return to_arkit(motion) if space is ARKIT61 else _jaw_and_head(motion)
    return bridge.to_arkit(motion) if space is ARKIT61 else bridge.to_flame(motion)


def align(flame: Flame, rig: MeshRig) -> Bridge:
    """The shapes of an ARKit head on FLAME's vertices.

    Both heads stand upright and look ahead; the ARKit head is moved and scaled until its eyes lie where FLAME's do.
    A FLAME vertex takes what the nearest vertex of the ARKit head does, if one lies within 12 mm.
    Raises `VisavisError` where the head has no eye joints, or lies nowhere near.
    """
    places = {joint.name: np.asarray(joint.at) for joint in rig.mesh.joints}
    if not {"LeftEye", "RightEye"} <= set(places):
        raise VisavisError("the ARKit head has no eye joints to align it by; use a head with LeftEye and RightEye")
    own = (flame.regressor @ flame.template)[3:5]
    other = np.stack([places["LeftEye"], places["RightEye"]])
    scale = np.linalg.norm(own[0] - own[1]) / np.linalg.norm(other[0] - other[1])
    points = (rig.mesh.vertices - other.mean(axis=0)) * scale + own.mean(axis=0)
    nearest, away = _nearest(flame.template, points)
    near = np.flatnonzero(away < _REACH_M)
    names = tuple(name for name in ARKIT_WEIGHTS if name in rig.mesh.names)
    rows = [rig.mesh.names.index(name) for name in names]
    shapes = scale * rig.mesh.offsets[rows][:, nearest[near]].astype(np.float64)
    moving = np.abs(shapes).max(axis=(1, 2), initial=0) > 0
    if len(near) == 0 or not moving.any():
        raise VisavisError("the two heads do not lie on each other; both must look ahead, in metres")
    kept = tuple(name for name, moves in zip(names, moving, strict=True) if moves)
    return Bridge(flame, near, kept, shapes[moving].reshape(len(kept), -1))


def _nearest(points: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The nearest of `others` to each point, and how far it is."""
    found, away = np.empty(len(points), np.int64), np.empty(len(points))
    squares = np.sum(others**2, axis=1)
    for start in range(0, len(points), _CHUNK):
        part = points[start : start + _CHUNK]
        distance = np.sum(part**2, axis=1)[:, None] - 2 * part @ others.T + squares
        found[start : start + _CHUNK] = distance.argmin(axis=1)
        away[start : start + _CHUNK] = np.sqrt(np.maximum(distance.min(axis=1), 0))
    return found, away


def _jaw_and_head(motion: Motion) -> Motion:
    """arkit61 -> flame56 with the face at rest: the jaw as far open as `JawOpen` says, the head as it turns."""
    rest = np.zeros((len(motion), FLAME56.width), np.float32)
    result = Motion(rest, FLAME56, motion.fps, state=motion.state)
    result.values[:, FLAME56.indices("jaw")[0]] = JAW_FULLY_OPEN * np.clip(motion["JawOpen"][:, 0], 0, 1)
    result.values[:, FLAME56.indices("pose")] = from_quaternion(posing(motion).turns["Head"], "axis-angle")
    return result
