"""Shapes of the left eye's lids: they travel round the eyeball, never through it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from visavis.view.people.form import EYE, EYE_RADIUS, LID
from visavis.view.people.lids import WIDTH, angles, edge, seam, towards
from visavis.view.people.surface_parts import soft_step

_TOP, _BOTTOM = np.radians(50.0), np.radians(-50.0)
"""How far above and below the eye the skin of the lids is drawn along."""


@dataclass(frozen=True)
class Travel:
    """Where the middle of the lids' edges goes: a share of the way to being shut, angles [rad], a sideways drift."""

    upper_shut: float = 0.0
    lower_shut: float = 0.0
    upper_up: float = 0.0
    lower_up: float = 0.0
    drift: float = 0.0


_d = float(np.radians(1.0))
LID_TRAVELS: Mapping[str, Travel] = {
    "EyeBlink": Travel(1.0, 1.0),
    "EyeLookDown": Travel(0.42, 0.0, 0.0, -2.5 * _d),
    "EyeLookIn": Travel(drift=-2.5 * _d),
    "EyeLookOut": Travel(drift=2.5 * _d),
    "EyeLookUp": Travel(upper_up=7.0 * _d, lower_up=2.0 * _d),
    "EyeSquint": Travel(0.22, 0.75),
    "EyeWide": Travel(upper_up=8.5 * _d, lower_up=-2.0 * _d),
}


def lid_shift(points: np.ndarray, across: np.ndarray, up: np.ndarray, radius: np.ndarray, travel: Travel) -> np.ndarray:
    """Displacements (N, 3) [cm] of points (N, 3), given their angles about the left eye, (N,) [rad, cm]."""
    upper, lower = edge(across)
    shut = seam(across)
    arch = np.clip(1 - np.square(across / WIDTH), 0, 1)
    is_upper = up >= np.where(np.abs(across) < WIDTH, (upper + lower) / 2, 0)
    upper_goal = upper + travel.upper_shut * (shut - upper) + travel.upper_up * arch
    lower_goal = lower + travel.lower_shut * (shut - lower) + travel.lower_up * arch
    above = np.clip((_TOP - up) / (_TOP - upper), 0, 1.15)
    under = np.clip((up - _BOTTOM) / (lower - _BOTTOM), 0, 1.15)
    turned = np.where(is_upper, (upper_goal - upper) * above, (lower_goal - lower) * under)
    near = soft_step((1.55 * EYE_RADIUS - radius) / (0.30 * EYE_RADIUS))
    pull = np.abs(turned) * np.clip((radius - LID * EYE_RADIUS), 0, None) * 0.55
    closeness = np.where(is_upper, above, under) ** 2 * near
    moved = EYE + (radius - pull)[:, None] * towards(across + travel.drift * closeness, up + turned * near)
    shift = moved - points
    shift[(near == 0) | (np.abs(across) > np.pi / 2)] = 0
    return np.asarray(shift)


def fringe_shift(points: np.ndarray, travel: Travel) -> np.ndarray:
    """Displacements (N, 3) [cm] of lashes (N, 3) that turn with the edge of the left upper lid."""
    across, up, radius = angles(points)
    upper, _ = edge(across)
    arch = np.clip(1 - np.square(across / WIDTH), 0, 1)
    turned = travel.upper_shut * (seam(across) - upper) + travel.upper_up * arch
    return np.asarray(EYE + radius[:, None] * towards(across + travel.drift, up + turned) - points)
