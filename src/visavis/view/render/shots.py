"""Camera shots of people in a room: all of them from the side, and one over the shoulder of another.

Room: right-handed, metres, y up. An azimuth is where a camera stands about what it aims at [rad]: 0 looks against z,
positive from the side of x. T frames.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from visavis.view.raster import Light
from visavis.view.render.camera import Camera
from visavis.view.render.lighting import STUDIO_LIGHT
from visavis.view.render.placement import Path

_BESIDE, _ABOVE, _BELOW, _BEFORE = 0.19, 0.035, 0.25, 0.12
"""How far a picture of all reaches beside, above and below the eyes, and how far ahead a face reaches [m]."""
_NEAR_CORNER = np.array([_BESIDE, _BELOW, _BEFORE])
_AZIMUTHS = np.radians(np.arange(-180, 180, 5))
_CLEAR = 0.34
"""Two heads are apart in the picture by this or more [m], where that can be had."""
_IN_ORDER = 0.1
"""What it is worth, in cosines of the angle to a face, that the first is seen left of the second."""
_SLACK_ABOVE = 0.3
"""How much of the height that is left over is above the heads."""
_LEAST_BEHIND, _BEHIND = 0.8, 1.3
"""A camera over a shoulder stands this far behind it [m], or this share of the distance of both people."""
_RAISED = 0.05
"""How far above the eyes of the nearer person it stands [m]."""
_TALL = 0.52
"""How much it sees from top to bottom where the farther person is [m]."""
_EYE_LINE = 0.09
"""How far above the middle of the picture the farther person's eyes are, as a share of its height."""
_OWN, _OTHER = -0.33, 0.20
"""Where the nearer and the farther person are seen, from the middle, as a share of the picture's width."""
_NARROWEST = 0.9
"""A face and its shoulders are in a picture of this width by its height."""
_WIDEST_VIEW = 2.2
"""A picture wider than this for its height shows no more of the nearer person, but more of the room."""


@dataclass(frozen=True, eq=False)
class Shot:
    """A camera that stands still in a room: its `camera` turns about `aim` (3,) [m], lit by `light` in its own axes.

    narrowest: the least width of a picture by its height that shows all that matters. focus: where that is, right of
    the middle, in heights of the picture. shaded: who is seen from behind and stands in the shade, by number.
    """

    aim: np.ndarray
    camera: Camera
    light: Light = STUDIO_LIGHT
    narrowest: float = 1.0
    focus: float = 0.0
    shaded: int | None = None

    @property
    def mirrored(self) -> bool:
        """Whether the key light comes from the right instead of the left."""
        return bool(self.light.key[0] > 0)

    @property
    def position(self) -> np.ndarray:
        """Where the camera stands (3,) [m]."""
        return np.asarray(self.aim + self.camera.distance * self.camera.turn()[2])

    def seen(self, points: np.ndarray) -> np.ndarray:
        """Where points (N, 3) [m] are seen (N, 2): right and up of the middle, in heights of the picture."""
        placed, _ = self.camera.project(np.asarray(points) - self.aim, 1, 0)
        return np.stack([placed[:, 0], 0.5 - placed[:, 1]], axis=1)


def best_azimuth(paths: Sequence[Path]) -> float:
    """The direction [rad] from which all faces are seen best and heads are apart; rather the first on the left."""
    ahead = np.array([_mean_heading(path) for path in paths])
    faces = np.cos(ahead[:, None] - _AZIMUTHS).min(axis=0)
    places = np.array([path.positions.mean(axis=0) for path in paths])
    across = places[:, :1] * np.cos(_AZIMUTHS) - places[:, 2:] * np.sin(_AZIMUTHS)
    gaps = [np.abs(a - b) for a, b in itertools.combinations(across, 2)]
    crowded = np.clip(1 - np.min(gaps, axis=0) / _CLEAR, 0, 1) if gaps else 0.0
    ordered = _IN_ORDER * (across[0] < across[-1])
    return float(_AZIMUTHS[np.argmax(faces - 2 * crowded + ordered + 0.01 * np.cos(_AZIMUTHS))])


