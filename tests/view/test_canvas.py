from __future__ import annotations

import sys

import numpy as np
import pytest

from visavis.core.errors import VisavisError
from visavis.view import canvas as drawing
from visavis.view.canvas import USUAL, Canvas, blank_figure, families

NOT_USUAL = "⌒"
"""A sign that the usual font lacks; another that comes with matplotlib has it."""
SQUARE = np.array([[2.0, 1.0], [6.0, 1.0], [6.0, 4.0], [2.0, 4.0]])


@pytest.fixture
def canvas() -> Canvas:
    canvas = Canvas(10, 8)
    canvas.start(np.full((8, 10, 4), 255, np.uint8))
    return canvas


def test_y_runs_up_from_the_lower_left_corner(canvas: Canvas) -> None:
    canvas.fill(SQUARE, (1.0, 0.0, 0.0))
    red = (canvas.picture() == (255, 0, 0)).all(-1)
    assert np.argwhere(red).min(axis=0).tolist() == [4, 2]
    assert np.argwhere(red).max(axis=0).tolist() == [6, 5]


def test_transparent_paint_mixes(canvas: Canvas) -> None:
    canvas.fill(SQUARE, (0.0, 0.0, 0.0), 0.5)
    assert canvas.picture()[5, 4] == pytest.approx([127, 127, 127], abs=2)


def test_pictures_are_copies_and_can_be_started_from(canvas: Canvas) -> None:
    before = canvas.painted()
    canvas.fill(SQUARE, (0.0, 0.0, 1.0))
    assert (before == 255).all()
    canvas.start(before)
    assert (canvas.picture() == 255).all()


def test_text_has_a_width_and_leaves_ink() -> None:
    canvas = Canvas(60, 20)
    canvas.start(np.full((20, 60, 4), 255, np.uint8))
    width = canvas.write("user", 2, 5, 12, (0.0, 0.0, 0.0))
    assert 15 < width < 50
    dark = canvas.picture().max(-1) < 100
    assert dark[:, : int(width) + 4].any()
    assert not dark[:, int(width) + 4 :].any()


def test_a_blank_figure_has_its_size() -> None:
    figure = blank_figure(300, 200)
    assert figure.get_size_inches().tolist() == [3.0, 2.0]


def test_a_missing_matplotlib_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("matplotlib")]:
        monkeypatch.setitem(sys.modules, name, None)
    for draw in (Canvas, blank_figure):
        with pytest.raises(VisavisError, match=r"needs matplotlib; install it with: pip install 'visavis\[view\]'"):
            draw(10, 10)


def test_letters_that_the_usual_font_lacks_come_from_an_installed_one() -> None:
    assert families("Ada, Zoë, Ольга") == [USUAL]
    usual, other = families(f"Ada {NOT_USUAL}")
    assert (usual, NOT_USUAL in drawing._letters(drawing._path_of(other))) == (USUAL, True)
    canvas = Canvas(40, 30)
    canvas.start(np.full((30, 40, 4), 255, np.uint8))
    canvas.write(NOT_USUAL, 4, 6, 20, (0.0, 0.0, 0.0))
    assert (canvas.picture() < 128).any()


def test_letters_that_no_font_has_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "_installed", lambda: [])
    with pytest.raises(
        VisavisError, match=r"no installed font has 和, 小, as in 'Ada 小和'; install one, such as Noto Sans"
    ):
        families.__wrapped__("Ada 小和")
