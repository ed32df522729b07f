from __future__ import annotations

import numpy as np

from visavis.wire.server.tape import KEPT_S, Tape


def test_sound_is_found_at_its_place_and_silence_between() -> None:
    tape = Tape()
    tape.put(1000, np.full(500, 0.5, np.float32))
    tape.put(2000, np.full(500, 0.25, np.float32))
    assert tape.end == 2500
    told = tape.between(900, 2600)
    assert told[:100].max() == told[600:1100].max() == told[1600:].max() == 0
    assert (told[100:600] == 0.5).all()
    assert (told[1100:1600] == 0.25).all()
    tape.cut(2100)
    assert tape.end == 2100
    assert tape.between(2100, 2500).max() == 0


def test_the_past_is_forgotten() -> None:
    tape = Tape()
    for number in range(1000):
        tape.put(3200 * number, np.full(3200, 0.1, np.float32))
    assert tape.between(tape.end - KEPT_S * 16_000, tape.end).min() > 0.09
    assert len(tape.between(0, tape.end)) == tape.end
    assert tape.between(0, tape.end - (KEPT_S + 2) * 16_000).max() == 0
    tape.put(10**9, np.ones(10, np.float32))
    assert tape.end == 10**9 + 10


def test_loud_frames_are_active() -> None:
    tape = Tape()
    tape.put(0, np.concatenate([np.full(640, 0.001), np.full(640, 0.1), np.zeros(640)]).astype(np.float32))
    assert tape.active(0, 5).tolist() == [False, True, False, False, False]
