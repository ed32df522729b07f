from __future__ import annotations

import numpy as np
import pytest

from visavis.core.errors import VisavisError
from visavis.streaming.gestures import NOD_FRAMES, Nod, lids_closed


def starts(closed: np.ndarray) -> np.ndarray:
    return np.flatnonzero((closed[1:] > 0) & (closed[:-1] == 0)) + 1


@pytest.mark.parametrize("per_minute", [6.0, 17.0, 60.0])
def test_blinks_come_at_the_pace_asked_for_at_uneven_times(per_minute: float) -> None:
    closed = lids_closed(0, 10 * 1500, per_minute, seed=3)
    places = starts(closed)
    assert abs(len(places) - 10 * per_minute) <= 1
    assert closed.max() == 1
    gaps = np.diff(places)
    assert gaps.max() <= 2 * 1500 / per_minute
    assert gaps.std() > 0.05 * gaps.mean()


def test_any_cut_gives_the_same_blinks_and_another_seed_others() -> None:
    whole = lids_closed(0, 3000, 20.0, seed=1)
    cut = [lids_closed(start, 7, 20.0, seed=1) for start in range(0, 2996, 7)]
    assert np.array_equal(np.concatenate(cut), whole[:2996])
    assert not np.array_equal(lids_closed(0, 3000, 20.0, seed=-2), whole)
    assert not lids_closed(0, 3000, 0.0, seed=1).any()


def test_a_nod_goes_down_once_and_comes_back() -> None:
    nod = Nod(10, 0, 0.2)
    pitch = nod.pitch(0, 40)
    assert not pitch[:10].any()
    assert np.allclose(pitch[nod.end :], 0)
    assert pitch.max() == pytest.approx(0.2, rel=0.02)
    lowest = int(pitch.argmax())
    assert abs(lowest - (10 + NOD_FRAMES / 2)) <= 1
    assert np.all(np.diff(pitch[9 : lowest + 1]) > 0)
    assert np.abs(np.diff(pitch)).max() < 0.2 * np.pi / NOD_FRAMES * 1.1


@pytest.mark.parametrize("size", [0.0, -0.1, 0.6, float("nan")])
def test_a_nod_that_is_none_is_refused(size: float) -> None:
    with pytest.raises(VisavisError, match="a nod is more than 0 and at most"):
        Nod(0, 0, size)
