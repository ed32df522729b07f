"""What all plots share: colours, plain axes, lines that stay legible when they are long, and how a plot is saved."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from visavis.core.files import written_whole
from visavis.core.spaces import MotionSpace
from visavis.view.canvas import choose_fonts, shortened

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SERIES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Colours of people or models: those of Okabe and Ito, told apart by every kind of eye."""
INK, MUTED, FAINT = "#333840", "#7a828c", "#d8dce0"
MOST_POINTS = 2000
"""A line with more points is drawn as means of stretches, in the band from their least to their greatest."""
_STRETCHES = 700


@dataclass(frozen=True)
class Unit:
    """The unit in which values are shown, and by what they are multiplied for that."""

    name: str
    scale: float


_SHOWN = {"rad": Unit("deg", 180 / np.pi), "m": Unit("cm", 100.0)}


def shown_unit(space: MotionSpace, group: str) -> Unit:
    """Degrees for rad, centimetres for m, else the group's own unit."""
    return _SHOWN.get(space.units[group], Unit(space.units[group], 1.0))


def literal(text: str) -> str:
    """Text in which matplotlib finds no formula."""
    return text.replace("$", r"\$")


def plain(axes: Axes) -> None:
    """Leave only the bottom edge and faint vertical lines."""
    for edge in ("top", "right", "left"):
        axes.spines[edge].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)
    axes.grid(axis="x", color=FAINT, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, colors=INK, labelsize=9)
    axes.xaxis.label.set_color(INK)
    axes.xaxis.label.set_fontsize(10)


def trace(axes: Axes, values: np.ndarray, fps: float, colour: str, label: str = "") -> None:
    """Draw `values` (T,) over time [s]; of more than `MOST_POINTS` the means and the range of short stretches."""
    if len(values) <= MOST_POINTS:
        axes.plot(np.arange(len(values)) / fps, values, color=colour, linewidth=1.2, label=label)
        return
    edges = np.linspace(0, len(values), _STRETCHES + 1).astype(np.int64)
    time = (edges[:-1] + edges[1:]) / (2 * fps)
    means = np.add.reduceat(values.astype(np.float64), edges[:-1]) / np.diff(edges)
    low, high = np.minimum.reduceat(values, edges[:-1]), np.maximum.reduceat(values, edges[:-1])
    axes.fill_between(time, low, high, color=colour, alpha=0.22, linewidth=0)
    axes.plot(time, means, color=colour, linewidth=1.0, label=label)


def legend(axes: Axes, named: Axes, columns: int = 6) -> None:
    """Above the upper right corner of `axes` tell what the colours of the lines in `named` mean."""
    lines, names = named.get_legend_handles_labels()
    axes.legend(
        *(lines, names),
        loc="lower right",
        bbox_to_anchor=(1.01, 0.97),
        frameon=False,
        ncols=columns,
        fontsize=10,
        labelcolor=INK,
    )


def key_legend(axes: Axes, patches: Sequence[Artist], names: Sequence[str]) -> None:
    """In the upper edge of `axes` tell in one line what the colours of `patches` mean."""
    axes.legend(
        *(patches, [literal(shortened(name)) for name in names]),
        loc="upper left",
        bbox_to_anchor=(-0.005, 1.05),
        borderaxespad=0,
        frameon=False,
        ncols=max(len(names), 1),
        fontsize=9,
        labelcolor=INK,
        handlelength=1.0,
        handleheight=0.7,
        columnspacing=1.6,
    )


def row_label(axes: Axes, text: str) -> None:
    """Write what a row shows to its left, upright; a second line is an explanation."""
    axes.annotate(
        text,
        (0, 0.5),
        xytext=(-34, 0),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="right",
        va="center",
        fontsize=10,
        color=INK,
        annotation_clip=False,
    )


def heading(figure: Figure, title: str, left: float, top_pixels: float) -> None:
    """A title whose upper edge lies `top_pixels` below the figure's, from `left` (share of the width)."""
    height = figure.get_figheight() * figure.dpi
    figure.text(left, 1 - top_pixels / height, literal(title), ha="left", va="top", fontsize=13, color=INK)


def save(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Write a figure as .png, each text in fonts that have its letters.

    Raises `VisavisError` when the place cannot be written, or no font has a letter.
    """
    choose_fonts(figure)
    with written_whole(path) as temporary:
        figure.savefig(temporary, format="png")
