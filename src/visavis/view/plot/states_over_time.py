"""A timeline of a conversation's states: who speaks, and a lane for each state of the agent, minute by minute."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from visavis.analysis.state_files import ConversationStates
from visavis.analysis.states import STATES
from visavis.core.clock import FPS
from visavis.core.errors import VisavisError
from visavis.encode.activity import runs
from visavis.view.canvas import blank_figure
from visavis.view.plot.state_colours import state_colours
from visavis.view.plot.style import MUTED, SERIES, plain, save

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_STRIP_S = 60
_MOST_STRIPS = 10
_WIDTH, _LANE, _GAP, _MARGIN = 1400, 22, 44, 14


def plot_states(path: str | os.PathLike[str], told: ConversationStates) -> None:
    """Write a .png, 1400 wide: a strip for each minute, ten at most, which are longer in a long conversation.

    Raises `VisavisError` for a conversation of no frames, a place that cannot be written, or without matplotlib.
    """
    if told.frames == 0:
        raise VisavisError(f"nothing to plot in {path}: the conversation is shorter than a frame, 40 ms")
    seconds = told.frames / FPS
    strips = min(max(1, int(np.ceil(seconds / _STRIP_S))), _MOST_STRIPS)
    length = seconds if strips == 1 else max(_STRIP_S, seconds / strips)
    lanes = 2 + len(STATES)
    height = 2 * _MARGIN + strips * (lanes * _LANE + _GAP)
    figure = blank_figure(_WIDTH, height)
    for number, axes in enumerate(figure.subplots(strips, 1, squeeze=False)[:, 0]):
        _draw(axes, told)
        axes.set_xlim(number * length, (number + 1) * length)
    figure.subplots_adjust(
        left=170 / _WIDTH, right=1 - 20 / _WIDTH, top=1 - _MARGIN / height, bottom=_GAP / height, hspace=_GAP / 198
    )
    axes.set_xlabel("time [s]")
    save(figure, path)


def _draw(axes: Axes, told: ConversationStates) -> None:
    _bars(axes, 0, told.user.speaking, SERIES[0])
    _bars(axes, 1, told.agent.speaking, SERIES[1])
    for state, colour in enumerate(state_colours(STATES).values()):
        _bars(axes, 2 + state, told.states == state, colour)
    axes.set_yticks(range(2 + len(STATES)), ["user's voice", "agent's voice", *STATES])
    axes.set_ylim(1.5 + len(STATES), -0.5)
    axes.axhline(1.5, color=MUTED, linewidth=0.6)
    plain(axes)


def _bars(axes: Axes, lane: int, active: np.ndarray, colour: str) -> None:
    spans: Sequence[tuple[float, float]] = [(first / FPS, (stop - first) / FPS) for first, stop in runs(active)]
    axes.broken_barh(spans, (lane - 0.36, 0.72), color=colour, linewidth=0)
