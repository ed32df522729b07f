"""What is behind people in a room: walls out of focus, with a window, a lamp and a dado, the same from every camera."""

from __future__ import annotations

import numpy as np

from visavis.view.people.surface_parts import Colour, soft_step
from visavis.view.render.shots import Shot

_WALL: tuple[Colour, Colour] = ((0.87, 0.88, 0.88), (0.73, 0.75, 0.76))
"""Colours of the wall well above and well below the eyes."""
_DADO: Colour = (0.62, 0.63, 0.64)
_DADO_AT, _DADO_SOFT = -0.12, 0.05
"""Where the dado begins below the eyes, and how softly [rad]."""
_WALL_REACH = 0.30


def painted(azimuth: np.ndarray, elevation: np.ndarray) -> np.ndarray:
    """The colour (..., 3) in [0, 1] of the room in directions [rad]: 0 is ahead of a camera that sees all people."""
    height = soft_step(0.5 + elevation / (2 * _WALL_REACH))[..., None]
    colour = np.array(_WALL[1]) + (np.array(_WALL[0]) - np.array(_WALL[1])) * height
    below = soft_step((_DADO_AT - elevation) / _DADO_SOFT + 0.5)[..., None]
    return np.asarray(colour + below * (np.array(_DADO) - colour))


def backdrop(shot: Shot, front: float, width: int, height: int, tall: int) -> np.ndarray:
    """The room as a shot sees it, (height, width, 3) uint8, where people fill the upper `tall` rows [pixels].

    `front` [rad] is the azimuth of the camera that sees all people.
    """
    scale = shot.camera.span / tall / shot.camera.distance
    x, y = np.meshgrid(np.arange(width) + 0.5 - width / 2, tall / 2 - np.arange(height) - 0.5)
    rays = np.stack([x * scale, y * scale, -np.ones_like(x)], axis=-1) @ shot.camera.turn()
    azimuth = np.arctan2(-rays[..., 0], -rays[..., 2]) - front
    elevation = np.arctan2(rays[..., 1], np.hypot(rays[..., 0], rays[..., 2]))
    grain = np.random.default_rng(0).uniform(-0.5, 0.5, (height, width, 1))
    colour = painted(np.angle(np.exp(1j * azimuth)), elevation)
    return np.asarray(np.round(255 * np.clip(colour, 0.01, 0.99) + grain).astype(np.uint8))
