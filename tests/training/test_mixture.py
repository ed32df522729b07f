from __future__ import annotations

from fractions import Fraction

import pytest
import torch

from tests.training.dummy import MadeUpWindows
from visavis.core.errors import VisavisError
from visavis.training.feed import Feed, Shares, cut
from visavis.training.mixture import Mixture

QUARTER = Fraction(1, 4)


def mixture(main: int = 24, other: int = 3, share: Fraction = QUARTER) -> Mixture:
    return Mixture(MadeUpWindows(main), MadeUpWindows(other), share)


def loaded(mixed: Mixture) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    main, other = mixed.main, mixed.other
    assert isinstance(main, MadeUpWindows)
    assert isinstance(other, MadeUpWindows)
    return main.loaded, other.loaded


def test_an_epoch_shows_every_window_of_the_main_kind_once_and_the_other_round_after_round() -> None:
    mixed = mixture()
    assert len(mixed) == 32
    order = mixed.order(5, 0)
    assert sorted(order[order < 24].tolist()) == list(range(24))
    others = order[order >= 24] - 24
    assert len(others) == 8
    assert [sorted((others[start : start + 3] % 3).tolist()) for start in (0, 3)] == [[0, 1, 2]] * 2
    assert (others // 3).tolist() == [0, 0, 0, 1, 1, 1, 2, 2]
    assert mixed.order(5, 1).tolist() != order.tolist()
    assert mixed.order(5, 0).tolist() == order.tolist()


@pytest.mark.parametrize("share", [QUARTER, Fraction(1, 10), Fraction(3, 8), Fraction(2, 3), Fraction(29, 100)])
def test_every_batch_holds_the_share_to_within_a_window(share: Fraction) -> None:
    mixed = mixture(200, 7, share)
    is_other = mixed.order(0, 3) >= 200
    for size in (4, 8, 16):
        for start in range(0, len(mixed) - size, size):
            assert abs(is_other[start : start + size].sum() - share * size) < 1
    assert abs(is_other.mean() - float(share)) < 1 / len(mixed)
    assert 0 <= 200 - (~is_other).sum() <= 1


def test_rows_are_the_windows_that_were_asked_for_each_round_of_the_other_kind_as_another_epoch() -> None:
    mixed, alone = mixture(), MadeUpWindows(24)
    batch = mixed.load([3, 24, 7, 28, 27], 2)
    assert loaded(mixed) == ([(3, 7)], [(0,), (1, 0)])
    torch.testing.assert_close(batch.user_motion[[0, 2]], alone.load([3, 7], 2).user_motion)
    rounds = 3
    torch.testing.assert_close(batch.user_motion[1:2], alone.load([0], 2 * rounds).user_motion)
    torch.testing.assert_close(batch.user_motion[3:], alone.load([1, 0], 2 * rounds + 1).user_motion)


def test_a_feed_of_it_is_the_same_from_any_step_and_in_any_cut() -> None:
    whole, resumed = (Feed(mixture(), Shares(1, 8, range(1)), seed=3) for _ in range(2))
    batches = list(whole.batches(0, 9))
    for (one,), (again,) in zip(batches[5:], resumed.batches(5, 9), strict=True):
        assert all(torch.equal(tensor, again.tensors()[name]) for name, tensor in one.tensors().items())
    parts = [list(Feed(mixture(), cut(8, 2, rank, 1), seed=3).batches(0, 9)) for rank in range(2)]
    for (one,), (left,), (right,) in zip(batches, *parts, strict=True):
        torch.testing.assert_close(one.user_motion, torch.cat([left.user_motion, right.user_motion]))


def test_impossible_requests_are_refused() -> None:
    with pytest.raises(VisavisError, match="a share of 1 of the windows"):
        mixture(share=Fraction(1))
    with pytest.raises(VisavisError, match="window numbers lie in 0 to 32"):
        mixture().load([33], 0)
