from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from visavis.core.builtin_spaces import COLOCATED78
from visavis.core.errors import VisavisError
from visavis.view.canvas import blank_figure, shortened
from visavis.view.plot.style import MOST_POINTS, Unit, literal, save, shown_unit, trace


def test_names_are_no_formulas_and_fit() -> None:
    assert literal("a $5 take") == r"a \$5 take"
    assert shortened("short", 5) == "short"
    assert shortened("longer", 5) == "long…"


def test_angles_are_shown_in_degrees_and_lengths_in_centimetres() -> None:
    assert shown_unit(COLOCATED78, "pose").scale == pytest.approx(57.29578)
    assert shown_unit(COLOCATED78, "translation") == Unit("cm", 100.0)
    assert shown_unit(COLOCATED78, "exp") == Unit("weight", 1.0)


def test_a_short_line_is_drawn_as_it_is_and_a_long_one_keeps_its_extremes() -> None:
    axes = blank_figure(300, 200).subplots()
    values = np.zeros(3 * MOST_POINTS)
    values[1234], values[4321] = 5.0, -4.0
    trace(axes, values[:100], 25, "k")
    assert len(axes.lines[0].get_xdata()) == 100
    trace(axes, values, 25, "k")
    (band,) = axes.collections
    shown = band.get_paths()[0].vertices
    assert len(axes.lines[1].get_xdata()) < MOST_POINTS
    assert (shown[:, 1].max(), shown[:, 1].min()) == (5.0, -4.0)
    assert shown[shown[:, 1].argmax(), 0] == pytest.approx(1234 / 25, abs=0.5)


def test_nowhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(VisavisError, match="cannot write"):
        save(blank_figure(50, 50), tmp_path / "file" / "a.png")


def test_labels_with_letters_of_another_font_are_drawn(tmp_path: Path) -> None:
    """matplotlib warns, which fails here, where a font lacks a letter."""
    figure = blank_figure(200, 100)
    figure.text(0.5, 0.5, "Ada ⌒")
    save(figure, tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 0
