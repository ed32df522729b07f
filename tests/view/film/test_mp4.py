from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from visavis.core.clock import SAMPLE_RATE
from visavis.core.errors import VisavisError
from visavis.view.film import mp4
from visavis.view.film.mp4 import encode

SIZE = (64, 48)


def grey(frame: int) -> np.ndarray:
    return np.full((SIZE[1], SIZE[0], 3), 20 * frame, np.uint8)


@pytest.mark.parametrize("fps", [25, 50])
def test_pictures_and_sound_come_back_in_order_and_length(tmp_path: Path, fps: int) -> None:
    av = pytest.importorskip("av")
    sound = np.tile(0.3 * np.sin(np.arange(10 * SAMPLE_RATE // fps) / 9).astype(np.float32), (2, 1))
    seen: list[tuple[int, int]] = []
    encode(tmp_path / "film.mp4", 10, grey, sound, SIZE, fps, lambda *at: seen.append(at))
    with av.open(str(tmp_path / "film.mp4")) as film:
        assert film.streams.video[0].average_rate == fps
        shades = [float(frame.to_ndarray(format="rgb24").mean()) for frame in film.decode(video=0)]
    np.testing.assert_allclose(shades, 20 * np.arange(10), atol=6)
    with av.open(str(tmp_path / "film.mp4")) as film:
        frames = list(film.decode(audio=0))
        assert (frames[0].rate, frames[0].layout.name) == (SAMPLE_RATE, "stereo")
    assert seen == [(done, 10) for done in range(1, 11)]


def test_a_silent_film_has_no_sound_track(tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    encode(tmp_path / "film.mp4", 2, grey, np.zeros((2, 0), np.float32), SIZE, 25)
    with av.open(str(tmp_path / "film.mp4")) as film:
        assert len(film.streams.audio) == 0


def test_what_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("av")
    silence = np.zeros((2, 0), np.float32)
    monkeypatch.setattr(mp4, "_CODECS", ("none",))
    with pytest.raises(VisavisError, match=r"can write none of none; install the wheel from PyPI: pip install av"):
        encode(tmp_path / "film.mp4", 1, grey, silence, SIZE, 25)
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(VisavisError, match=r"needs av; install it with: pip install 'visavis\[view\]'"):
        encode(tmp_path / "film.mp4", 1, grey, silence, SIZE, 25)
