"""The stylised head: a pose -> painted on a canvas, back to front. Made by code, without any asset.

Conventions (docs/view.md): HeadYaw > 0 turns to the person's own right (the left of the picture), HeadPitch > 0
looks down, HeadRoll > 0 raises the person's own right ear; eye yaw and pitch likewise, relative to the head.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from visavis.view import anatomy
from visavis.view.canvas import Canvas
from visavis.view.features import SIDES, Face, Patch, blush, brow, eye, mouth, nostrils
from visavis.view.looks import Look, Skin
from visavis.view.retarget import Pose
from visavis.view.surface import Part, lift

_PIVOT = np.array([0.0, -0.95, -0.22])
"""Where the skull turns on the neck."""
_LIGHT = np.array([-0.28, 0.55, 0.787])
_DISTANCE = 9.0
"""Of the camera, in head units."""
_BOTTOM, _TOP = -2.28, 1.62
"""What the height of the picture shows, in head units."""


@dataclass(frozen=True)
class Place:
    """Where on the canvas a head goes: centre x, lower edge and height [pixels]."""

    centre: float
    base: float
    height: float

    def project(self, points: np.ndarray) -> np.ndarray:
        """Points (N, 3) as the camera sees them -> (N, 2) [pixels]."""
        scale = self.height / (_TOP - _BOTTOM) * _DISTANCE / (_DISTANCE - points[:, 2:])
        middle = np.array([self.centre, self.base + self.height / 2])
        return np.asarray(middle + (points[:, :2] - np.array([0.0, (_TOP + _BOTTOM) / 2])) * scale)


@dataclass(frozen=True, eq=False)
class View:
    """A canvas with a head's turn (3, 3) and place on it."""

    canvas: Canvas
    turn: np.ndarray
    place: Place

    def turned(self, points: np.ndarray) -> np.ndarray:
        """Points (N, 3) of a head that looks ahead -> of the head as it is turned."""
        return np.asarray((points - _PIVOT) @ self.turn.T + _PIVOT)

    def paint(self, part: Part, skin: Skin, weights: Mapping[str, float], only: np.ndarray | None = None) -> None:
        """Paint those triangles of a part that face the viewer; `only` (F,) bool picks among them."""
        points = part.shaped(weights)
        if isinstance(part.follow, np.ndarray) or part.follow:
            points = points + part.follow * (self.turned(points) - points)
        corners = self.place.project(points)[part.faces]
        first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
        seen = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0] > 0
        if only is not None:
            seen &= only
        light = _LIGHT if isinstance(part.follow, np.ndarray) or not part.follow else _LIGHT @ self.turn
        colours = skin.lit(np.clip(part.normals @ light, -1, 1))
        colours[:, :3] *= part.strength
        self.canvas.triangles(corners[seen], colours[part.faces[seen]])

    def draw(self, patches: Sequence[Patch]) -> None:
        """Paint flat outlines onto the face."""
        outlines = np.concatenate([patch.outline for patch in patches])
        out = np.concatenate([np.broadcast_to(patch.out, len(patch.outline)) for patch in patches])
        points = self.place.project(self.turned(lift(outlines, out)))
        start = 0
        for patch in patches:
            stop = start + len(patch.outline)
            self.canvas.fill(points[start:stop], patch.colour, patch.alpha)
            start = stop


def rotation(yaw: float, pitch: float, roll: float) -> np.ndarray:
    """The matrix (3, 3) that turns head space by a head pose [rad]."""
    cy, sy, cx, sx, cz, sz = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch), np.cos(roll), np.sin(roll)
    turn = np.array([[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]])
    nod = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    tilt = np.array([[cz, sz, 0], [-sz, cz, 0], [0, 0, 1]])
    return np.asarray(turn @ nod @ tilt)


def draw_body(canvas: Canvas, look: Look, place: Place) -> None:
    """Paint the shoulders, which stay the same in every frame."""
    View(canvas, np.eye(3), place).paint(anatomy.shoulders(), look.cloth, {})


def draw_head(canvas: Canvas, pose: Pose, look: Look, place: Place) -> None:
    """Paint neck and head as they are in one frame."""
    face, paint = pose.face, look.paint
    view = View(canvas, rotation(*pose.head), place)
    weights = _shape_weights(face)
    hair = anatomy.hair(look.long_hair)
    near = hair.points[hair.faces].mean(axis=1) @ view.turn[2] > 0
    if look.long_hair:
        view.paint(anatomy.back_hair(), look.hair, weights)
    view.paint(anatomy.neck(), look.skin, weights)
    view.paint(hair, look.hair, weights, only=~near)
    ears = () if look.long_hair else tuple(side for side, _ in SIDES)
    for side in ears:
        if side * pose.head[0] < 0:
            view.paint(anatomy.ear(side), look.skin, weights)
    view.paint(anatomy.skull(look.long_hair), look.skin, weights)
    gazes = (pose.left_eye, pose.right_eye)
    eyes = [eye(face, side, name, gaze, paint) for (side, name), gaze in zip(SIDES, gazes, strict=True)]
    view.draw([*blush(face, paint), *eyes[0], *eyes[1], *mouth(face, paint)])
    view.paint(anatomy.nose(), look.skin, weights)
    view.draw([*nostrils(face, paint), *(brow(face, side, name, paint) for side, name in SIDES)])
    view.paint(hair, look.hair, weights, only=near)
    for side in ears:
        if side * pose.head[0] >= 0:
            view.paint(anatomy.ear(side), look.skin, weights)


def _shape_weights(face: Face) -> dict[str, float]:
    return {
        "jaw": face["JawOpen"],
        "left cheek": 1.7 * face["CheekPuff"] + 0.45 * face["MouthSmileLeft"],
        "right cheek": 1.7 * face["CheekPuff"] + 0.45 * face["MouthSmileRight"],
        "left sneer": face["NoseSneerLeft"],
        "right sneer": face["NoseSneerRight"],
    }
