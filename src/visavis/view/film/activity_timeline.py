"""A timeline under the heads: who spoke in the last seconds and who nodded, one row each.

T frames at 25 fps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from visavis.core.clock import FPS
from visavis.core.conversation import Person
from visavis.core.motion import Motion
from visavis.view.canvas import Canvas, bytes_of, shortened
from visavis.view.film.captions import INK, LONGEST, PAPER, dark, name_width
from visavis.view.observation import Observation, observed
from visavis.view.people.surface_parts import Colour

ROW = 24
"""Height of a row [pixels]."""
_BELOW = 8
_GUTTER = 24
_SIZE = 12
_TRACK: Colour = (0.90, 0.91, 0.92)
_NOD_WIDTH, _NOD_HEIGHT = 46, 18
_BAR = 0.29
"""Half the height of a bar, as a share of the row."""


@dataclass(frozen=True, eq=False)
class TimelineRow:
    """What one person did, frame by frame at 25 fps: `speaking` (T,) bool, and onset frames of `nods`."""

    speaking: np.ndarray
    nods: tuple[int, ...] = ()

    @staticmethod
    def of(seen: Observation) -> TimelineRow:
        """What a timeline shows of somebody whose voice is known."""
        assert seen.speaking is not None
        return TimelineRow(seen.speaking, seen.events.get("nod", ()))


@dataclass(frozen=True, eq=False)
class Timeline:
    """The rows of a timeline, one for each head from first to last, and how much it shows at a time [s]."""

    rows: tuple[TimelineRow, ...]
    seconds: int = 8


def timeline_of(heads: Sequence[Motion | None], voices: Sequence[np.ndarray]) -> Timeline:
    """The timeline of people and their voices (S,): speech that is heard, nods that are seen of those who listen."""
    people = (Person(voice, motion) for motion, voice in zip(heads, voices, strict=True))
    return Timeline(tuple(TimelineRow.of(observed("", person)) for person in people))


def height_of(timeline: Timeline) -> int:
    """Rows of pixels that a timeline takes; even, as films ask for."""
    return ROW * len(timeline.rows) + _BELOW


class TimelinePainter:
    """Draws a timeline: the newest at the right, moving left."""

    def __init__(self, timeline: Timeline, names: Sequence[str], accents: Sequence[Colour], width: int) -> None:
        self._timeline = timeline
        names = [shortened(name, LONGEST) for name in names[: len(timeline.rows)]]
        self._left = min(_GUTTER + max(name_width(name, _SIZE) for name in names) + 14, width // 3)
        self._tracks = width - self._left - 16
        self._blank = np.full((height_of(timeline), width, 3), bytes_of(PAPER), np.uint8)
        self._accents = [bytes_of(accent) for accent in accents]
        self._nods = [_nod(dark(accent)) for accent in accents]
        for i, name in enumerate(names):
            plate = _written(name, self._left)
            self._blank[i * ROW : (i + 1) * ROW, : self._left] = plate

    def draw(self, frame: float, place: np.ndarray) -> None:
        """Paint the time of frame `frame` (at 25 fps, with fractions) into `place` (rows, width of the picture, 3)."""
        place[...] = self._blank
        across = self._timeline.seconds * FPS
        times = frame + (np.arange(self._tracks) + 1 - self._tracks) * across / self._tracks
        for i, row in enumerate(self._timeline.rows):
            track = place[i * ROW : (i + 1) * ROW, self._left : self._left + self._tracks]
            self._draw_speech(row, times, self._accents[i], track)
            for onset in row.nods:
                if frame - across <= onset <= frame:
                    at = round((onset - times[0]) / across * self._tracks)
                    _stamp(self._nods[i], at, track)

    def _draw_speech(self, row: TimelineRow, times: np.ndarray, accent: np.ndarray, track: np.ndarray) -> None:
        known = np.concatenate([[0.0], row.speaking, [0.0]])
        share = np.interp(times, np.arange(len(known)) - 0.5, known)
        blank = bytes_of(_TRACK).astype(np.float64)
        colour = blank + np.clip(2.0 * share - 0.5, 0, 1)[:, None] * (accent - blank)
        begun = times >= 0
        half = round(_BAR * ROW)
        middle = ROW // 2
        bar = track[middle - half : middle + half]
        bar[:, begun] = np.round(colour[begun]).astype(np.uint8)


def _nod(colour: Colour) -> np.ndarray:
    """A mark (rows, columns, 4) float of coverage and colour: down and up, and the word."""
    canvas = Canvas(_NOD_WIDTH, _NOD_HEIGHT)
    canvas.start(np.full((_NOD_HEIGHT, _NOD_WIDTH, 4), (*bytes_of(PAPER), 255), np.uint8))
    tag = np.array([[0, 9], [6, 17], [44, 17], [44, 1], [6, 1]], dtype=float)
    canvas.fill(tag, colour)
    canvas.write("nod", 11, 5, _SIZE - 1, PAPER, bold=True)
    return canvas.picture()


def _stamp(mark: np.ndarray, left: int, track: np.ndarray) -> None:
    """Put a mark into a track so that its tip is in the column `left`; what reaches beyond is cut."""
    top = (ROW - len(mark)) // 2
    stop = min(left + mark.shape[1], track.shape[1])
    start = max(left, 0)
    track[top : top + len(mark), start:stop] = mark[:, start - left : stop - left]


def _written(name: str, width: int) -> np.ndarray:
    canvas = Canvas(width, ROW)
    canvas.start(np.full((ROW, width, 4), (*bytes_of(PAPER), 255), np.uint8))
    canvas.write(name, _GUTTER - 7, (ROW - _SIZE) / 2 + 2, _SIZE, INK, bold=True)
    return canvas.picture()
