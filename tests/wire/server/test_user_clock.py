from __future__ import annotations

import numpy as np

from visavis.wire.server.user_clock import UserClock

N = 320


def test_a_stream_keeps_its_place_whatever_the_network_does_for_a_moment() -> None:
    clock, random = UserClock(), np.random.default_rng(0)
    placed = []
    for number in range(2000):
        late = int(random.integers(0, 500)) + (6000 if 900 < number < 910 else 0)
        placed.append(clock.place(70_000 + N * number, N, 10_000 + N * number + late))
    assert [one.start for one in placed] == [placed[0].start + N * number for number in range(2000)]
    assert [one.fresh for one in placed] == [True] + [False] * 1999
    assert all(one.skip == 0 for one in placed)


def test_heard_tells_the_stamp_of_a_place_as_far_as_the_voice_came() -> None:
    clock = UserClock()
    assert clock.heard(1000) is None
    clock.place(70_000, N, 10_000)
    assert clock.heard(10_000) is None, "before it began"
    assert clock.heard(10_100) == 70_100
    assert clock.heard(99_999) == 70_000 + N


def test_lost_messages_leave_a_gap_and_a_repeated_piece_is_left_out() -> None:
    clock = UserClock()
    clock.place(0, N, 0)
    assert clock.place(3 * N, N, 3 * N).start == 3 * N
    again = clock.place(3 * N + N // 2, N, 4 * N)
    assert (again.start, again.skip) == (4 * N, N // 2)


def test_a_jump_forth_or_back_begins_a_new_stream_now() -> None:
    for stamp in (10_000_000, 5):
        clock = UserClock()
        clock.place(100_000, N, 0)
        jumped = clock.place(stamp, N, 50_000)
        assert (jumped.start, jumped.fresh) == (50_000, True)
        assert clock.heard(50_100) == stamp + 100


def test_a_tab_that_slept_is_heard_now_again_after_a_moment() -> None:
    clock = UserClock()
    for number in range(50):
        clock.place(N * number, N, N * number)
    slept = 160_000
    starts = [clock.place(N * number, N, N * number + slept).start for number in range(50, 100)]
    assert starts[0] == 50 * N, "late at first: it may be a burst after a stall"
    assert starts[-1] >= 99 * N + slept
    assert sum(start < 50 * N + slept for start in starts) <= 21


def test_a_burst_after_a_stall_keeps_its_place() -> None:
    clock = UserClock()
    for number in range(50):
        clock.place(N * number, N, N * number)
    stalled = N * 250
    burst = [clock.place(N * number, N, stalled + number) for number in range(50, 250)]
    assert [one.start for one in burst] == [N * number for number in range(50, 250)]
    assert not any(one.far or one.fresh for one in burst)
    assert clock.place(N * 250, N, N * 251).start == N * 250


def test_a_microphone_that_runs_fast_does_not_run_away() -> None:
    clock = UserClock()
    ahead = []
    for number in range(30_000):
        now = round(N * number / 1.002)
        clock.place(N * number, N, now)
        ahead.append(clock.end - now)
    assert max(ahead) < 5000
    assert ahead[-1] > 0


def test_a_backlog_of_two_seconds_with_which_a_stream_begins_is_taken_and_the_voice_is_heard_now_soon() -> None:
    clock, begun = UserClock(), 32_000
    backlog = [clock.place(N * number, N, begun) for number in range(100)]
    assert not any(one.far for one in backlog)
    assert backlog[0].start == begun
    assert backlog[0].fresh
    taken = sum(N - one.skip for one in backlog)
    assert 6_000 < taken <= 8_000, "the rest was said before now"
    assert clock.heard(begun + 100) is None, "what was left out is between"
    ahead = []
    for number in range(100, 200):
        now = begun + N * (number - 99)
        place = clock.place(N * number, N, now)
        assert not place.far
        assert not place.fresh
        assert place.start + N - place.skip <= clock.end
        ahead.append(clock.end - now)
    assert max(ahead) <= 8_000
    assert ahead[-1] <= 3_000
    assert clock.heard(clock.end) == N * 200


def test_sound_that_comes_faster_than_anybody_speaks_is_left_out_and_told() -> None:
    clock = UserClock()
    left = [clock.place(N * number, N, 0).far for number in range(500)]
    assert not any(left[:150]), "3 s: a page that stalled"
    assert all(left[225:])
    assert clock.end <= 8_000
    for number in range(100):
        clock.place(10_000_000 * number, N, 0)
    assert clock.end <= 8_000
    twice = UserClock()
    told = [twice.place(N * number, N, N * number // 2).far for number in range(3000)]
    assert not any(told[:300])
    assert any(told), "twice as fast as time goes, for long"
    assert twice.end <= N * 1500 + 8_000


def test_a_page_that_stalls_now_and_then_is_never_told_so() -> None:
    clock, now, number = UserClock(), 0, 0
    for _ in range(20):
        for _ in range(500):
            assert not clock.place(N * number, N, now).far
            number, now = number + 1, now + N
        now += 10_000_000  # the conversation goes on with another session: its stream begins with the backlog
        number += 10_000
        for _ in range(75):
            assert not clock.place(N * number, N, now).far
            number += 1
