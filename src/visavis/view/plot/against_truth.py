"""One picture of what models made beside what was true: over time, as distributions, in a few numbers."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from visavis.core.clock import FPS
from visavis.core.motion import Motion
from visavis.view.canvas import blank_figure, shortened
from visavis.view.observation import signals
from visavis.view.plot.comparison import Comparison, compared
from visavis.view.plot.over_time import AXES
from visavis.view.plot.style import (
    INK,
    MUTED,
    SERIES,
    heading,
    legend,
    literal,
    plain,
    row_label,
    save,
    shown_unit,
    trace,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH, _LEFT, _RIGHT = 1400, 205, 20
_ROW, _GAP, _HISTOGRAMS, _LINE = 86, 24, 170, 24
"""Heights [pixels]: a row over time, the space below it, the distributions, a line of the table."""
_COLOURS = (INK, *SERIES)
_NAMED = 5
"""Names in a line of the legend, at most."""
_BINS, _ABOVE = 32, 1.6
"""Of a distribution; it is drawn up to so many times the truth's peak."""


def plot_truth(
    path: str | os.PathLike[str],
    truth: Motion,
    models: Mapping[str, Motion],
    voice: np.ndarray | None = None,
    *,
    title: str = "",
) -> None:
    """Write a .png, 1400 pixels wide, of one to six models (by label) against one person's true motion.

    From above: jaw and head angles over time; how far each group is from the truth, as means over a second; how often
    jaw and head are where; lip correlation, mean distance and speed ratio. `voice` (S,) at 16 kHz is the person's: with
    it lips count only where the person speaks.

    Raises `VisavisError` as `compared` does, when the space cannot be shown, the place cannot be written or matplotlib
    is missing.
    """
    true, found = compared(truth, models, voice)
    moves = [signals(true), *(signals(one.model) for one in found)]
    labels = ["truth", *(literal(shortened(one.label, 20)) for one in found)]
    names, groups = list(moves[0]), list(true.space.groups)
    lines = -(-len(labels) // _NAMED)
    top = (44 if title else 16) + 22 * lines
    middle = top + (len(names) + len(groups)) * (_ROW + _GAP) + 70
    below = middle + _HISTOGRAMS + 50
    figure = blank_figure(_WIDTH, below + _LINE * (len(found) + 2) + 16)
    rows = [_placed(figure, top + i * (_ROW + _GAP), _ROW) for i in range(len(names) + len(groups))]
    for row, name in zip(rows, names, strict=False):
        _plot_moves(row, name, moves, labels)
    for row, group in zip(rows[len(names) :], groups, strict=True):
        _plot_distance(row, group, found)
    for row in rows:
        plain(row)
        row.set_xlim(0, len(true) / FPS)
        row.tick_params(labelbottom=row is rows[-1])
    rows[-1].set_xlabel("time [s]")
    legend(rows[0], rows[0], columns=-(-len(labels) // lines))
    if title:
        heading(figure, title, _LEFT / _WIDTH, 10)
    _plot_distributions(figure, middle, moves)
    _write_table(_placed(figure, below, _LINE * (len(found) + 2)), found, labels[1:])
    save(figure, path)


def _placed(figure: Figure, top: float, tall: float, left: float = _LEFT, right: float = _WIDTH - _RIGHT) -> Axes:
    """Axes at a place in pixels from the upper left corner."""
    height = figure.get_figheight() * figure.dpi
    return figure.add_axes((left / _WIDTH, 1 - (top + tall) / height, (right - left) / _WIDTH, tall / height))


def _plot_moves(axes: Axes, name: str, moves: Sequence[dict[str, np.ndarray]], labels: Sequence[str]) -> None:
    row_label(axes, AXES[name])
    for move, colour, label in zip(moves, _COLOURS, labels, strict=False):
        trace(axes, move[name], FPS, colour, label)
    if name == "pitch":
        axes.invert_yaxis()


def _plot_distance(axes: Axes, group: str, found: Sequence[Comparison]) -> None:
    row_label(axes, f"{group}: distance\nfrom truth [{shown_unit(found[0].model.space, group).name}]")
    for one, colour in zip(found, SERIES, strict=False):
        trace(axes, _over_a_second(one.distance[group]), FPS, colour)
    axes.set_ylim(bottom=0)


def _over_a_second(values: np.ndarray) -> np.ndarray:
    """Means (T,) over the second around each frame, at the ends over what there is of it."""
    window = np.ones(min(FPS, len(values)))
    return np.asarray(np.convolve(values, window, "same") / np.convolve(np.ones(len(values)), window, "same"))


def _plot_distributions(figure: Figure, top: float, moves: Sequence[dict[str, np.ndarray]]) -> None:
    """For each signal the share of frames at each value: the truth filled, models as outlines."""
    names = list(moves[0])
    wide = (_WIDTH - _LEFT - _RIGHT) / len(names)
    for number, name in enumerate(names):
        left = _LEFT + number * wide
        axes = _placed(figure, top, _HISTOGRAMS, left, left + wide - (30 if number + 1 < len(names) else 0))
        values = [move[name] for move in moves]
        low, high = min(float(one.min()) for one in values), max(float(one.max()) for one in values)
        edges = np.linspace(low, max(high, low + 1e-3), _BINS + 1)
        for each, colour in zip(values, _COLOURS, strict=False):
            share = np.histogram(each, edges)[0] / len(each)
            axes.stairs(share, edges, color=colour, linewidth=1.5)
            if each is values[0]:
                axes.stairs(share, edges, color=colour, fill=True, alpha=0.15)
        axes.set_ylim(0, _ABOVE * max(np.histogram(values[0], edges)[0]) / len(values[0]))
        plain(axes)
        axes.set_yticks([])
        axes.set_title(AXES[name].partition("\n")[0], loc="left", fontsize=10, color=INK)
        if number == 0:
            row_label(axes, "distribution\nshare of frames")


def _write_table(axes: Axes, found: Sequence[Comparison], labels: Sequence[str]) -> None:
    """Lip correlation, and for each group the mean distance and the speed ratio, a line for each model."""
    axes.set_axis_off()
    groups = list(found[0].distance)
    lips = [] if found[0].lips is None else ["correlation"]
    units = [shown_unit(found[0].model.space, group).name for group in groups]
    heads = [*lips, *(part for unit in units for part in (f"distance [{unit}]", "speed ratio"))]
    lines = len(found) + 2

    def write(column: int, line: int, text: str, colour: str = INK) -> None:
        axes.text((column + 1) / len(heads), 1 - (line + 0.5) / lines, text, ha="right", fontsize=9.5, color=colour)

    for column, group in enumerate([*(["lips"] if lips else []), *(part for each in groups for part in (each, ""))]):
        write(column, 0, group)
    for column, head in enumerate(heads):
        write(column, 1, head, MUTED)
    for line, (one, label, colour) in enumerate(zip(found, labels, SERIES, strict=False), 2):
        place = 1 - (line + 0.5) / lines
        axes.annotate(
            label, (0, place), xytext=(-34, 0), textcoords="offset points", ha="right", fontsize=10, color=colour
        )
        values = [] if one.lips is None else [f"{one.lips:.2f}"]
        for group in groups:
            values += [f"{one.distance[group].mean():.3g}", f"{one.speed_ratio[group]:.2f}"]
        for column, value in enumerate(values):
            write(column, line, value)