def shot_of_all(paths: Sequence[Path], tops: Sequence[float], azimuth: float, aspect: float) -> Shot:
    """All people in all frames, from one side.

    `tops` [m]: how high each head reaches above its eyes; `aspect`: height of the picture by its width.
    """
    turn = Camera(yaw=azimuth).turn()
    corners = []
    for path, top in zip(paths, tops, strict=True):
        seen = path.positions @ turn.T
        low, high = seen.min(axis=0), seen.max(axis=0)
        corners.append([low - _NEAR_CORNER, high + np.array([_BESIDE, top + _ABOVE, _BEFORE])])
    boxes = np.array(corners)
    low, high = boxes[:, 0].min(axis=0), boxes[:, 1].max(axis=0)
    wide, tall, deep = (high - low).tolist()
    span = max(tall, wide * aspect)
    distance = 3.0 * span + deep / 2
    nearer = distance / (distance - deep / 2)
    aim = (low + high) / 2
    aim[1] = high[1] - span / 2 + _SLACK_ABOVE * (span - tall)
    camera = Camera(middle=0.0, span=span * nearer, distance=distance, yaw=azimuth)
    return Shot(aim @ turn, camera, narrowest=wide / span)


def shot_over_shoulder(paths: Sequence[Path], of: int, azimuth: float, aspect: float) -> Shot:
    """One of two people over the shoulder of person `of`, who is seen from behind at the picture's edge.

    The camera stands on the side of the line between both from which a camera at `azimuth` sees them, so that nobody
    changes sides from shot to shot. The light comes from where the person who is watched looks.
    """
    near, far = paths[of], paths[1 - of]
    own, other = (path.positions.mean(axis=0) for path in (near, far))
    line = (other - own) * [1.0, 0.0, 1.0]
    apart = float(np.linalg.norm(line))
    line = line / apart if apart > 0 else np.array([np.sin(_mean_heading(near)), 0.0, np.cos(_mean_heading(near))])
    side = np.array([line[2], 0.0, -line[0]])
    right_of_line = -1.0 if side @ [np.sin(azimuth), 0.0, np.cos(azimuth)] > 0 else 1.0
    side = -right_of_line * side
    behind = max(_LEAST_BEHIND, _BEHIND * apart)
    away = behind + apart
    wide = min(1 / aspect, _WIDEST_VIEW) * _TALL
    slopes = _OTHER * wide / away, -_OWN * wide / away
    aside = _aside(behind, away, sum(slopes) / (1 - slopes[0] * slopes[1]))
    stands = own - behind * line + aside * side + [0.0, _RAISED, 0.0]
    across = float(np.hypot(away, aside))
    off_axis = np.arcsin(_OTHER * wide / across)
    pan = np.arctan2(aside, away) + off_axis
    ahead = np.cos(pan) * line - np.sin(pan) * side
    distance, drop = across * np.cos(off_axis), other[1] - stands[1] - _EYE_LINE * _TALL
    aim = stands + distance * ahead + [0.0, drop, 0.0]
    yaw, pitch = np.arctan2(-ahead[0], -ahead[2]), np.arctan2(-drop, distance)
    camera = Camera(0.0, _TALL, float(np.hypot(distance, drop)), float(yaw), float(pitch))
    light = STUDIO_LIGHT if right_of_line > 0 else STUDIO_LIGHT.mirrored()
    return Shot(aim, camera, light, _NARROWEST, right_of_line * _OTHER * wide / _TALL, of)


def _aside(behind: float, away: float, spread: float) -> float:
    """How far aside a camera stands so that the tangent of the angle between both people is `spread`, or the most."""
    apart = away - behind
    root = apart**2 - 4 * spread**2 * behind * away
    return float((apart - np.sqrt(root)) / (2 * spread)) if root > 0 else float(np.sqrt(behind * away))


def _mean_heading(path: Path) -> float:
    return float(np.angle(np.mean(np.exp(1j * path.headings))))
