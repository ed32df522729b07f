"""The skin as a part: its colours by region."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from visavis.view.people.form import Measures, nostril_place, nostrils
from visavis.view.people.loops import Net
from visavis.view.people.regions import Regions, skin_regions
from visavis.view.people.surface_parts import LIP_GLOSS, SKIN_GLOSS, Part, blend, part, soft_step

if TYPE_CHECKING:
    from visavis.view.people.looks import Look

_POUCH = (0.45, 0.17, 0.17)


def complexion(net: Net, points: np.ndarray, look: Look) -> Part:
    """The skin with blush, lips, lid edges, nostrils and stubble."""
    tones = look.tones
    r = skin_regions(net, points)
    colours = np.broadcast_to(np.array(tones.plain), points.shape)
    colours = blend(colours, tones.blush, 0.34 * _blush(r))
    colours = blend(colours, tones.deep, 0.55 * _around_nostrils(r, look.measures))
    colours = blend(colours, np.array(tones.deep) * 0.45, 0.9 * _hollows(points, look.measures))
    colours = blend(colours, look.hair.stubble_colour, look.hair.stubble * _scalp(points))
    lips = np.where(np.isfinite(r.share), np.clip((1.0 - np.nan_to_num(r.share)) / 0.16, 0, 1), 0)
    lips *= np.clip(0.35 + (1 - np.abs(r.along)) / 0.12, 0, 1)
    colours = blend(colours, tones.lips, 0.92 * lips)
    inner = net.mouth[-5:]
    colours[inner] = _POUCH
    colours[net.throat] = np.array(_POUCH) * 0.5
    colours[net.mouth[-6]] = blend(tones.lips, _POUCH, 0.45)
    for loops in (net.left_eye, net.right_eye):
        colours[loops[-2:]] = blend(tones.plain, (0.80, 0.42, 0.38), 0.55)
        colours[loops[-3]] = blend(tones.plain, tones.deep, 0.30)
    skin = part(points, net.faces(), colours, SKIN_GLOSS, _unrolled(points))
    skin.gloss[:] += lips[:, None] * (np.array([LIP_GLOSS.shine, LIP_GLOSS.sharp, LIP_GLOSS.soft]) - skin.gloss)
    for loops in (net.left_eye, net.right_eye):
        skin.gloss[loops[-2:]] = (0.5, 0.6, 0.8)
    return skin


def _blush(r: Regions) -> np.ndarray:
    cheeks = r.near((4.4, -3.4, 6.4), (1.9, 1.5, 3.0)) + r.near((-4.4, -3.4, 6.4), (1.9, 1.5, 3.0))
    nose = r.near((0.0, -3.6, 9.6), (1.3, 0.9, 1.2))
    chin = r.near((0.0, -8.8, 8.2), (1.3, 0.8, 1.5))
    return np.asarray(cheeks + 0.8 * nose + 0.35 * chin)


def _around_nostrils(r: Regions, measures: Measures) -> np.ndarray:
    x, y, z = nostril_place(measures).tolist()
    return np.asarray(r.near((x, y, z), (0.5, 0.4, 0.6)) + r.near((-x, y, z), (0.5, 0.4, 0.6)))


def _hollows(points: np.ndarray, measures: Measures) -> np.ndarray:
    """1 inside the nostrils, fading out at their edge."""
    return soft_step(0.6 - nostrils(points, measures) / 0.14)


def _scalp(points: np.ndarray) -> np.ndarray:
    """1 where hair grows, fading out at temples, behind the ears and at the nape."""
    _, y, z = points.T
    line = -5.2 + 0.30 * np.maximum(z + 4, 0) + 5.0 * soft_step((z + 3.0) / 8.0)
    return np.asarray(soft_step((y - line) / 3.4) * soft_step((5.4 - z) / 5.0))


def _unrolled(points: np.ndarray) -> np.ndarray:
    """Places (V, 2) on a flat picture: directions from the middle of the head, by angle from straight ahead."""
    towards = points - np.array([0.0, -2.0, -1.0])
    towards /= np.linalg.norm(towards, axis=1, keepdims=True)
    away = np.arccos(np.clip(towards[:, 2], -1, 1)) / np.pi
    flat = towards[:, :2] / np.maximum(np.linalg.norm(towards[:, :2], axis=1, keepdims=True), 1e-9)
    return np.asarray(0.5 + 0.5 * away[:, None] * flat)
