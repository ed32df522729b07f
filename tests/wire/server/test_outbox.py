from __future__ import annotations

import numpy as np

from visavis.wire.server.outbox import MOST, Ending, Outbox, Outgoing
from visavis.wire.server.protocol import Audio, Close, FaceFrames, Kind, audio_body, frames_body


def frames(stamp: int, count: int = 1) -> Outgoing:
    body = frames_body(FaceFrames(np.zeros((count, 61), np.float32), None, np.zeros(count, np.uint8)))
    return Outgoing(Kind.FRAMES, stamp, body)


def sound(stamp: int, samples: int) -> Outgoing:
    return Outgoing(Kind.AGENT_SPEECH, stamp, audio_body(Audio(np.zeros(samples, np.int16), 16_000)))


def test_what_is_put_is_taken_in_its_order_and_wakes_who_is_connected() -> None:
    box, woken = Outbox(), []
    box.attach(lambda: woken.append(1))
    put = [frames(0), Outgoing(Kind.EVENT, 5, b"{}"), sound(0, 100), frames(640)]
    for one in put:
        box.put(one)
    assert box.take() == put
    assert box.take() == []
    assert len(woken) == 4


def test_a_client_that_reads_nothing_gets_the_latest_frames_and_memory_stays() -> None:
    box = Outbox()
    for number in range(10_000):
        box.put(frames(640 * number))
        box.put(sound(640 * number, 640))
        box.put(Outgoing(Kind.EVENT, number, b"{}"))
        box.put(Outgoing(Kind.TAKE_BACK, number))
    told = box.take()
    shown = [one.stamp for one in told if one.kind is Kind.FRAMES]
    assert shown == [640 * number for number in range(9950, 10_000)], "two seconds"
    assert sum(one.size for one in told if one.kind is Kind.AGENT_SPEECH) == MOST[Kind.AGENT_SPEECH]
    assert len([one for one in told if one.kind is Kind.EVENT]) == 256
    assert box.dropped == 40_000 - len(told)
    box.put(frames(0))
    assert len(box.take()) == 1, "what was taken counts no more"


def test_many_frames_in_a_message_count_as_many() -> None:
    box = Outbox()
    for number in range(20):
        box.put(frames(6400 * number, 10))
    assert [one.stamp for one in box.take()] == [6400 * number for number in range(15, 20)]
    box.put(frames(0, 1000))
    assert len(box) == 1, "one message is kept, whatever its size"


def test_what_is_taken_back_before_it_was_sent_is_never_sent() -> None:
    box = Outbox()
    for stamp in range(0, 6400, 640):
        box.put(frames(stamp))
        box.put(sound(stamp, 640))
    box.take_back(3200)
    box.put(frames(3200))
    told = box.take()
    assert [(one.kind, one.stamp) for one in told[-2:]] == [(Kind.TAKE_BACK, 3200), (Kind.FRAMES, 3200)]
    assert max(one.stamp for one in told[:-2]) == 3200 - 640


def test_the_first_ending_stays() -> None:
    box = Outbox()
    assert box.ending is None
    box.end(Ending(Close.IDLE, "nobody"))
    box.end(Ending(Close.GOING_AWAY, "later"))
    assert box.ending == Ending(Close.IDLE, "nobody")
