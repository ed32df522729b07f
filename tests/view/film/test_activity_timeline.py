from __future__ import annotations

import numpy as np

from visavis.core.builtin_spaces import ARKIT61
from visavis.core.clock import FPS, samples_in
from visavis.core.rate import at_rate
from visavis.view.film.activity_timeline import ROW, Timeline, TimelinePainter, TimelineRow, height_of, timeline_of
from visavis.view.performance import still

FRAMES, WIDTH = 400, 480
RED, BLUE = (0.8, 0.1, 0.1), (0.1, 0.1, 0.8)
SPOKEN = np.zeros(FRAMES, bool)
SPOKEN[100:200] = True
TALK = Timeline((TimelineRow(SPOKEN), TimelineRow(~SPOKEN, nods=(150,))))

QUIET = Timeline((TimelineRow(SPOKEN), TimelineRow(~SPOKEN)))


def drawn(frame: float, timeline: Timeline = TALK) -> np.ndarray:
    place = np.zeros((height_of(timeline), WIDTH, 3), np.uint8)
    TimelinePainter(timeline, ("Ann", "Ben"), (RED, BLUE), WIDTH).draw(frame, place)
    return place.astype(int)


def columns(row: np.ndarray, channel: int) -> np.ndarray:
    """The columns in which the middle of a row has the colour of its owner."""
    middle = row[ROW // 2]
    return np.flatnonzero(middle[:, channel] > middle.sum(-1) / 2)


def test_each_row_shows_when_its_owner_spoke() -> None:
    """At frame 200 the last 4 s are red above, and the 4 s before blue below."""
    picture = drawn(200, QUIET)
    red, blue = columns(picture[:ROW], 0), columns(picture[ROW : 2 * ROW], 2)
    track = red.max() + 1 - blue.min()
    assert abs(red.max() - (WIDTH - 17)) <= 1
    np.testing.assert_allclose([len(red), len(blue)], track / 2, atol=3)
    assert (np.diff(red) == 1).all()


def test_it_moves_to_the_left_as_time_goes_on() -> None:
    ends = [columns(drawn(frame)[:ROW], 0).max() for frame in (200, 250, 300)]
    assert ends[0] - ends[1] > 40
    np.testing.assert_allclose(ends[0] - ends[1], ends[1] - ends[2], atol=2)


def test_a_nod_appears_in_its_frame_on_its_row() -> None:
    def changed(frame: int) -> np.ndarray:
        return np.abs(drawn(frame) - drawn(frame, QUIET)).max(-1) > 30

    assert not changed(149).any()
    shown = changed(170)
    assert shown[ROW : 2 * ROW].any()
    assert not shown[:ROW].any()
    assert not changed(150 + 8 * FPS + 1).any()


def test_before_the_beginning_and_after_the_end_nobody_speaks() -> None:
    start = columns(drawn(0)[ROW : 2 * ROW], 2)
    assert len(start) <= 3
    assert len(columns(drawn(FRAMES + 8 * FPS)[ROW : 2 * ROW], 2)) == 0


def test_doings_are_heard_and_seen() -> None:
    voice = np.random.default_rng(0).normal(0, 1e-4, samples_in(FRAMES)).astype(np.float32)
    voice[samples_in(100) : samples_in(200)] *= 3000
    motion = still(FRAMES)
    for onset in (150, 300):
        swing = 0.12 * np.sin(np.linspace(0, 2 * np.pi, 20))
        motion.values[onset : onset + 20, ARKIT61.indices("HeadPitch")[0]] = swing
    for given in (motion, at_rate(motion, 50)):
        speaker, listener = timeline_of([given, given], [voice, 0 * voice]).rows
        assert speaker.speaking[110:190].all()
        assert not speaker.speaking[:90].any()
        assert len(speaker.nods) == 1
        np.testing.assert_allclose(listener.nods, (150, 300), atol=3)
    assert timeline_of([None], [voice]).rows[0].nods == ()
