"""One picture of how the channels of a motion are used: where they lie, how far they spread, how fast they change."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.view.canvas import blank_figure
from visavis.view.plot.style import FAINT, INK, MUTED, SERIES, heading, plain, save, shown_unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LINE, _GAP = 16, 62
"""Height of a channel, and of what lies between two groups [pixels]."""
_KEY = "line: all values   bar: 5 % to 95 %   dot: mean, and one standard deviation to either side"


@dataclass(frozen=True, eq=False)
class GroupStatistics:
    """The channels (n) of one group over time: each array is (n,), in `unit`, `speed` in `unit`/s.

    `low` and `high` are the 5 % and 95 % quantiles, `speed` is the mean absolute change from frame to frame.
    """

    name: str
    unit: str
    channels: tuple[str, ...]
    mean: np.ndarray
    deviation: np.ndarray
    least: np.ndarray
    low: np.ndarray
    high: np.ndarray
    greatest: np.ndarray
    speed: np.ndarray


def group_statistics(motion: Motion) -> tuple[GroupStatistics, ...]:
    """Statistics of every group of the motion's space, angles in degrees, lengths in centimetres.

    Raises `VisavisError` when the motion has fewer than two frames or is not finite.
    """
    if len(motion) < 2:
        raise VisavisError(f"motion of {len(motion)} frames has no statistics; give at least two frames")
    motion.require_finite("motion to plot")
    return tuple(_statistics(motion, group) for group in motion.space.groups)


def plot_groups(path: str | os.PathLike[str], motion: Motion, *, title: str = "") -> None:
    """Write a .png, 1200 pixels wide, with a line for each channel, group by group.

    Left: a thin line from the least to the greatest value, a bar from the 5 % to the 95 % quantile, the mean and its
    standard deviation as a dot with whiskers. Right: the mean speed. Works in every space, however long the motion.

    Raises `VisavisError` as `group_statistics` does, when the place cannot be written or matplotlib is missing.
    """
    groups = group_statistics(motion)
    top, bottom = 74 if title else 34, 58
    height = top + bottom + _LINE * motion.space.width + _GAP * (len(groups) - 1)
    figure = blank_figure(1200, height)
    if title:
        heading(figure, title, 200 / 1200, 10)
    figure.text(200 / 1200, 8 / height, _KEY, ha="left", va="bottom", fontsize=9, color=MUTED)
    edge = height - top
    for number, group in enumerate(groups):
        tall = _LINE * len(group.channels)
        edge -= tall
        below, share = edge / height, tall / height
        spread = figure.add_axes((200 / 1200, below, 590 / 1200, share))
        _plot_spread(spread, group, SERIES[number % len(SERIES)])
        speed = figure.add_axes((830 / 1200, below, 340 / 1200, share))
        _plot_speed(speed, group, SERIES[number % len(SERIES)])
        edge -= _GAP
    save(figure, path)


def _statistics(motion: Motion, group: str) -> GroupStatistics:
    unit = shown_unit(motion.space, group)
    values = motion[group].astype(np.float64) * unit.scale
    least, low, high, greatest = np.quantile(values, (0.0, 0.05, 0.95, 1.0), axis=0)
    return GroupStatistics(
        name=group,
        unit=unit.name,
        channels=tuple(motion.space.channels[i] for i in motion.space.groups[group]),
        mean=values.mean(axis=0),
        deviation=values.std(axis=0),
        least=least,
        low=low,
        high=high,
        greatest=greatest,
        speed=np.abs(np.diff(values, axis=0)).mean(axis=0) * motion.fps,
    )


def _plot_spread(axes: Axes, group: GroupStatistics, colour: str) -> None:
    lines = np.arange(len(group.channels))
    axes.hlines(lines, group.least, group.greatest, color=MUTED, linewidth=0.8)
    axes.barh(lines, group.high - group.low, 0.6, group.low, color=colour, alpha=0.35, linewidth=0)
    axes.errorbar(
        group.mean, lines, xerr=group.deviation, fmt="o", color=colour, markersize=3.5, elinewidth=1.6, ecolor=colour
    )
    axes.set_yticks(lines, group.channels)
    _frame(axes, len(lines))
    axes.axvline(0, color=FAINT, linewidth=1.2, zorder=0)
    _caption(axes, f"{group.name} [{group.unit}]", bold=True)


def _plot_speed(axes: Axes, group: GroupStatistics, colour: str) -> None:
    lines = np.arange(len(group.channels))
    axes.barh(lines, group.speed, 0.6, color=colour, linewidth=0)
    axes.set_yticks([])
    axes.set_xlim(0, max(float(group.speed.max()) * 1.05, 1e-6))
    _frame(axes, len(lines))
    _caption(axes, f"mean speed [{group.unit}/s]", bold=False)


def _frame(axes: Axes, lines: int) -> None:
    plain(axes)
    axes.set_ylim(lines - 0.5, -0.5)
    axes.tick_params(axis="y", labelsize=8)


def _caption(axes: Axes, text: str, *, bold: bool) -> None:
    axes.set_title(text, loc="left", fontsize=10, color=INK, fontweight="bold" if bold else "normal", pad=5)
