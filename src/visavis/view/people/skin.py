"""The skin at rest: loops laid by hand round eyes and mouth, everything between spread evenly over the clay."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from visavis.view.people.clay import Form, directed, onto, struck
from visavis.view.people.form import COMMON, Measures, head_form, nostril_place, on_the_left
from visavis.view.people.lids import lid_loops
from visavis.view.people.lip_loops import lip_loops
from visavis.view.people.loops import EYE_HOLE, MIDDLE, MOUTH_HOLE, Net, skin_net

LID_LOOPS = 6
_PROFILE = np.array([
    # row, y and z ahead, y and z behind, half width
    (0, -18.5, 1.4, -18.5, -7.4, 4.4),
    (7, -11.8, 1.8, -12.0, -6.6, 4.3),
    (14, -10.6, 6.0, -8.0, -7.4, 5.2),
    (22, -8.3, 8.0, -5.5, -8.6, 6.2),
    (28, -5.3, 8.6, -3.0, -9.4, 6.8),
    (40, -2.5, 8.2, 0.0, -10.0, 7.3),
    (48, 2.8, 8.0, 3.0, -10.2, 7.6),
    (60, 8.0, 6.5, 8.0, -8.0, 6.4),
    (69, 11.5, 0.4, 11.4, -2.2, 1.4),
])  # fmt: skip
_ROUNDS = 60
_PULL, _RIDGE_PULL = 2.2, 1.6
"""How much more a place between the nostrils weighs than one far away: for the net, and along the nose's ridge."""
_NOSTRIL_REACH = np.array([1.5, 1.3, 1.7])


@lru_cache(maxsize=8)
def skin_points(measures: Measures) -> np.ndarray:
    """The skin's vertices (V, 3) [cm] for the net of `loops.skin_net`, exactly mirror-symmetric."""
    net = skin_net()
    start = _first_guess(net) if measures == COMMON else skin_points(COMMON)
    return _spread(net, start, measures, _ROUNDS if measures == COMMON else 12)


def _first_guess(net: Net) -> np.ndarray:
    rows, columns = np.nonzero(net.grid >= 0)
    away = np.interp(np.abs(columns - MIDDLE), [0, 7, 19, 23, MIDDLE], np.radians([0, 11, 56, 68, 180]))
    azimuth = np.sign(columns - MIDDLE) * away
    y_ahead, z_ahead, y_behind, z_behind, width = (np.interp(rows, _PROFILE[:, 0], _PROFILE[:, i]) for i in range(1, 6))
    ahead = (1 + np.cos(azimuth)) / 2
    points = np.zeros((net.size, 3))
    placed = np.stack(
        [
            width * np.sin(azimuth),
            y_behind + ahead * (y_ahead - y_behind),
            z_behind + ahead * (z_ahead - z_behind),
        ],
        axis=-1,
    )
    points[net.grid[rows, columns]] = placed
    points[net.crown] = (0, 11.7, -1.0)
    return points


def _spread(net: Net, points: np.ndarray, measures: Measures, rounds: int) -> np.ndarray:
    form = head_form(measures)
    points = points.copy()
    points[net.left_eye[-LID_LOOPS:]] = lid_loops(form, net.left_eye.shape[1])
    points[net.right_eye[-LID_LOOPS:]] = points[net.left_eye[-LID_LOOPS:]] * [-1, 1, 1]
    mouth = lip_loops(form, net.mouth.shape[1], measures)
    laid = len(mouth)
    points[net.mouth[-laid:]] = mouth
    points[net.throat] = mouth[-1].mean(axis=0)
    ridge = net.grid[MOUTH_HOLE.high : EYE_HOLE.high + 1, MIDDLE]
    points[ridge] = _nose_ridge(form, len(ridge), measures)
    for loops, fixed in ((net.left_eye, LID_LOOPS), (net.right_eye, LID_LOOPS), (net.mouth, laid)):
        free = len(loops) - fixed
        share = (np.arange(1, free) / free)[:, None, None]
        points[loops[1:free]] = points[loops[0]] + share * (points[loops[free]] - points[loops[0]])
    held = np.zeros(net.size, dtype=bool)
    held[[net.crown, net.throat]] = True
    for loops in (net.left_eye[-LID_LOOPS:], net.right_eye[-LID_LOOPS:], net.mouth[-laid:], net.grid[0], ridge):
        held[loops] = True
    return _relaxed(net, points, ~held, form, rounds, measures)


