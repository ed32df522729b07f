from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.view.plot.test_over_time import picture
from visavis.analysis.state_files import ConversationStates
from visavis.analysis.states import Talk
from visavis.core.errors import VisavisError
from visavis.view.plot.states_over_time import plot_states

pytest.importorskip("matplotlib", reason="needs matplotlib (extra view)")
THINKING = (0x00, 0x9E, 0x73)


def told(frames: int) -> ConversationStates:
    at = np.arange(frames)
    agent = (at < frames // 4) | (at >= frames // 2)
    return ConversationStates.of(Talk(np.zeros(frames, bool)), Talk(agent), "loudness")


def where(path: Path) -> tuple[int, int, int, int]:
    """Top, bottom, left and right of what is in the colour of thinking."""
    rows, columns = np.nonzero(np.abs(picture(path) - THINKING).max(-1) < 30)
    return rows.min(), rows.max(), columns.min(), columns.max()


def test_a_state_is_seen_in_its_lane_at_its_time(tmp_path: Path) -> None:
    plot_states(tmp_path / "a.png", told(400))
    assert picture(tmp_path / "a.png").shape == (270, 1400, 3)
    top, bottom, left, right = where(tmp_path / "a.png")
    assert bottom - top < 24, "one lane"
    assert (left, right) == (pytest.approx(170 + 1210 / 4, abs=3), pytest.approx(170 + 1210 / 2, abs=3))


def test_a_long_conversation_has_a_strip_for_each_minute_and_ten_at_most(tmp_path: Path) -> None:
    plot_states(tmp_path / "a.png", told(130 * 25))
    assert picture(tmp_path / "a.png").shape[0] == 28 + 3 * 242
    plot_states(tmp_path / "b.png", told(3600 * 25))
    assert picture(tmp_path / "b.png").shape[0] == 28 + 10 * 242
    with pytest.raises(VisavisError, match="shorter than a frame"):
        plot_states(tmp_path / "c.png", told(0))
