from __future__ import annotations

import json

import pytest

from visavis.wire.server import records
from visavis.wire.server.protocol import ProtocolError, Reason


@pytest.mark.parametrize(
    "record",
    [
        records.Say("hello", voice="Ada"),
        records.Settings(half_duplex=False, echo_s=1, eye_contact=0.5),
        records.Face(("JawOpen", "EyeBlinkLeft")),
        records.Interrupt(),
        records.Played(640),
        records.Bye(),
    ],
)
def test_a_record_comes_back_from_its_json(record: object) -> None:
    assert records.from_json(records.to_json(record), records.CONTROLS) == record


def test_unknown_fields_are_passed_over_and_what_may_lack_lacks() -> None:
    assert records.from_json(b'{"type":"hello","new":1}', (records.Hello,)) == records.Hello()


@pytest.mark.parametrize(
    ("body", "reason", "told"),
    [
        (b"\xff\xfe", Reason.BAD_MESSAGE, "no JSON"),
        (b"[" * 100_000, Reason.BAD_MESSAGE, "no JSON"),
        (b"[1]", Reason.BAD_MESSAGE, "no JSON object"),
        (b'{"type":"sing"}', Reason.BAD_MESSAGE, "'sing' is none of say"),
        (b'{"type":"say"}', Reason.BAD_MESSAGE, "lacks 'text'"),
        (b'{"type":"say","text":5}', Reason.BAD_MESSAGE, "say.text"),
        (b'{"type":"played","at":true}', Reason.BAD_MESSAGE, "played.at"),
        (b'{"type":"played","at":1e400}', Reason.BAD_MESSAGE, "played.at"),
        (b'{"type":"settings","head_motion":NaN}', Reason.BAD_MESSAGE, "head_motion"),
        (b'{"type":"face","names":"JawOpen"}', Reason.BAD_MESSAGE, "face.names"),
    ],
)
def test_bad_json_is_refused_with_its_place(body: bytes, reason: Reason, told: str) -> None:
    with pytest.raises(ProtocolError, match=told) as refused:
        records.from_json(body, records.CONTROLS)
    assert refused.value.reason is reason


def test_a_text_that_is_too_long_is_too_much() -> None:
    body = json.dumps({"type": "say", "text": "a" * (records.LONGEST_TEXT + 1)}).encode()
    with pytest.raises(ProtocolError, match="at most 2,000") as refused:
        records.from_json(body, records.CONTROLS)
    assert refused.value.reason is Reason.TOO_MUCH
