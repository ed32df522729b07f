from __future__ import annotations

import numpy as np
import pytest

from visavis.streaming.silence import ROOM_DB, room


def test_a_room_is_quiet_and_the_same_however_it_is_cut() -> None:
    whole = room(0, 48_000)
    assert 20 * np.log10(whole.std()) == pytest.approx(ROOM_DB, abs=0.1)
    assert np.array_equal(np.concatenate([room(0, 1000), room(1000, 20_000)]), whole[:20_000])
    day = 24 * 3600 * 16_000
    assert np.array_equal(room(day, day + 100), whole[:100])
