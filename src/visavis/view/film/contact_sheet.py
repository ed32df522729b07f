"""A contact sheet: moments of one head or more in a grid, each with its time and the names of the heads."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from visavis.core.clock import FPS, frames_of
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.rate import at_rate
from visavis.view.canvas import blank_figure, shortened
from visavis.view.people.looks import LOOKS
from visavis.view.plot.style import INK, heading, literal, save
from visavis.view.render.actor import Appearance
from visavis.view.render.stage import Stage
from visavis.view.render.studio import Studio, StudioStage

_STAMP, _GAP = 24, 8
"""Height of the line under a picture that holds its time, and the space between pictures [pixels]."""
_LARGEST = 16_384
"""A sheet is at most so wide and so high [pixels]."""
_LONGEST = 14
"""Letters of a name under a head."""
_SHAPE = 1.5
"""Width over height that a sheet comes near to if its columns are not given."""


@dataclass(frozen=True)
class Grid:
    """Where `count` pictures of `width` x `height` [pixels] stand in `columns`, below `top` pixels for a title."""

    count: int
    columns: int
    width: int
    height: int
    top: int

    @property
    def rows(self) -> int:
        """How many rows it takes."""
        return -(-self.count // self.columns)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the sheet [pixels]."""
        wide = self.columns * (self.width + _GAP) + _GAP
        return wide, self.top + self.rows * (self.height + _STAMP) + _GAP

    def corner(self, number: int) -> tuple[int, int]:
        """The left edge of a picture and its upper edge, from the sheet's upper left corner [pixels]."""
        row, column = divmod(number, self.columns)
        return _GAP + column * (self.width + _GAP), self.top + row * (self.height + _STAMP)


def write_sheet(
    path: str | os.PathLike[str],
    heads: Sequence[Motion | None],
    *,
    count: int = 12,
    times_s: Sequence[float] | None = None,
    columns: int | None = None,
    tile: int = 240,
    looks: Sequence[Appearance] = LOOKS,
    title: str = "",
    labels: Sequence[str] = (),
    studio: Studio | None = None,
) -> None:
    """Write a .png of moments of one head or more side by side; None stands still.

    The moments are `times_s` [s], or `count` ones evenly from the first frame to the last (all frames, if there are
    fewer). Heads at another rate are brought to 25 fps; one whose motion is over holds its last frame. A head is `tile`
    pixels high and wide. Unset `columns` make the sheet half as wide again as high. `labels`, if given, name the heads
    from left to right under each picture. `studio` puts all into one room instead of side by side.

    Raises `VisavisError` as `Stage` does, when no motion has a frame, a time lies outside of the motion, a number is
    not positive, the sheet grows beyond 16384 pixels, the place cannot be written or matplotlib is missing.
    """
    moves = [None if motion is None else at_rate(motion, FPS) for motion in heads]
    moments = chosen_frames(max((len(motion) for motion in moves if motion is not None), default=0), count, times_s)
    if labels and len(labels) != len(heads):
        raise VisavisError(f"{len(heads)} heads need as many labels, {len(labels)} given: {', '.join(labels)}")
    if tile < 32 or (columns is not None and columns < 1):
        raise VisavisError(
            f"pictures of {tile} pixels in {columns} columns given; use 32 or more, in 1 or more columns"
        )
    grid = _grid(len(moments), columns, tile * len(heads), tile, 44 if title else _GAP)
    size = grid.width, grid.height
    stage: Stage | StudioStage = (
        Stage(moves, size=size, looks=looks)
        if studio is None
        else StudioStage(moves, size=size, looks=looks, studio=studio)
    )
    width, height = grid.size
    sheet = np.full((height, width, 4), 255, np.uint8)
    figure = blank_figure(width, height)
    for number, frame in enumerate(moments):
        left, top = grid.corner(number)
        sheet[top : top + grid.height, left : left + grid.width, :3] = stage.draw(frame)
        y = height - top - grid.height - _STAMP / 2
        for place, text in _captions(labels, stamp(frame), len(heads)):
            x = left + grid.width * place
            figure.text(x / width, y / height, text, ha="center", va="center", fontsize=9, color=INK)
    figure.figimage(sheet, zorder=-1)
    if title:
        heading(figure, title, _GAP / width, 12)
    save(figure, path)


def _captions(labels: Sequence[str], time: str, heads: int) -> list[tuple[float, str]]:
    """What is written under a picture, and where [share of its width]: the time, and the names below their heads."""
    if not labels:
        return [(0.5, time)]
    names = [literal(shortened(label, _LONGEST)) for label in labels]
    if heads % 2:
        names[heads // 2] += f"   {time}"
    named = [((i + 0.5) / heads, name) for i, name in enumerate(names)]
    return named if heads % 2 else [*named, (0.5, time)]


def chosen_frames(frames: int, count: int = 12, times_s: Sequence[float] | None = None) -> list[int]:
    """The frames to show of so many: those nearest to `times_s` [s], or `count` ones from the first to the last."""
    if frames == 0:
        raise VisavisError("no motion with a frame given; a sheet needs at least one frame")
    if times_s is None:
        if count < 1:
            raise VisavisError(f"{count} pictures asked for; a sheet holds at least one")
        return [round(place) for place in np.linspace(0, frames - 1, min(count, frames)).tolist()]
    if not times_s:
        raise VisavisError("no times given; give at least one, or a count of pictures")
    for time in times_s:
        if not 0 <= time <= frames / FPS:
            raise VisavisError(f"the time {time:g} s lies outside of the motion; use 0 to {frames / FPS:.2f} s")
    return [min(frames_of(time), frames - 1) for time in times_s]


def stamp(frame: int) -> str:
    """The time of a frame, as minutes, seconds and hundredths: 0:03.48."""
    hundredths = frame * 100 // FPS
    return f"{hundredths // 6000}:{hundredths // 100 % 60:02d}.{hundredths % 100:02d}"


def _grid(count: int, columns: int | None, width: int, height: int, top: int) -> Grid:
    if columns is None:
        columns = max(1, round(math.sqrt(_SHAPE * count * (height + _STAMP) / (width + _GAP))))
    grid = Grid(count, min(columns, count), width, height, top)
    if max(grid.size) > _LARGEST:
        wide, high = grid.size
        raise VisavisError(
            f"{count} pictures make a sheet of {wide} x {high} pixels, more than {_LARGEST}; "
            "ask for fewer or smaller pictures"
        )
    return grid
