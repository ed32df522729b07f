"""The one door to matplotlib: an anti-aliased canvas in memory, and blank figures.

Agg, the software painter inside matplotlib, needs neither display nor graphics card nor system libraries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from visavis.core.errors import missing_extra
from visavis.view.people.surface_parts import Colour

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Canvas:
    """A picture of `width` x `height` pixels to paint on; x runs right and y runs UP from the lower left corner.

    Colours are `Colour`s. Raises `VisavisError` when matplotlib is missing.
    """

    def __init__(self, width: int, height: int) -> None:
        try:
            from matplotlib.backends import backend_agg
            from matplotlib.font_manager import FontProperties
            from matplotlib.path import Path
            from matplotlib.transforms import IdentityTransform
        except ImportError as error:
            raise missing_extra("matplotlib", "view", "drawing faces") from error
        self.width, self.height = width, height
        agg: Any = backend_agg
        self._renderer = agg.RendererAgg(width, height, 72)
        self._path, self._font, self._as_is = Path, FontProperties, IdentityTransform()
        self._pen = self._renderer.new_gc()
        self._pen.set_linewidth(0)
        self._buffer = np.asarray(self._renderer.buffer_rgba())

    def start(self, background: np.ndarray) -> None:
        """Begin a new picture on `background` (H, W, 4) uint8, opaque."""
        self._buffer[...] = background

    def painted(self) -> np.ndarray:
        """What is painted, (H, W, 4) uint8, to start other pictures from."""
        return self._buffer.copy()

    def fill(self, outline: np.ndarray, colour: Colour, alpha: float = 1.0) -> None:
        """Fill the closed `outline` (N, 2) [pixels]."""
        self._pen.set_alpha(alpha)
        self._renderer.draw_path(self._pen, self._path(outline), self._as_is, (*colour, alpha))

    def write(self, text: str, left: float, base: float, size: float, colour: Colour, bold: bool = False) -> float:
        """Write text from `left` on the line `base`, letters `size` pixels high; returns its width [pixels]."""
        font = self._font(family="DejaVu Sans", size=size, weight="bold" if bold else "normal")
        self._pen.set_alpha(1.0)
        self._pen.set_foreground((*colour, 1.0), isRGBA=True)
        self._renderer.draw_text(self._pen, left, self.height - base, text, font, 0)
        return float(self._renderer.get_text_width_height_descent(text, font, False)[0])

    def width_of(self, text: str, size: float, bold: bool = False) -> float:
        """How wide a text would be [pixels]."""
        font = self._font(family="DejaVu Sans", size=size, weight="bold" if bold else "normal")
        return float(self._renderer.get_text_width_height_descent(text, font, False)[0])

    def picture(self) -> np.ndarray:
        """A copy of what is painted, (H, W, 3) uint8."""
        return self._buffer[..., :3].copy()


def shortened(text: str, most: int = 28) -> str:
    """Text of at most `most` letters."""
    return text if len(text) <= most else text[: most - 1] + "…"


def bytes_of(colour: Colour) -> np.ndarray:
    """A colour as it stands in a picture (3,) uint8."""
    return np.round(255 * np.array(colour)).astype(np.uint8)


def blank_figure(width: int, height: int) -> Figure:
    """An empty matplotlib figure of `width` x `height` pixels that belongs to no window.

    Raises `VisavisError` when matplotlib is missing.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise missing_extra("matplotlib", "view", "drawing a plot") from error
    figure = Figure(figsize=(width / 100, height / 100), dpi=100, facecolor="white")
    FigureCanvasAgg(figure)
    return figure
