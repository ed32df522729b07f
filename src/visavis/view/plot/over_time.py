"""One picture of a conversation: voices, who speaks, jaw, head and events over one time axis."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from visavis.core.clock import FPS, SAMPLE_RATE, SAMPLES_PER_FRAME
from visavis.core.errors import VisavisError
from visavis.encode.activity import runs
from visavis.view.canvas import blank_figure, shortened
from visavis.view.observation import EVENTS, Observation, signals
from visavis.view.plot.state_colours import state_colours
from visavis.view.plot.style import SERIES, heading, key_legend, legend, literal, plain, row_label, save, trace

if TYPE_CHECKING:
    from matplotlib.axes import Axes

AXES = {
    "jaw": "jaw opening",
    "pitch": "head pitch [deg]\ndown: looks down",
    "yaw": "head yaw [deg]\nup: to own right",
    "roll": "head roll [deg]\nup: own right ear up",
}
"""How the axes of `signals` are labelled."""
_MARKS = {"nod": "v", "smile": "o", "blink": "d"}
_FEW = 60
"""So many events of a kind get a large mark; more become ticks."""
_FINEST = 12_000
"""Pieces of a voice whose extremes are drawn, at most."""


@dataclass(frozen=True, eq=False)
class _Line:
    seen: Observation
    colour: str
    moves: dict[str, np.ndarray]


@dataclass(frozen=True)
class _Row:
    height: float
    draw: Callable[[Axes], None]


def plot_people(
    path: str | os.PathLike[str],
    people: Sequence[Observation],
    *,
    title: str = "",
    size: tuple[int, int] | None = None,
) -> None:
    """Write a .png of what one or two people do; what is not known is left out.

    `size` is (width, height) [pixels]; unset: 1400 wide, and as high as the rows need. `observed` makes an
    `Observation` of a person. A long conversation is drawn as the means and the range of short stretches.

    Raises `VisavisError` when nothing is known or there are not one or two people, a motion is not finite or its
    space cannot be shown, the place cannot be written or matplotlib is missing.
    """
    if len(people) not in (1, 2):
        raise VisavisError(f"{len(people)} people given; one or two can be plotted")
    seconds = max(person.frames for person in people) / FPS
    if seconds == 0:
        raise VisavisError(f"nothing to plot in {path}: give a voice, motion or activity of at least one frame")
    seen = [_Line(person, colour, _moves(person)) for person, colour in zip(people, SERIES, strict=False)]
    rows = _rows(seen)
    width, height = size or (1400, round(90 + (30 if title else 0) + 120 * sum(row.height for row in rows)))
    figure = blank_figure(width, height)
    ratios = [row.height for row in rows]
    places = figure.subplots(len(rows), 1, sharex=True, squeeze=False, gridspec_kw={"height_ratios": ratios})[:, 0]
    for axes, row in zip(places, rows, strict=True):
        row.draw(axes)
        plain(axes)
    places[-1].set_xlabel("time [s]")
    places[-1].set_xlim(0, seconds)
    left, top = 205 / width, 64 if title else 36
    if title:
        heading(figure, title, left, 10)
    named = next((axes for axes in places if axes.get_legend_handles_labels()[0]), None)
    if named is not None:
        legend(places[0], named)
    figure.subplots_adjust(left=left, right=1 - 20 / width, top=1 - top / height, bottom=46 / height, hspace=0.22)
    save(figure, path)


def _moves(person: Observation) -> dict[str, np.ndarray]:
    motion = person.person.motion
    if motion is None or len(motion) == 0:
        return {}
    return signals(motion.require_finite(f"{person.label}'s motion"))


def _rows(seen: Sequence[_Line]) -> list[_Row]:
    def voice(one: _Line) -> _Row:
        return _Row(0.8, lambda axes: _plot_voice(axes, one))

    def signal(name: str) -> _Row:
        return _Row(1.3 if name == "pitch" else 0.9, lambda axes: _plot_signal(axes, name, seen))

    names = [name for name in AXES if any(name in one.moves for one in seen)]
    kinds = [kind for kind in EVENTS if any(kind in one.seen.events for one in seen)]
    heard = [one for one in seen if one.seen.person.speech is not None or one.seen.speaking is not None]
    told = [one for one in seen if one.seen.state is not None]
    rows = [voice(one) for one in heard]
    rows += [_Row(0.3 + 0.2 * len(told), lambda axes: _plot_states(axes, told))] if told else []
    rows += [signal(name) for name in names]
    return rows + ([_Row(0.22 + 0.26 * len(kinds), lambda axes: _plot_events(axes, kinds, seen))] if kinds else [])


def _plot_voice(axes: Axes, one: _Line) -> None:
    """The voice's extremes, at most ten pairs a frame, over a band where the person speaks."""
    row_label(axes, f"{literal(shortened(one.seen.label, 18))}\nvoice")
    axes.set_yticks([])
    axes.set_ylim(-1.05, 1.05)
    if one.seen.speaking is not None:
        stretches = runs(np.asarray(one.seen.speaking, bool))
        spans = [(first / FPS, (stop - first) / FPS) for first, stop in stretches]
        axes.broken_barh(spans, (-1.05, 2.1), color=one.colour, alpha=0.13, linewidth=0)
    voice = one.seen.person.speech
    if voice is not None and len(voice):
        step = max(SAMPLES_PER_FRAME // 10, len(voice) // _FINEST)
        pieces = voice[: len(voice) // step * step].reshape(-1, step)
        peak = max(float(np.abs(pieces).max(initial=0.0)), 1e-6)
        time = np.arange(len(pieces)) * step / SAMPLE_RATE
        axes.fill_between(time, pieces.min(1) / peak, pieces.max(1) / peak, color=one.colour, linewidth=0)


def _plot_states(axes: Axes, told: Sequence[_Line]) -> None:
    """A lane for each person who is told to be in conversation states, under what their colours mean."""
    colours = state_colours(name for one in told for name in np.unique(_states(one)))
    patches = []
    for name, colour in colours.items():
        for lane, one in enumerate(told):
            spans = [(first / FPS, (stop - first) / FPS) for first, stop in runs(_states(one) == name)]
            if spans:
                shown = axes.broken_barh(spans, (lane - 0.4, 0.8), color=colour, linewidth=0)
        patches.append(shown)
    axes.set_yticks(range(len(told)), [f"{literal(shortened(one.seen.label, 18))}'s state" for one in told])
    axes.set_ylim(len(told) - 0.5, -2.0)
    key_legend(axes, patches, list(colours))


def _states(one: _Line) -> np.ndarray:
    assert one.seen.state is not None
    return one.seen.state


def _plot_signal(axes: Axes, name: str, seen: Sequence[_Line]) -> None:
    row_label(axes, AXES[name])
    for one in seen:
        if name in one.moves:
            trace(axes, one.moves[name], FPS, one.colour, literal(shortened(one.seen.label)))
    if name == "pitch":
        for one in seen:
            _mark_nods(axes, one)
    low, high = axes.get_ylim()
    if name == "jaw":
        axes.set_ylim(-0.03, 1.03)
    else:
        low, high = min(low, -5.0), max(high, 5.0)
        axes.set_ylim((high, low) if name == "pitch" else (low, high))


def _mark_nods(axes: Axes, one: _Line) -> None:
    degrees = one.moves.get("pitch", np.zeros(0))
    nods = _within(one.seen.events.get("nod", ()), len(degrees))
    if 0 < len(nods) <= _FEW:
        axes.plot(nods / FPS, degrees[nods], "v", color=one.colour, markersize=8, markeredgecolor="white")


def _plot_events(axes: Axes, kinds: Sequence[str], seen: Sequence[_Line]) -> None:
    """A lane for each kind; of two people the first stands in its upper, the second in its lower half."""
    axes.set_yticks(range(len(kinds)), [f"{kind}s" for kind in kinds])
    axes.set_ylim(len(kinds) - 0.45, -0.55)
    for lane, kind in enumerate(kinds):
        for number, one in enumerate(seen):
            begins = _within(one.seen.events.get(kind, ()), one.seen.frames)
            height = np.full(len(begins), lane + (0.36 * number - 0.18 if len(seen) > 1 else 0.0))
            few = len(begins) <= _FEW
            mark, size = (_MARKS[kind], 6) if few else ("|", 7)
            axes.plot(
                begins / FPS, height, mark, color=one.colour, markersize=size, alpha=1.0 if few else 0.6, clip_on=False
            )


def _within(frames: Sequence[int], count: int) -> np.ndarray:
    return np.array([frame for frame in frames if 0 <= frame < count], np.int64)
