from __future__ import annotations

import pytest

from visavis.wire.server.load import PLAYOUT_S, Load, Seen


def test_ages_are_those_of_the_voice_that_is_new_in_a_message() -> None:
    seen = Seen()
    seen.count(0, 640, 1, at_s=10.08, begun_s=10.0)
    seen.count(640, 1280, 1, at_s=10.12, begun_s=10.0)
    assert seen.newest_s == [pytest.approx(0.04)]
    assert seen.oldest_s == [pytest.approx(0.08)]


def test_frames_that_come_after_their_time_are_late_and_those_left_out_are_lost() -> None:
    seen = Seen()
    seen.count(0, None, 1, 5.0, 0.0)
    seen.count(640, None, 1, 5.04 + PLAYOUT_S - 0.01, 0.0)
    seen.count(1280, None, 1, 5.08 + PLAYOUT_S + 0.01, 0.0)
    seen.count(3200, None, 2, 5.2, 0.0)
    assert (seen.frames, seen.late, seen.lost) == (5, 1, 2)
    seen.count(6400, None, 10, 5.4 + PLAYOUT_S + 0.09, 0.0)
    assert seen.late == 1 + 3, "of ten frames those whose time has passed"


def test_a_line_tells_all_of_it() -> None:
    load = Load(4, (0.01, 0.02, 0.03), (0.1, 0.2, 0.3), 995, 5, 5)
    assert "4 clients: reaction p50/p95/p99 100/200/300 ms" in load.line
    assert "(1.00 % missed)" in load.line
