"""Figures and what they do, packed for the page: shapes sparse, all numbers quantised.

V vertices, F triangles, N shapes, J joints, T frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from visavis.view.player.animation import Animation
from visavis.view.player.avatar import Avatar
from visavis.view.player.pack import Pack
from visavis.view.plot.state_colours import state_colours

_LEAST = 5e-6
"""Offsets below this [m] are left out: a pixel of a large picture is 0.2 mm."""
_LEAST_JAW, _LEAST_ANGLE = 0.3, 10.0
"""Curves reach at least so far: how open the jaw is, and how far the head turns [degrees]."""


def packed_avatar(pack: Pack, avatar: Avatar) -> dict[str, Any]:
    """Positions to 0.005 mm or better, colours and light in 255 steps."""
    mesh = avatar.mesh
    surface = np.concatenate([avatar.colours, avatar.openness[:, None], avatar.gloss], axis=1)
    return {
        "vertices": pack.add_scaled(mesh.vertices.T),
        "faces": pack.add_running(mesh.faces.T, _index_kind(len(mesh.vertices))),
        "surface": pack.add(np.round(255 * np.clip(surface.T, 0, 1)), "u1"),
        "shapes": _shapes(pack, mesh.offsets),
        "joints": [{"name": joint.name, "at": list(joint.at), "parent": joint.parent} for joint in mesh.joints],
        "following": pack.add(np.round(65535 * mesh.following.T), "u2"),
        "eyes": [
            {
                "joint": eye.joint,
                "ball": [eye.ball.start, eye.ball.stop],
                "lid": [eye.lid.start, eye.lid.stop],
            }
            for eye in avatar.eyes
        ],
        "middle": avatar.middle,
        "span": avatar.span,
    }


def packed_animation(pack: Pack, acted: Animation) -> dict[str, Any]:
    """Channel by channel: weights (N, T) in 65 535 steps, turns (J, 4, T) in 32 767 steps to either side."""
    return {
        "weights": pack.add_scaled(acted.weights.T),
        "turns": pack.add(np.round(32767 * np.moveaxis(acted.turns, 0, -1)), "i2"),
    }


def packed_curves(pack: Pack, acted: Sequence[Animation | None]) -> list[dict[str, Any]]:
    """The curves under the picture: jaw, and pitch (downwards is down) and yaw in degrees, a line for each person."""
    if not any(acted):
        return []
    jaw = [None if person is None else person.jaw for person in acted]
    pitch = [None if person is None else np.degrees(person.pitch) for person in acted]
    yaw = [None if person is None else np.degrees(person.yaw) for person in acted]
    return [
        {"name": "jaw", "low": 0.0, "high": _widest(jaw, _LEAST_JAW), "lines": _lines(pack, jaw)},
        {"name": "pitch", "low": _widest(pitch, _LEAST_ANGLE), "high": -_widest(pitch, _LEAST_ANGLE)}
        | {"lines": _lines(pack, pitch)},
        {"name": "yaw", "low": -_widest(yaw, _LEAST_ANGLE), "high": _widest(yaw, _LEAST_ANGLE)}
        | {"lines": _lines(pack, yaw)},
    ]


def packed_states(pack: Pack, told: Sequence[np.ndarray | None]) -> list[dict[str, Any] | None]:
    """The conversation states (T,) of each person by name: numbers, and what each is called and its colour."""
    colours = state_colours(name for states in told if states is not None for name in np.unique(states))
    numbers = {name: number for number, name in enumerate(colours)}
    return [
        None
        if states is None
        else {
            "values": pack.add(np.array([numbers[name] for name in states.tolist()], np.int64), "u2"),
            "names": list(colours),
            "colours": list(colours.values()),
        }
        for states in told
    ]


def _widest(values: Sequence[np.ndarray | None], least: float) -> float:
    return max([least, *(float(np.abs(line).max()) for line in values if line is not None)])


def _lines(pack: Pack, values: Sequence[np.ndarray | None]) -> list[dict[str, Any] | None]:
    return [None if line is None else pack.add_scaled(line) for line in values]


def _shapes(pack: Pack, offsets: np.ndarray) -> dict[str, Any]:
    moved = (np.abs(offsets) > _LEAST).any(axis=2)
    rows = [np.flatnonzero(shape) for shape in moved]
    counts = np.array([len(found) for found in rows], np.int64)
    return {
        "counts": pack.add(counts, "u4"),
        "rows": pack.add_running(np.concatenate([*rows, np.zeros(0, np.int64)]), _index_kind(offsets.shape[1])),
        "offsets": pack.add_scaled(offsets[moved].reshape(-1, 3).T),
    }


def _index_kind(count: int) -> str:
    return "u2" if count <= 65536 else "u4"
