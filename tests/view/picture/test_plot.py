from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from visavis.core.builtin_spaces import FLAME56
from visavis.core.clock import samples_in
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.view.picture.plot import plot_conversation
from visavis.view.retarget import still

FRAMES = 50
VOICE = np.random.default_rng(0).normal(0, 0.1, samples_in(FRAMES)).astype(np.float32)
BLUE, VERMILION = (0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00)


def coloured(path: Path, colour: tuple[int, int, int]) -> np.ndarray:
    """The rows of the picture in which a colour is seen."""
    from matplotlib.image import imread

    picture = np.round(255 * imread(path)[..., :3]).astype(int)
    return np.flatnonzero((np.abs(picture - colour).max(-1) < 40).any(1))


def nodding() -> Motion:
    motion = still(FRAMES)
    motion.values[20:28, motion.space.indices("HeadPitch")] = 0.2
    motion.values[:, motion.space.indices("JawOpen")] = 0.4
    return motion


def test_both_people_are_plotted_in_their_colours(tmp_path: Path) -> None:
    path = tmp_path / "talk.png"
    active = np.arange(FRAMES) < 25
    plot_conversation(
        path, still(FRAMES), nodding(), VOICE, VOICE, user_activity=active, agent_activity=~active, agent_nods=[20]
    )
    assert path.read_bytes().startswith(b"\x89PNG")
    height = 800
    user, agent = coloured(path, BLUE), coloured(path, VERMILION)
    assert user.min() < 0.2 * height < agent.min() < 0.45 * height
    assert min(user.max(), agent.max()) > 0.7 * height


def test_nods_are_marked(tmp_path: Path) -> None:
    plain, marked = tmp_path / "plain.png", tmp_path / "marked.png"
    plot_conversation(plain, None, nodding(), size=(600, 400))
    plot_conversation(marked, None, nodding(), agent_nods=[20, 999], size=(600, 400))
    assert plain.read_bytes() != marked.read_bytes()


def test_flame_motion_can_be_plotted(tmp_path: Path) -> None:
    plot_conversation(tmp_path / "flame.png", None, Motion(np.zeros((5, FLAME56.width)), FLAME56), size=(400, 300))
    assert (tmp_path / "flame.png").stat().st_size > 1000


def test_nothing_and_nowhere_are_refused(tmp_path: Path) -> None:
    with pytest.raises(VisavisError, match="nothing to plot"):
        plot_conversation(tmp_path / "a.png", None, None)
    (tmp_path / "file").write_text("")
    with pytest.raises(VisavisError, match="cannot write"):
        plot_conversation(tmp_path / "file" / "a.png", None, still(3), size=(400, 300))
