"""The colours of conversation states, the same in timelines, plots, films and players."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from visavis.analysis.states import STATES, State
from visavis.view.people.surface_parts import Colour
from visavis.view.plot.style import MUTED, SERIES

_COLOURS: dict[State, str] = {
    State.SPEAKING: SERIES[1],
    State.LISTENING: SERIES[0],
    State.RECEIVING_FEEDBACK: SERIES[5],
    State.GIVING_FEEDBACK: SERIES[4],
    State.BEING_INTERRUPTED: SERIES[3],
    State.PAUSING_TO_THINK: SERIES[2],
    State.WAITING: MUTED,
}


def state_colours(told: Iterable[str]) -> dict[str, str]:
    """The colour (#rrggbb) of each state that is told, in the order of `analysis.states.STATES`.

    States that a model has beside those seven come after them, by name, and take the colours of lines in turn.
    """
    names = set(map(str, told))
    known = {STATES[state]: colour for state, colour in _COLOURS.items() if STATES[state] in names}
    return known | {name: SERIES[i % len(SERIES)] for i, name in enumerate(sorted(names.difference(STATES)))}


def screen_colour(colour: str) -> Colour:
    """A colour #rrggbb as red, green and blue from 0 to 1."""
    red, green, blue = (np.frombuffer(bytes.fromhex(colour[1:]), np.uint8) / 255).tolist()
    return red, green, blue
