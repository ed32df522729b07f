"""The one door to matplotlib: an anti-aliased canvas in memory, and blank figures.

Agg, the software painter inside matplotlib, needs neither display nor graphics card nor system libraries.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from visavis.core.errors import VisavisError, missing_extra
from visavis.view.people.surface_parts import Colour

if TYPE_CHECKING:
    from matplotlib.figure import Figure


USUAL = "DejaVu Sans"
"""Comes with matplotlib; it has Latin, Greek, Cyrillic, Arabic and many signs, but no Chinese, Japanese or Korean."""
_PREFERRED = ("Noto Sans CJK", "Source Han Sans", "Hiragino", "PingFang", "Yu Gothic", "YaHei", "Malgun", "Noto Sans")
_NOT_TEXT = ("Last Resort", "Emoji", "cmsy", "cmex")


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
        font = self._font(family=families(text), size=size, weight="bold" if bold else "normal")
        self._pen.set_alpha(1.0)
        self._pen.set_foreground((*colour, 1.0), isRGBA=True)
        self._renderer.draw_text(self._pen, left, self.height - base, text, font, 0)
        return float(self._renderer.get_text_width_height_descent(text, font, False)[0])

    def width_of(self, text: str, size: float, bold: bool = False) -> float:
        """How wide a text would be [pixels]."""
        font = self._font(family=families(text), size=size, weight="bold" if bold else "normal")
        return float(self._renderer.get_text_width_height_descent(text, font, False)[0])

    def picture(self) -> np.ndarray:
        """A copy of what is painted, (H, W, 3) uint8."""
        return self._buffer[..., :3].copy()


@lru_cache(maxsize=256)
def families(text: str) -> list[str]:
    """The fonts that draw a text: the usual one, and installed ones that have the letters which it lacks.

    Raises `VisavisError` for letters that no installed font has, and for control characters but the end of a line.
    """
    if any(unicodedata.category(letter) == "Cc" for letter in text.replace("\n", "")):
        raise VisavisError(f"{text!r} holds control characters, which cannot be drawn; choose another label (--labels)")
    wanted = {letter for letter in text if not letter.isspace() and unicodedata.category(letter) != "Cf"}
    chosen, missing = [USUAL], wanted - _letters(_path_of(USUAL))
    for name, path in _installed() if missing else ():
        found = missing & _letters(path)
        if found:
            chosen.append(name)
            missing -= found
        if not missing:
            break
    if missing:
        raise VisavisError(
            f"no installed font has {', '.join(sorted(missing)[:3])}, as in {text!r}; install one, such as Noto Sans "
            "CJK, or choose another label (--labels)"
        )
    return chosen


def choose_fonts(figure: Figure) -> None:
    """Let each text of a figure be drawn in fonts that have its letters; raises `VisavisError` as `families` does."""
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        fonts = families(text.get_text())
        if fonts != [USUAL]:
            text.set_fontfamily(fonts)


def _installed() -> list[tuple[str, str]]:
    """Name and file of every upright font, those made for many languages first."""
    from matplotlib.font_manager import fontManager

    fonts = {font.name: font.fname for font in fontManager.ttflist if font.style == "normal"}
    kept = [item for item in sorted(fonts.items()) if not any(word in item[0] for word in _NOT_TEXT)]
    return sorted(kept, key=lambda item: next((i for i, name in enumerate(_PREFERRED) if name in item[0]), 99))


def _path_of(name: str) -> str:
    from matplotlib.font_manager import findfont

    return str(findfont(name))


@lru_cache(maxsize=64)
def _letters(path: str) -> frozenset[str]:
    from matplotlib.ft2font import FT2Font

    return frozenset(map(chr, FT2Font(path).get_charmap()))


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