def _nose_ridge(form: Form, count: int, measures: Measures) -> np.ndarray:
    """Points (count, 3) along the profile from above the lips to between the brows, closer between the nostrils."""
    y = np.linspace(-5.45, 2.8, 600)
    start = np.stack([0 * y, y, 0 * y + 14.0], axis=-1)
    profile = struck(form, start, np.broadcast_to([0.0, 0.0, -1.0], start.shape))
    middle = (profile[1:] + profile[:-1]) / 2
    step = np.linalg.norm(np.diff(profile, axis=0), axis=1) * (1 + _RIDGE_PULL * _at_nostrils(middle, measures))
    way = np.append(0.0, np.cumsum(step))
    even = np.linspace(0.0, way[-1], count)
    return np.stack([np.interp(even, way, profile[:, i]) for i in range(3)], axis=-1)


def _relaxed(net: Net, points: np.ndarray, free: np.ndarray, form: Form, rounds: int, measures: Measures) -> np.ndarray:
    """Let every free vertex glide along the surface to the middle of its neighbours, again and again.

    Neighbours near the nostrils weigh more, so that the net is finer there. Only the own left half is computed; the
    right one is its mirror image.
    """
    here = np.flatnonzero(free & (net.mirror >= np.arange(net.size)))
    there = net.mirror[here]
    middle = here == there
    around = gather(net)
    table, share = around.table[here], around.share[here]

    def put(placed: np.ndarray) -> None:
        placed[middle, 0] = 0
        points[here] = placed
        points[there] = placed * [-1, 1, 1]

    put(onto(form, points[here], 4))
    for _ in range(rounds):
        slope, steep = directed(form, points[here])
        for _ in range(2):
            pull = share * (1 + _PULL * _at_nostrils(points, measures))[table]
            pull /= pull.sum(axis=1, keepdims=True)
            step = 0.6 * ((points[table] * pull[:, :, None]).sum(axis=1) - points[here])
            put(points[here] + step - slope * (step * slope).sum(axis=1, keepdims=True))
        put(points[here] - slope * (form(points[here]) / steep)[:, None])
    put(onto(form, points[here], 3))
    return np.asarray((points + points[net.mirror] * [-1, 1, 1]) / 2)


def _at_nostrils(points: np.ndarray, measures: Measures) -> np.ndarray:
    """1 at the nostrils and softly less around them (P,)."""
    away = (on_the_left(points) - nostril_place(measures)) / _NOSTRIL_REACH
    return np.asarray(np.exp(-np.square(away).sum(axis=1)))


@dataclass(frozen=True, eq=False)
class Neighbours:
    """For each vertex the numbers (V, 6) of its neighbours and what each counts (V, 6), in all one."""

    table: np.ndarray
    share: np.ndarray


def gather(net: Net) -> Neighbours:
    """The neighbours of the net's vertices; of those that have more only six count."""
    edges = net.neighbours()
    table, weight = np.zeros((net.size, 6), np.int64), np.zeros((net.size, 6))
    starts = np.searchsorted(edges[:, 0], np.arange(net.size + 1))
    for slot in range(6):
        has = starts[:-1] + slot < starts[1:]
        table[has, slot] = edges[starts[:-1][has] + slot, 1]
        weight[has, slot] = 1.0
    return Neighbours(table, weight / weight.sum(1, keepdims=True))
