from __future__ import annotations

import numpy as np
import pytest

from visavis.core.contract import InputSpec
from visavis.core.errors import VisavisError
from visavis.streaming.timeline import Track

SOUND = Track(InputSpec("user_speech", "speech"))
MOTION = Track(InputSpec("user_motion", "motion"), (3,))


def ones(frames: float) -> np.ndarray:
    return np.ones(int(640 * frames), dtype=np.float32)


def test_pieces_follow_one_another_and_gaps_are_lost() -> None:
    track = SOUND.pushed(ones(1.5), None, 0).pushed(2 * ones(0.5), None, 0).pushed(3 * ones(1), 640 * 4, 0)
    items, whole = track.between(0, 6)
    assert whole.tolist() == [True, True, False, False, True, False]
    assert items.reshape(6, 640).mean(1).tolist() == [1, 1.5, 0, 0, 3, 0]
    items, _ = track.between(1, 4, 7 * ones(3))
    assert items.reshape(3, 640).mean(1).tolist() == [1.5, 7, 7]
    assert (track.end, track.covers(5), track.covers(6)) == (640 * 5, True, False)


def test_a_frame_is_known_only_when_it_is_whole() -> None:
    track = SOUND.pushed(ones(0.9), None, 0)
    assert track.between(0, 1)[1].tolist() == [False]
    assert track.pushed(ones(0.1), None, 0).between(0, 1)[1].tolist() == [True]


def test_what_comes_for_taken_frames_is_dropped_and_what_has_no_stamp_goes_where_it_is_still_of_use() -> None:
    stamped = MOTION.pushed(np.arange(12.0).reshape(4, 3), 0, 2)
    assert stamped.between(0, 4)[1].tolist() == [False, False, True, True]
    assert stamped.end == 4
    unstamped = MOTION.pushed(np.ones((1, 3)), None, 2)
    assert (unstamped.pieces[0].start, unstamped.end) == (2, 3)
    old = MOTION.pushed(np.ones((1, 3)), 0, 5)
    assert (old.pieces, old.end) == ((), 1)


def test_stamps_go_forward() -> None:
    track = SOUND.pushed(ones(2), None, 0)
    with pytest.raises(VisavisError, match="user_speech from sample 640 on came after user_speech up to sample 1280"):
        track.pushed(ones(1), 640, 0)
    with pytest.raises(VisavisError, match="from sample 640 on came after user_motion up to sample 1280"):
        MOTION.pushed(np.ones((2, 3)), None, 0).pushed(np.ones((1, 3)), 1, 0)


def test_stamps_of_motion_mean_the_nearest_frame() -> None:
    assert [MOTION.nearest(sample) for sample in (0, 319, 320, 640, 1290)] == [0, 0, 1, 1, 2]
    assert [SOUND.nearest(sample) for sample in (0, 1, 641)] == [0, 1, 641]


def test_a_track_forgets_what_lies_wholly_before() -> None:
    track = SOUND.pushed(ones(2), None, 0).pushed(ones(2), None, 0)
    assert [piece.start for piece in track.without_before(1).pieces] == [0, 1280]
    assert [piece.start for piece in track.without_before(2).pieces] == [1280]
    assert track.without_before(9).pieces == ()


def test_a_trimmed_track_gives_the_same_in_as_few_pieces_as_there_are_gaps() -> None:
    track = SOUND.pushed(ones(1.5), None, 0).pushed(2 * ones(1.5), None, 0).pushed(3 * ones(1), 640 * 5, 0)
    trimmed = track.trimmed(2)
    assert [(piece.start, len(piece.items)) for piece in trimmed.pieces] == [(1280, 640), (3200, 640)]
    for one, other in zip(track.between(2, 6), trimmed.between(2, 6), strict=True):
        np.testing.assert_array_equal(one, other)
    assert SOUND.pushed(ones(1), None, 0).pushed(ones(1), None, 0).trimmed(0).pieces[0].end == 1280
    assert (trimmed.end, SOUND.trimmed(3).pieces) == (track.end, ())


def test_a_cut_track_ends_there_and_is_not_waited_for_until_more_comes() -> None:
    track = SOUND.pushed(ones(3), None, 0).cut(1000)
    assert (track.end, track.awaited, len(track.pieces[0].items)) == (1000, False, 1000)
    later = track.pushed(ones(1), None, 0)
    assert (later.end, later.awaited) == (1640, True)
    silent = SOUND.pushed(ones(1), None, 0).cut(2000)
    assert silent.pushed(ones(1), None, 0).pieces[1].start == 2000


def test_what_stays_away_is_waited_for_no_more() -> None:
    track = SOUND.pushed(ones(1), None, 0)
    assert track.followed(1, True).awaited
    assert not track.followed(2, False).awaited
    assert SOUND.pushed(ones(1), 640 * 5, 0).followed(2, False).awaited


def test_days_do_not_overflow() -> None:
    week = 7 * 24 * 3600 * 16_000
    track = SOUND.pushed(ones(1), week, week // 640)
    assert track.between(week // 640, week // 640 + 1)[1].tolist() == [True]
