from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from visavis.core.builtin_spaces import ARKIT61, COLOCATED78, FLAME56
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.spaces import MotionSpace
from visavis.view.plot.against_truth import plot_truth

BLUE, VERMILION = (0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00)


def drifting(space: MotionSpace, seed: int, frames: int = 60) -> Motion:
    steps = np.random.default_rng(seed).normal(0, 0.01, (frames, space.width))
    return Motion(0.2 + np.cumsum(steps, axis=0), space)


def drawn(path: Path) -> np.ndarray:
    from matplotlib.image import imread

    return np.asarray(np.round(255 * imread(path)[..., :3]).astype(int))


@pytest.mark.parametrize("space", [ARKIT61, FLAME56, COLOCATED78], ids=lambda space: space.name)
def test_every_model_is_seen_in_its_colour_from_the_first_row_to_the_table(space: MotionSpace, tmp_path: Path) -> None:
    plot_truth(tmp_path / "a.png", drifting(space, 0), {"one": drifting(space, 1), "two": drifting(space, 2)})
    picture = drawn(tmp_path / "a.png")
    for colour in (BLUE, VERMILION):
        rows = np.flatnonzero((np.abs(picture - colour).max(-1) < 40).any(1))
        assert rows.min() < 0.1 * len(picture)
        assert rows.max() > len(picture) - 80


def test_a_voice_and_a_title_and_many_models_with_long_names(tmp_path: Path) -> None:
    models = {f"a model with a long name, number {n}": drifting(ARKIT61, n) for n in range(1, 7)}
    plot_truth(tmp_path / "a.png", drifting(ARKIT61, 0), models, np.zeros(60 * 640, np.float32), title="six")
    edge = drawn(tmp_path / "a.png")[:, :3]
    assert (edge > 250).all(), "a label runs over the edge"


def test_one_frame_can_be_plotted(tmp_path: Path) -> None:
    one = drifting(FLAME56, 0, 1)
    plot_truth(tmp_path / "a.png", one, {"same": one})
    assert (tmp_path / "a.png").stat().st_size > 1000


def test_different_spaces_are_refused_and_leave_nothing(tmp_path: Path) -> None:
    with pytest.raises(VisavisError, match="is in space flame56"):
        plot_truth(tmp_path / "a.png", drifting(ARKIT61, 0), {"a": drifting(FLAME56, 0)})
    assert list(tmp_path.iterdir()) == []
