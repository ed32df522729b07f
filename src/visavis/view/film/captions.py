"""Captions under heads: a name, lit up while its owner speaks, the conversation state, the voice's last two seconds.

Names and states are painted once; a frame of a film only copies them. T frames at 25 fps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from visavis.core.clock import FPS
from visavis.view.canvas import Canvas, bytes_of, shortened
from visavis.view.people.surface_parts import Colour
from visavis.view.plot.state_colours import screen_colour, state_colours
from visavis.view.render.stage import Seat
from visavis.view.soundtrack import levels, speaking

CAPTIONS_HEIGHT = 44
"""Height of the captions [pixels]."""
INK: Colour = (0.16, 0.20, 0.25)
PAPER: Colour = (0.985, 0.985, 0.98)
_QUIET: Colour = (0.72, 0.74, 0.76)
_WHITE: Colour = (1.0, 1.0, 1.0)
_RECENT = 2 * FPS
_EDGE, _LAMP, _NAME, _SIZE = 10, 24, 42, 17
_DOT, _STATE, _STATE_SIZE = 14, 24, 13
_LEAST_STATE = 60
"""A state is left out where it would have to be cut to fewer columns."""
LONGEST = 24
"""Letters of a name that can be read at a glance."""
_LEAST_METER = 20
_DARKEST = 0.42
"""A colour behind white letters is made as dark as this, by the mean of its channels."""


@dataclass(frozen=True, eq=False)
class Caption:
    """Somebody's name, the colour that stands for them, their columns and their voice (S,), None if not heard.

    state: the names (T,) of the conversation states that are told of them; the last one lasts.
    """

    name: str
    accent: Colour
    seat: Seat
    voice: np.ndarray | None
    state: np.ndarray | None = None


class Captions:
    """The captions of a film."""

    def __init__(self, captions: Sequence[Caption]) -> None:
        self._captions = captions
        self._plates = [_plates(each) for each in captions]
        self._levels = [None if each.voice is None else levels(each.voice) for each in captions]
        self._speaking = [None if level is None else speaking(level) for level in self._levels]
        colours = state_colours(name for each in captions for name in _names(each))
        self._states = [
            _states(each, colours, each.seat.width - silent.shape[1])
            for each, (silent, _) in zip(captions, self._plates, strict=True)
        ]

    def draw(self, frame: int, place: np.ndarray) -> None:
        """Paint frame `frame` (at 25 fps) into `place` (CAPTIONS_HEIGHT, width of the picture, 3) uint8."""
        place[...] = bytes_of(PAPER)
        for caption, plates, states, level, speaks in zip(
            self._captions, self._plates, self._states, self._levels, self._speaking, strict=True
        ):
            plate = plates[int(speaks is not None and bool(speaks[frame]))]
            if caption.state is not None and states:
                plate = np.concatenate([plate, states[str(caption.state[min(frame, len(caption.state) - 1)])]], axis=1)
            seat = caption.seat
            place[:, seat.left : seat.left + plate.shape[1]] = plate
            room = seat.width - plate.shape[1] - _EDGE - 6
            if level is not None and room >= _LEAST_METER:
                start = seat.left + plate.shape[1] + 6
                _meter(level, frame, caption.accent, place[:, start : start + room])


def name_width(name: str, size: int) -> int:
    """Columns that a name takes in letters `size` pixels high."""
    return round(Canvas(1, 1).width_of(name, size, bold=True))


def _plates(caption: Caption) -> tuple[np.ndarray, np.ndarray]:
    """The name of somebody who is silent and of somebody who speaks, (CAPTIONS_HEIGHT, n, 3) uint8 each."""
    name = shortened(caption.name, LONGEST)
    width = min(_NAME + name_width(name, _SIZE) + 12, caption.seat.width)
    base = (CAPTIONS_HEIGHT - _SIZE) / 2 + 2
    pictures = []
    for speaks in (False, True):
        canvas = Canvas(max(width, 1), CAPTIONS_HEIGHT)
        canvas.start(np.full((CAPTIONS_HEIGHT, max(width, 1), 4), (*bytes_of(PAPER), 255), np.uint8))
        if speaks:
            canvas.fill(pill(_EDGE, 7, width, CAPTIONS_HEIGHT - 7), dark(caption.accent))
        else:
            canvas.fill(disc(_LAMP, CAPTIONS_HEIGHT / 2, 7), _QUIET)
        canvas.write(name, _NAME - 12 * speaks, base, _SIZE, _WHITE if speaks else INK, bold=True)
        pictures.append(canvas.picture())
    return pictures[0], pictures[1]


def _names(caption: Caption) -> list[str]:
    return [] if caption.state is None else np.unique(caption.state).tolist()


def _states(caption: Caption, colours: Mapping[str, str], room: int) -> dict[str, np.ndarray]:
    """The states of somebody by name, (CAPTIONS_HEIGHT, n, 3) uint8 each, of one width; none where there is no room."""
    measure, names = Canvas(1, 1), _names(caption)
    widest = max((round(measure.width_of(shortened(name, LONGEST), _STATE_SIZE)) for name in names), default=0)
    width = min(_STATE + widest + _EDGE, room)
    if width < min(_LEAST_STATE, _STATE + widest):
        return {}
    pictures = {}
    for name in names:
        canvas = Canvas(width, CAPTIONS_HEIGHT)
        canvas.start(np.full((CAPTIONS_HEIGHT, width, 4), (*bytes_of(PAPER), 255), np.uint8))
        canvas.fill(disc(_DOT, CAPTIONS_HEIGHT / 2, 4), screen_colour(colours[name]))
        canvas.write(shortened(name, LONGEST), _STATE, (CAPTIONS_HEIGHT - _STATE_SIZE) / 2 + 2, _STATE_SIZE, INK)
        pictures[name] = canvas.picture()
    return pictures


def _meter(level: np.ndarray, frame: int, accent: Colour, place: np.ndarray) -> None:
    """Paint the last two seconds of a level (T,) into `place` (CAPTIONS_HEIGHT, n, 3), the newest at the right."""
    at = np.linspace(frame + 1 - _RECENT, frame, place.shape[1])
    half = 0.8 + 13.0 * np.interp(at, np.arange(len(level)), level, left=0.0)
    away = np.abs(np.arange(CAPTIONS_HEIGHT) + 0.5 - CAPTIONS_HEIGHT / 2)[:, None]
    cover = 0.85 * np.clip(half - away + 0.5, 0, 1)[..., None]
    place[...] = np.round(place + cover * (bytes_of(accent) - place.astype(np.float64)))


def dark(colour: Colour) -> Colour:
    """A colour dark enough for white letters on it."""
    factor = min(1.0, _DARKEST / max(sum(colour) / 3, 1e-9))
    red, green, blue = (channel * factor for channel in colour)
    return red, green, blue


def disc(x: float, y: float, radius: float) -> np.ndarray:
    """The outline (32, 2) of a disc [pixels]."""
    angle = np.linspace(0, 2 * np.pi, 33)[:-1]
    return np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], -1)


def pill(left: float, low: float, right: float, high: float) -> np.ndarray:
    """The outline (34, 2) of a bar with round ends [pixels]."""
    radius = (high - low) / 2
    angle = np.linspace(np.pi / 2, 3 * np.pi / 2, 17)
    turn = np.stack([np.cos(angle), np.sin(angle)], -1) * radius
    first, second = (np.array([x, (low + high) / 2]) for x in (left + radius, right - radius))
    return np.concatenate([first + turn, second - turn])
