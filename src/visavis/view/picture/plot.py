"""One picture of a conversation: both voices, who speaks, jaw, head pitch and nods over one time axis."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from visavis.core.clock import FPS, SAMPLE_RATE, SAMPLES_PER_FRAME, frames_in
from visavis.core.errors import VisavisError
from visavis.core.files import written_whole
from visavis.core.motion import Motion
from visavis.view.picture.canvas import blank_figure
from visavis.view.retarget import to_arkit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLOURS = ("#0072B2", "#D55E00")
"""User and agent: blue and vermilion of Okabe and Ito, told apart by every kind of eye."""
_INK, _FAINT = "#333840", "#d8dce0"


@dataclass(frozen=True, eq=False)
class _Side:
    label: str
    colour: str
    motion: Motion | None
    voice: np.ndarray | None
    activity: np.ndarray | None
    nods: Sequence[int]


def plot_conversation(
    path: str | os.PathLike[str],
    user_motion: Motion | None,
    agent_motion: Motion | None,
    user_voice: np.ndarray | None = None,
    agent_voice: np.ndarray | None = None,
    *,
    user_activity: np.ndarray | None = None,
    agent_activity: np.ndarray | None = None,
    user_nods: Sequence[int] = (),
    agent_nods: Sequence[int] = (),
    labels: tuple[str, str] = ("user", "agent"),
    title: str = "",
    size: tuple[int, int] = (1400, 800),
) -> None:
    """Write a .png of `size` (width, height) [pixels]; what is not known (None) is left out.

    Voices are (S,) at 16 kHz, activities (T,) bool (the person speaks), nods the frames where they begin.
    Raises `VisavisError` when nothing at all is known, a motion's space cannot be shown, the place cannot be written
    or matplotlib is missing.
    """
    sides = (
        _Side(_literal(labels[0]), _COLOURS[0], user_motion, user_voice, user_activity, user_nods),
        _Side(_literal(labels[1]), _COLOURS[1], agent_motion, agent_voice, agent_activity, agent_nods),
    )
    seconds = max(_frames(side) for side in sides) / FPS
    if seconds == 0:
        raise VisavisError(f"nothing to plot in {path}: give a voice, motion or activity of at least one frame")
    figure = blank_figure(*size)
    rows = figure.subplots(4, 1, sharex=True, gridspec_kw={"height_ratios": [1, 1, 1.2, 1.5]})
    for axes, side in zip(rows, sides, strict=False):
        _plot_voice(axes, side)
    for side in sides:
        _plot_motion(rows[2], rows[3], side)
    rows[2].set_ylabel("jaw opening")
    rows[2].set_ylim(-0.03, 1.03)
    rows[3].set_ylabel("head pitch [deg]\n(down is down)")
    low, high = rows[3].get_ylim()
    rows[3].set_ylim(max(high, 5.0), min(low, -5.0))
    rows[3].set_xlabel("time [s]")
    rows[3].set_xlim(0, seconds)
    for axes in rows:
        _plain(axes)
    for axes in rows[2:]:
        if axes.get_legend_handles_labels()[0]:
            axes.legend(loc="lower right", bbox_to_anchor=(1.0, 0.95), frameon=False, ncols=4, fontsize=9)
    if title:
        figure.suptitle(_literal(title), x=0.065, ha="left", fontsize=13, color=_INK)
    figure.subplots_adjust(left=0.065, right=0.985, top=0.93 if title else 0.98, bottom=0.07, hspace=0.20)
    with written_whole(path) as temporary:
        figure.savefig(temporary, format="png")


def _literal(text: str) -> str:
    """Text in which matplotlib finds no formula."""
    return text.replace("$", r"\$")


def _frames(side: _Side) -> int:
    lengths = [0 if side.voice is None else frames_in(len(side.voice))]
    lengths.append(0 if side.motion is None else len(side.motion.resample(FPS)))
    lengths.append(0 if side.activity is None else len(side.activity))
    return max(lengths)


def _plot_voice(axes: Axes, side: _Side) -> None:
    """The voice's envelope, ten values a frame, over a band where the person speaks."""
    axes.set_ylabel(f"{side.label}'s voice")
    axes.set_yticks([])
    axes.set_ylim(-1.05, 1.05)
    if side.activity is not None:
        steps = np.diff(np.concatenate([[0], np.asarray(side.activity, bool).astype(int), [0]]))
        starts, stops = np.flatnonzero(steps == 1) / FPS, np.flatnonzero(steps == -1) / FPS
        spans = list(zip(starts.tolist(), (stops - starts).tolist(), strict=True))
        axes.broken_barh(spans, (-1.05, 2.1), color=side.colour, alpha=0.13, linewidth=0)
    if side.voice is not None and len(side.voice):
        step = SAMPLES_PER_FRAME // 10
        pieces = side.voice[: len(side.voice) // step * step].reshape(-1, step)
        peak = max(float(np.abs(pieces).max(initial=0.0)), 1e-6)
        time = np.arange(len(pieces)) * step / SAMPLE_RATE
        axes.fill_between(time, pieces.min(1) / peak, pieces.max(1) / peak, color=side.colour, linewidth=0)


def _plot_motion(jaw: Axes, pitch: Axes, side: _Side) -> None:
    if side.motion is None or len(side.motion) == 0:
        return
    shown = to_arkit(side.motion.require_finite(f"{side.label}'s motion")).resample(FPS)
    time = np.arange(len(shown)) / FPS
    degrees = np.degrees(shown["HeadPitch"][:, 0])
    jaw.plot(time, shown["JawOpen"][:, 0], color=side.colour, linewidth=1.3, label=side.label)
    pitch.plot(time, degrees, color=side.colour, linewidth=1.3, label=side.label)
    nods = np.array([onset for onset in side.nods if 0 <= onset < len(shown)], np.int64)
    if len(nods):
        pitch.plot(
            nods / FPS,
            degrees[nods],
            "v",
            color=side.colour,
            markersize=9,
            markeredgecolor="white",
            label=f"{side.label} nods",
        )
        for onset in nods:
            pitch.axvline(onset / FPS, color=side.colour, linewidth=0.8, alpha=0.35, zorder=0)


def _plain(axes: Axes) -> None:
    for edge in ("top", "right", "left"):
        axes.spines[edge].set_visible(False)
    axes.spines["bottom"].set_color(_FAINT)
    axes.grid(axis="x", color=_FAINT, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, colors=_INK, labelsize=9)
    axes.yaxis.label.set_color(_INK)
    axes.yaxis.label.set_fontsize(10)
