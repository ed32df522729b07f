from __future__ import annotations

import itertools
from concurrent.futures import Future

import numpy as np
import pytest

from tests.streaming.echo import Echo, Hand
from visavis.core.errors import VisavisError
from visavis.streaming.session import Session
from visavis.wire.server.sources import LONGEST_STREAM_S, Line, Stream
from visavis.wire.server.speaking import AHEAD_S, MOST_LINES, Speaker


def line(seconds: float, text: str = "") -> Line:
    sound: Future[np.ndarray] = Future()
    sound.set_result(np.full(round(16_000 * seconds), 0.2, np.float32))
    return Line(text, sound)


def speaker(clock: Hand) -> Speaker:
    session = Session(Echo(), clock=clock)
    session.start()
    return Speaker(session, 0.2)


def test_silence_is_decided_a_little_ahead_and_lines_are_put_far_ahead() -> None:
    one = speaker(Hand())
    assert one.feed(0, 0, 0.0) == []
    assert 3200 <= one.end <= 3200 + 640
    one.add(line(10, "long"))
    said = one.feed(0, 0, 0.0)
    start = said[0].start
    assert start <= 3840
    assert (said[0].text, said[0].end) == ("long", start + 160_000)
    assert all(more.end is None for more in said[1:])
    assert AHEAD_S * 16_000 <= one.end <= AHEAD_S * 16_000 + 3200
    assert one.busy
    one.feed(0, 100_000, 0.0)
    assert one.end >= 132_000, "as far ahead of the user's voice, where that is ahead"


def test_lines_follow_one_another_and_one_that_is_not_made_yet_is_waited_for() -> None:
    one, later = speaker(Hand()), Future[np.ndarray]()
    one.add(line(0.1, "a"))
    one.add(Line("b", later))
    one.add(line(0.1, "c"))
    assert [said.text for said in one.feed(0, 0, 0.0)] == ["a"]
    later.set_result(np.full(1600, 0.3, np.float32))
    told = one.feed(800, 0, 0.1)
    assert [said.text for said in told] == ["b", "c"]
    assert told[1].start == told[0].start + 1600
    one.feed(3200, 0, 0.2)
    assert not one.busy


def test_an_interruption_fades_and_drops_what_waits() -> None:
    one, waiting = speaker(Hand()), Future[np.ndarray]()
    one.add(line(5))
    one.add(Line("never", waiting))
    one.feed(0, 0, 0.0)
    fading = one.interrupt(6400)
    assert fading is not None
    assert fading.start == 6400
    assert fading.sound[0] == pytest.approx(0.2, abs=1e-3)
    assert fading.sound[-1] == 0
    assert np.all(np.diff(fading.sound) < 0)
    assert waiting.cancelled()
    assert not one.busy
    assert one.interrupt(one.end + 6400) is None, "silence has no end to fade"


def test_too_many_lines_are_refused() -> None:
    one = speaker(Hand())
    for _ in range(MOST_LINES):
        one.add(line(1))
    with pytest.raises(VisavisError, match="wait to be said"):
        one.add(line(1))


def test_a_stream_begins_when_enough_is_there_and_ends_when_it_has_run_dry() -> None:
    stream = Stream(0.2)
    stream.put(np.ones(1600, np.float32), 0.0)
    assert len(stream.take(9999, 0.1)) == 0
    stream.put(np.ones(1600, np.float32), 0.1)
    assert len(stream.take(2000, 0.1)) == 2000
    assert not stream.dry
    assert len(stream.take(9999, 0.1)) == 1200
    assert stream.dry
    short = Stream(0.2)
    short.put(np.ones(100, np.float32), 0.0)
    assert len(short.take(9999, 0.3)) == 100, "nothing more came"


def test_a_stream_goes_on_while_pieces_come_in_time_and_is_over_when_silence_came() -> None:
    one = speaker(Hand())
    one.feed(0, 0, 0.0)
    said = []
    for number in range(40):
        one.stream(0.2, 16_000).put(np.full(800, 0.1, np.float32), 0.05 * number)
        said += one.feed(800 * number, 0, 0.05 * number)
    assert all(after.start == before.start + len(before.sound) for before, after in itertools.pairwise(said))
    assert sum(len(piece.sound) for piece in said) == 32_000
    for number in range(40, 50):
        one.feed(800 * number, 0, 0.05 * number)
    assert not one.busy


def test_a_stream_that_lasts_waits_for_more_and_one_that_is_too_long_is_refused() -> None:
    stream = Stream(0.5, lasts=True)
    stream.put(np.ones(1600, np.float32), 0.0)
    assert len(stream.take(9999, 9.0)) == 0
    stream.put(np.ones(8000, np.float32), 0.0)
    assert len(stream.take(99_999, 9.0)) == 9600
    assert not stream.dry
    with pytest.raises(VisavisError, match=f"more than {LONGEST_STREAM_S} s"):
        stream.put(np.ones(16_000 * LONGEST_STREAM_S + 1, np.float32), 9.0)
    stream.end()
    assert stream.finished
