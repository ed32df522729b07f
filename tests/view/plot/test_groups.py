from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from visavis.core.builtin_spaces import ARKIT61, COLOCATED78, FLAME56
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.spaces import MotionSpace
from visavis.view.plot.groups import group_statistics, plot_groups


def moving(space: MotionSpace, frames: int = 40) -> Motion:
    return Motion(np.random.default_rng(0).uniform(0, 0.3, (frames, space.width)), space)


def test_statistics_of_a_triangle_are_as_computed_by_hand() -> None:
    motion = Motion(np.zeros((5, ARKIT61.width)), ARKIT61, fps=10)
    motion.values[:, ARKIT61.indices("HeadYaw")[0]] = np.radians([0, 10, 20, 10, 0])
    pose = next(group for group in group_statistics(motion) if group.name == "pose")
    yaw = pose.channels.index("HeadYaw")
    assert pose.unit == "deg"
    assert pose.mean[yaw] == pytest.approx(8, abs=1e-4)
    assert pose.deviation[yaw] == pytest.approx(np.std([0, 10, 20, 10, 0]), abs=1e-4)
    assert (pose.least[yaw], pose.greatest[yaw]) == pytest.approx((0, 20), abs=1e-4)
    assert pose.speed[yaw] == pytest.approx(100, abs=1e-3)


@pytest.mark.parametrize("space", [ARKIT61, FLAME56, COLOCATED78], ids=lambda space: space.name)
def test_every_channel_has_a_line_of_its_own(space: MotionSpace, tmp_path: Path) -> None:
    from matplotlib.image import imread

    groups = group_statistics(moving(space))
    assert [group.name for group in groups] == list(space.groups)
    assert sum(len(group.channels) for group in groups) == space.width
    for group in groups:
        assert (group.least <= group.low).all()
        assert (group.high <= group.greatest).all()
    plot_groups(tmp_path / "groups.png", moving(space), title="uniform")
    height, width = imread(tmp_path / "groups.png").shape[:2]
    assert width == 1200
    assert height > 15 * space.width


def test_a_picture_does_not_grow_with_the_motion(tmp_path: Path) -> None:
    from matplotlib.image import imread

    plot_groups(tmp_path / "short.png", moving(FLAME56, 2))
    plot_groups(tmp_path / "long.png", moving(FLAME56, 4000))
    assert imread(tmp_path / "short.png").shape == imread(tmp_path / "long.png").shape


def test_too_little_and_broken_motion_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VisavisError, match="motion of 1 frames"):
        plot_groups(tmp_path / "a.png", moving(FLAME56, 1))
    with pytest.raises(VisavisError, match="NaN"):
        plot_groups(tmp_path / "a.png", Motion(np.full((3, FLAME56.width), np.nan), FLAME56))
    assert list(tmp_path.iterdir()) == []
