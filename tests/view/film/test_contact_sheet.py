from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from visavis.core.builtin_spaces import ARKIT61
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.rate import at_rate
from visavis.view.film.contact_sheet import Grid, chosen_frames, stamp, write_sheet
from visavis.view.performance import still
from visavis.view.render.stage import render_frame

TILE = 64


def opening(frames: int = 50) -> Motion:
    motion = still(frames)
    motion.values[:, ARKIT61.indices("JawOpen")[0]] = np.linspace(0, 1, frames)
    return motion


def sheet(path: Path) -> np.ndarray:
    from matplotlib.image import imread

    return np.asarray(np.round(255 * imread(path)[..., :3]).astype(np.uint8))


def test_the_pictures_are_those_of_the_moments(tmp_path: Path) -> None:
    write_sheet(tmp_path / "a.sheet.png", [opening()], times_s=[0.0, 0.8, 2.0], columns=2, tile=TILE)
    shown, grid = sheet(tmp_path / "a.sheet.png"), Grid(3, 2, TILE, TILE, 8)
    assert shown.shape == (*grid.size[::-1], 3)
    for number, frame in enumerate((0, 20, 49)):
        left, top = grid.corner(number)
        expected = render_frame(opening(), frame, size=(TILE, TILE))
        np.testing.assert_array_equal(shown[top : top + TILE, left : left + TILE], expected)
        below = shown[top + TILE : top + TILE + 24, left : left + TILE]
        assert (below < 128).any(), "no time is written below"
    left, top = grid.corner(3)
    assert (shown[top:, left:] == 255).all()


def test_two_heads_of_different_rates_and_a_title(tmp_path: Path) -> None:
    write_sheet(tmp_path / "a.png", [at_rate(opening(), 50), None], count=2, tile=TILE, title="two")
    shown, grid = sheet(tmp_path / "a.png"), Grid(2, 1, 2 * TILE, TILE, 44)
    assert shown.shape == (*grid.size[::-1], 3)
    left, top = grid.corner(1)
    np.testing.assert_array_equal(
        shown[top : top + TILE, left : left + TILE], render_frame(opening(), 49, size=(TILE, TILE))
    )


@pytest.mark.parametrize("labels", [("Ann",), ("Ann", "Ben"), ("Ann", "$2 B", "Cy")])
def test_heads_are_named_below_them(tmp_path: Path, labels: tuple[str, ...]) -> None:
    """In the columns of each head something is written; with an even number of heads the time stands between them."""
    heads = [still(3)] * len(labels)
    write_sheet(tmp_path / "plain.png", heads, count=1, tile=128)
    write_sheet(tmp_path / "named.png", heads, count=1, tile=128, labels=labels)
    plain, named = (sheet(tmp_path / f"{name}.png") for name in ("plain", "named"))
    np.testing.assert_array_equal(named[: 8 + 128], plain[: 8 + 128])
    below = (named[8 + 128 :] < 128).any(axis=(0, 2))
    for head in range(len(labels)):
        middle = 8 + 128 * head + 64
        assert below[middle - 20 : middle + 20].any()
    with pytest.raises(VisavisError, match="heads need as many labels, 4 given"):
        write_sheet(tmp_path / "a.png", heads, labels=["a"] * 4)


def test_moments_are_even_or_nearest_to_the_times() -> None:
    assert chosen_frames(101, 5) == [0, 25, 50, 75, 100]
    assert chosen_frames(3, 12) == [0, 1, 2]
    assert chosen_frames(9, 1) == [0]
    assert chosen_frames(50, times_s=[0.05, 2.0, 0.0]) == [1, 49, 0]


def test_times_are_written_in_minutes() -> None:
    assert [stamp(frame) for frame in (0, 87, 1525, 15000)] == ["0:00.00", "0:03.48", "1:01.00", "10:00.00"]


def test_what_cannot_be_laid_out_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    with pytest.raises(VisavisError, match="no motion with a frame"):
        write_sheet(path, [None])
    with pytest.raises(VisavisError, match=r"the time 3 s lies outside of the motion; use 0 to 2\.00 s"):
        write_sheet(path, [opening()], times_s=[1, 3])
    with pytest.raises(VisavisError, match="no times"):
        write_sheet(path, [opening()], times_s=[])
    with pytest.raises(VisavisError, match="0 pictures"):
        write_sheet(path, [opening()], count=0)
    with pytest.raises(VisavisError, match="pictures of 8 pixels"):
        write_sheet(path, [opening()], tile=8)
    with pytest.raises(VisavisError, match="fewer or smaller"):
        write_sheet(path, [opening(2000)], count=2000, tile=480)
    assert list(tmp_path.iterdir()) == []
