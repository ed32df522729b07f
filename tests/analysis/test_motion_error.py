from __future__ import annotations

import pytest
import torch

from visavis.analysis.motion_error import MotionError
from visavis.core.spaces import space_named
from visavis.data.gestures import GESTURES

SPACE = space_named("arkit61")
ERRORS = MotionError(SPACE)


def frames(seed: int = 0) -> torch.Tensor:
    return torch.randn(3, 50, SPACE.width, generator=torch.Generator().manual_seed(seed))


def half_known() -> torch.Tensor:
    """Whose jaw and head are not known in the second half."""
    known = torch.ones(3, 50, SPACE.width, dtype=torch.bool)
    for group in ("jaw", "pose"):
        known[:, 25:, SPACE.indices(group)] = False
    return known


def test_each_group_counts_its_mean_error() -> None:
    error = frames().square()
    expected = sum(error[..., SPACE.indices(group)].mean() for group in SPACE.groups)
    torch.testing.assert_close(ERRORS.grouped(error), expected)


def test_what_is_not_counted_changes_no_mean() -> None:
    error, known = frames().square(), half_known()
    expected = sum(error[..., SPACE.indices(group)][known[..., SPACE.indices(group)]].mean() for group in SPACE.groups)
    torch.testing.assert_close(ERRORS.grouped(error, known), expected)
    assert ERRORS.grouped(error, torch.ones_like(known)) == ERRORS.grouped(error)


def test_the_error_of_change_is_one_a_group_for_what_stands_still_and_zero_for_the_truth() -> None:
    true, alike, known = frames(), torch.ones(3, 50, SPACE.width), half_known()
    for counted in (None, known):
        assert ERRORS.change(true + 3, true, counted, alike).item() == pytest.approx(0, abs=1e-6)
        still = ERRORS.change(torch.zeros_like(true), true, counted, alike)
        assert still.item() == pytest.approx(len(SPACE.groups), rel=1e-4)


def test_an_emphasised_change_counts_more() -> None:
    true, still, emphasis = frames(), torch.zeros(3, 50, SPACE.width), torch.ones(3, 50, SPACE.width)
    plain = ERRORS.change(still, true, None, emphasis)
    torch.testing.assert_close(ERRORS.change(still, true, None, 3 * emphasis), 3 * plain)


def test_closing_lips_count_more_in_the_channels_that_speech_moves() -> None:
    motion = torch.zeros(1, 20, SPACE.width)
    motion[..., SPACE.channels.index("JawOpen")] = 0.3
    motion[:, 10, SPACE.channels.index("MouthClose")] = 0.3
    weights = ERRORS.closing(motion, 5.0)
    counting_more = weights[0] == 5
    assert counting_more.any(1).nonzero().tolist() == [[10]]
    assert counting_more[10, SPACE.channels.index("JawOpen")]
    assert not counting_more[10, SPACE.indices("pose")].any()
    assert (weights[0][~counting_more] == 1).all()


def test_mouths_of_the_silent_count_more_in_the_channels_that_speech_moves() -> None:
    weights = ERRORS.resting(torch.tensor([[True, False]]), 4.0)
    assert weights[0, 0, SPACE.channels.index("JawOpen")] == 4
    assert (weights[0, 0, SPACE.indices("pose")] == 1).all()
    assert (weights[0, 1] == 1).all()


def test_gestures_count_more_in_their_channels() -> None:
    labels = torch.zeros(1, 8, len(GESTURES), dtype=torch.int64)
    labels[0, 3, list(GESTURES).index("nod")] = 1
    weights = ERRORS.gesturing(labels, 4.0)
    assert (weights[0, 3, SPACE.indices("pose")] == 4).all()
    assert weights.sum() == 8 * SPACE.width + 3 * len(SPACE.indices("pose"))
