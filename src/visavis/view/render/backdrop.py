"""What is behind people in a room: walls out of focus, with a window, a lamp and a dado, the same from every camera."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from visavis.view.people.surface_parts import Colour, soft_step
from visavis.view.render.camera import Camera
from visavis.view.render.shots import Shot

_WALL: tuple[Colour, Colour] = ((0.80, 0.78, 0.75), (0.66, 0.65, 0.63))
"""Colours of the wall well above and well below the eyes."""
_REACH = 0.24
_DADO: Colour = (0.52, 0.50, 0.49)
_DADO_AT = -0.13
"""Where the dado begins below the eyes [rad]."""
_BLUR = 0.012
"""How soft the edges of things are [rad]."""


@dataclass(frozen=True)
class _Panel:
    """Something upright on the wall: from `left` to `right` and `low` to `high` [rad], a share of `colour`."""

    left: float
    right: float
    low: float
    high: float
    colour: Colour
    share: float = 1.0

    def cover(self, azimuth: np.ndarray, elevation: np.ndarray) -> np.ndarray:
        """How much of it is seen in directions (...) [rad]."""
        across = _soft(azimuth - self.left) * _soft(self.right - azimuth)
        return np.asarray(self.share * across * _soft(elevation - self.low) * _soft(self.high - elevation))


_SKY: Colour = (0.90, 0.93, 0.96)
_FRAME: Colour = (0.84, 0.83, 0.81)
_WOOD: Colour = (0.53, 0.46, 0.40)
_BOOKS: tuple[Colour, ...] = ((0.46, 0.50, 0.53), (0.60, 0.49, 0.43), (0.53, 0.55, 0.50))
_GLOW: Colour = (1.00, 0.88, 0.70)
_LAMP_AT, _LAMP_SIZE = (1.10, 0.030), 0.022
_CASE_LEFT, _CASE_RIGHT = -1.20, -1.045
_PANELS = (
    _Panel(-0.185, 0.185, -0.075, 0.4, _FRAME),
    _Panel(-0.17, -0.01, -0.06, 0.4, _SKY),
    _Panel(0.01, 0.17, -0.06, 0.4, _SKY),
    _Panel(_CASE_LEFT, _CASE_RIGHT, -0.5, 0.062, _WOOD, 0.7),
    *(
        _Panel(_CASE_LEFT + 0.012, _CASE_RIGHT - 0.012 - 0.03 * (i % 2), low, low + 0.034, colour, 0.75)
        for i, (low, colour) in enumerate(zip((0.016, -0.036, -0.088), _BOOKS, strict=True))
    ),
    _Panel(_LAMP_AT[0] - 0.004, _LAMP_AT[0] + 0.004, -0.5, _LAMP_AT[1] - 0.01, _WOOD, 0.5),
)


def _soft(inside: np.ndarray) -> np.ndarray:
    return soft_step(0.5 + inside / (2 * _BLUR))


def painted(azimuth: np.ndarray, elevation: np.ndarray) -> np.ndarray:
    """The colour (..., 3) in [0, 1] of the room in directions [rad].

    Azimuth 0 is ahead of a camera that sees all people, and positive to its left; elevations are those on the walls of
    a square room.
    """
    height = soft_step(0.5 + elevation / (2 * _REACH))[..., None]
    colour = np.array(_WALL[1]) + (np.array(_WALL[0]) - np.array(_WALL[1])) * height
    below = _soft(_DADO_AT - elevation)[..., None]
    colour = colour + below * (np.array(_DADO) - colour)
    for panel in _PANELS:
        colour = colour + panel.cover(azimuth, elevation)[..., None] * (np.array(panel.colour) - colour)
    away = np.hypot(azimuth - _LAMP_AT[0], elevation - _LAMP_AT[1]) / _LAMP_SIZE
    glow = (0.6 * soft_step(1.5 - away) + 0.35 / (1 + (away / 2) ** 2))[..., None]
    return np.asarray(colour + glow * (np.array(_GLOW) - colour))


def backdrop(shot: Shot, front: float, width: int, height: int, tall: int) -> np.ndarray:
    """The room as a shot sees it, (height, width, 3) uint8, where people fill the upper `tall` rows [pixels].

    `front` [rad] is the azimuth of the camera that sees all people.
    """
    scale = shot.camera.span / tall / shot.camera.distance
    x, y = np.meshgrid(np.arange(width) + 0.5 - width / 2, tall / 2 - np.arange(height) - 0.5)
    rays = np.stack([x * scale, y * scale, -np.ones_like(x)], axis=-1) @ shot.camera.turn()
    rays = rays @ Camera(yaw=front).turn().T
    azimuth = np.arctan2(-rays[..., 0], -rays[..., 2])
    elevation = np.arctan2(rays[..., 1], np.maximum(np.abs(rays[..., 0]), np.abs(rays[..., 2])))
    grain = np.random.default_rng(0).uniform(-0.5, 0.5, (height, width, 1))
    colour = painted(azimuth, elevation)
    return np.asarray(np.round(255 * np.clip(colour, 0.01, 0.99) + grain).astype(np.uint8))


def described() -> dict[str, Any]:
    """What `painted` paints, for those who paint it elsewhere; angles in radians, colours in [0, 1]."""
    return {
        "above": _WALL[0],
        "below": _WALL[1],
        "reach": _REACH,
        "dado": _DADO,
        "dadoAt": _DADO_AT,
        "blur": _BLUR,
        "panels": [
            {"edges": [one.left, one.right, one.low, one.high], "colour": one.colour, "share": one.share}
            for one in _PANELS
        ],
        "glow": _GLOW,
        "lampAt": _LAMP_AT,
        "lampSize": _LAMP_SIZE,
    }
