from __future__ import annotations

import numpy as np
import pytest

from visavis.streaming.room_tone import ROOM_TONE_DB, room_tone


def test_a_room_is_quiet_and_the_same_however_it_is_cut() -> None:
    whole = room_tone(0, 48_000)
    assert 20 * np.log10(whole.std()) == pytest.approx(ROOM_TONE_DB, abs=0.1)
    assert np.array_equal(np.concatenate([room_tone(0, 1000), room_tone(1000, 20_000)]), whole[:20_000])
    day = 24 * 3600 * 16_000
    assert np.array_equal(room_tone(day, day + 100), whole[:100])
