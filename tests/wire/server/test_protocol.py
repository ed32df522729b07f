from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from visavis.wire.server import protocol, records
from visavis.wire.server.protocol import Audio, Close, FaceFrames, Kind, Message, ProtocolError, Reason

PAGE = Path(__file__).parents[3] / "docs" / "protocol.md"


def test_a_message_comes_back_as_it_was_sent_and_is_laid_out_as_the_page_says() -> None:
    message = Message(Kind.USER_SPEECH, 7, 320_000, b"abc")
    data = message.to_bytes()
    assert protocol.parse(data) == message
    assert data == bytes([2, 1, 0, 0, 7, 0, 0, 0, 0x00, 0xE2, 0x04, 0x00]) + b"abc"


def test_sound_faces_and_frames_come_back_as_they_were_sent() -> None:
    sound = np.array([0, 1, -32768, 32767], np.int16)
    heard = protocol.parse_audio(protocol.audio_body(Audio(sound, 24_000)))
    assert heard.rate == 24_000
    np.testing.assert_array_equal(heard.samples, sound)
    values = np.random.default_rng(0).normal(size=(3, 61)).astype(np.float32)
    np.testing.assert_array_equal(protocol.parse_face(protocol.face_body(values), 61), values)
    for place in (None, 123_456):
        frames = protocol.parse_frames(protocol.frames_body(FaceFrames(values, place, np.array([0, 6, 255]))))
        np.testing.assert_array_equal(frames.values, values)
        assert frames.heard == place
        assert frames.states.tolist() == [0, 6, 255]


@pytest.mark.parametrize(
    ("data", "close"),
    [
        (b"", None),
        (b"\x02\x01", None),
        (bytes([2, 9]) + bytes(10), Close.BAD_VERSION),
        (bytes([99, 1]) + bytes(10), None),
        (bytes([2, 1]) + bytes(protocol.LARGEST_MESSAGE), Close.TOO_BIG),
    ],
)
def test_what_is_no_message_is_refused(data: bytes, close: Close | None) -> None:
    with pytest.raises(ProtocolError) as refused:
        protocol.parse(data)
    assert refused.value.close is close


def test_bodies_that_hold_no_sound_and_no_face_are_refused() -> None:
    for body in (b"", b"\x00" * 3, b"\x00" * 5):
        with pytest.raises(ProtocolError, match="no sound"):
            protocol.parse_audio(body)
    whole = protocol.face_body(np.zeros((2, 5), np.float32))
    for body in (b"", whole[:-1], whole + b"0", protocol.face_body(np.zeros((0, 5), np.float32))):
        with pytest.raises(ProtocolError, match="no frames of a face"):
            protocol.parse_face(body, 5)
    with pytest.raises(ProtocolError, match="6 were announced"):
        protocol.parse_face(whole, 6)


def test_the_page_tells_all_kinds_closes_reasons_controls_and_events() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for kind in Kind:
        assert f"| {kind.value} | {kind.name} |" in text
    for close in Close:
        assert f"| {close.value} | " in text
    for reason in Reason:
        assert f"`{reason.name.lower()}`" in text
    controls, _, events = text.partition("### Controls")[2].partition("### Events")
    for kinds, part in ((records.CONTROLS, controls), (records.EVENTS, events)):
        for kind in kinds:
            row = re.search(rf"^\| `{records.type_name(kind)}` \|(.*?)\|", part, re.MULTILINE)
            assert row, f"{kind.__name__} is not on the page"
            if kind is not records.Settings or kinds is records.CONTROLS:
                told = re.findall(r"[a-z_0-9]+", re.sub(r"\(.*?\)", "", row[1]))
                assert told == list(kind.__dataclass_fields__)
    for kind in (records.Hello, records.Welcome):
        row = re.search(rf"^`{records.type_name(kind)}`: (.*?)\. ", text, re.MULTILINE)
        assert row
        assert re.findall(r"[a-z_]+", re.sub(r"\(.*?\)", "", row[1])) == list(kind.__dataclass_fields__)
