from __future__ import annotations

import threading

import pytest
import torch

from tests.training.dummy import MadeUpWindows
from visavis.core.errors import VisavisError
from visavis.training.feed import Feed, Shares, cut, seed_of

WHOLE = Shares(1, 8, range(1))


def test_an_epoch_shows_every_window_once_and_the_next_another_order() -> None:
    windows = MadeUpWindows(24)
    list(Feed(windows, WHOLE, seed=3).batches(0, 6))
    first, second = windows.loaded[:3], windows.loaded[3:]
    assert sorted(sum(first, ())) == sorted(sum(second, ())) == list(range(24))
    assert first != second


def test_starting_in_the_middle_continues_the_same_order() -> None:
    whole, resumed = MadeUpWindows(20), MadeUpWindows(20)
    list(Feed(whole, WHOLE, seed=3).batches(0, 7))
    list(Feed(resumed, WHOLE, seed=3).batches(4, 7))
    assert resumed.loaded == whole.loaded[4:]


def test_processes_share_a_batch_without_overlap() -> None:
    whole = MadeUpWindows()
    list(Feed(whole, WHOLE, seed=3).batches(0, 3))
    parts = []
    for rank in range(2):
        windows = MadeUpWindows()
        list(Feed(windows, cut(8, 2, rank, accumulate=2), seed=3).batches(0, 3))
        assert all(len(indices) == 2 for indices in windows.loaded)
        parts.append(windows.loaded)
    together = [sum(parts[0][2 * s : 2 * s + 2] + parts[1][2 * s : 2 * s + 2], ()) for s in range(3)]
    assert together == whole.loaded


def test_uneven_cut_is_refused() -> None:
    with pytest.raises(VisavisError, match="a multiple of 6"):
        cut(16, 3, 0, 2)


def test_too_little_data_is_refused() -> None:
    with pytest.raises(VisavisError, match="holds 7 windows and one batch needs 8"):
        Feed(MadeUpWindows(7), WHOLE, seed=0)


def test_next_batch_is_loaded_while_this_one_is_used() -> None:
    second = threading.Event()

    class Watched(MadeUpWindows):
        def load(self, indices, epoch):  # type: ignore[no-untyped-def]
            if self.loaded:
                second.set()
            return super().load(indices, epoch)

    batches = Feed(Watched(), WHOLE, seed=0).batches(0, 2)
    (batch,) = next(batches)
    assert second.wait(10), "the second batch is on its way before it is asked for"
    assert isinstance(batch.user_motion, torch.Tensor)
    batches.close()


def test_errors_of_the_loader_arrive() -> None:
    def damaged(*_: object) -> None:
        raise VisavisError("clip_7.wav is damaged")

    windows = MadeUpWindows()
    windows.load = damaged  # type: ignore[method-assign, assignment]
    with pytest.raises(VisavisError, match="clip_7"):
        list(Feed(windows, WHOLE, seed=0).batches(0, 2))


def test_seeds_are_repeatable_and_differ_everywhere() -> None:
    places = [
        (seed, kind, step, share) for seed in range(3) for kind in range(2) for step in range(9) for share in range(3)
    ]
    seeds = [seed_of(*place) for place in places] + [seed_of(0, 0, step) for step in range(9)]
    assert len(set(seeds)) == len(seeds)
    assert seed_of(1, 2, 3) == seed_of(1, 2, 3)
