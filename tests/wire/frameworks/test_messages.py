from __future__ import annotations

import json

import numpy as np

from tests.streaming.echo import Echo, fed
from visavis.core.builtin_spaces import ARKIT61
from visavis.streaming.session import Session
from visavis.wire.frameworks.messages import frame_messages, hello, take_back


def test_frames_are_told_one_by_one_in_json_that_is_small() -> None:
    frames = fed(Session(Echo()), 10)
    told = [json.loads(json.dumps(message)) for message in frame_messages(frames)]
    assert [one["stamp"] for one in told] == list(range(0, 6400, 640))
    np.testing.assert_allclose([one["values"] for one in told], frames.values, atol=1e-4)
    assert {one["type"] for one in told} == {"visavis.frame"}
    assert {one["state"] for one in told} == {None}
    assert len(json.dumps(told[0])) < 1000, "a packet"


def test_who_moves_and_what_is_taken_back() -> None:
    told = hello(ARKIT61)
    assert told["channels"][0] == ARKIT61.channels[0]
    assert (told["fps"], told["rate"], told["space"]) == (25, 16_000, "arkit61")
    assert take_back(640) == {"type": "visavis.take_back", "stamp": 640}
