from __future__ import annotations

import struct
from fractions import Fraction

import numpy as np
import pytest

from tests.view.small_heads import lively
from tests.wire.listening import listener
from visavis.core.builtin_spaces import ARKIT61
from visavis.core.errors import VisavisError
from visavis.wire.livelink import CHANNELS, LiveLinkSink, Packet, decode, encode
from visavis.wire.sink import Frame

VALUES = lively(1).values[0]
DEVICE = "8FE00A36-97F9-4C91-9A1E-0123456789AB"


def test_a_packet_is_laid_out_as_the_app_does() -> None:
    """312 bytes for a subject of six letters, as captured from the app; read here field by field."""
    data = encode(Packet(VALUES, 1234, Fraction(60), "iPhone", DEVICE, 0.25))
    assert len(data) == 312
    assert data[:5] == b"\x06\0\0\0\x24"
    assert data[5:41].decode() == DEVICE
    assert data[41:51] == b"\0\0\0\x06iPhone"
    assert struct.unpack_from(">ifiiB", data, 51) == (1234, 0.25, 60, 1, 61)
    told = dict(zip(CHANNELS, struct.unpack_from(">61f", data, 68), strict=True))
    expected = dict(zip(ARKIT61.channels, VALUES.tolist(), strict=True))
    assert told == expected


def test_the_order_of_a_packet_is_unreals_and_not_that_of_the_csv() -> None:
    """EARFaceBlendShape: JawLeft = 15, JawRight = 16, MouthLeft = 21, MouthRight = 22."""
    assert CHANNELS[14:18] == ("JawForward", "JawLeft", "JawRight", "JawOpen")
    assert CHANNELS[18:23] == ("MouthClose", "MouthFunnel", "MouthPucker", "MouthLeft", "MouthRight")
    assert CHANNELS[50:] == ("NoseSneerRight", "TongueOut", *ARKIT61.channels[52:])
    assert sorted(CHANNELS) == sorted(ARKIT61.channels)


def test_packets_come_back() -> None:
    packet = decode(encode(Packet(VALUES, 7, Fraction(30000, 1001), "Ada", DEVICE)))
    assert packet is not None
    np.testing.assert_array_equal(packet.values, VALUES)
    assert (packet.frame, packet.fps, packet.subject, packet.device) == (7, Fraction(30000, 1001), "Ada", DEVICE)


def test_frames_reach_a_listener_with_timecode() -> None:
    with listener() as ear:
        sink = LiveLinkSink("127.0.0.1", ear.port, "agent", start_s=10.0125)
        for number in (0, 1):
            sink.send(Frame(number, Fraction(60), VALUES, ARKIT61))
        packets = [decode(data) for data in ear.hear(2)]
        sink.close()
    assert packets[0] is not None
    assert packets[1] is not None
    np.testing.assert_array_equal(packets[0].values, VALUES)
    assert (packets[0].frame, packets[1].frame) == (600, 601)
    assert packets[0].subframe == pytest.approx(0.75)
    assert len(packets[0].device) == 36
    assert packets[0].subject == "agent"


def test_a_packet_without_a_face_is_none() -> None:
    whole = encode(Packet(VALUES, 1, Fraction(60), "a", DEVICE))
    assert decode(whole[: -1 - 4 * 61]) is None


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x01" + bytes(300), "version 1; set the app"),
        (b"", "0 bytes are no Live Link Face packet"),
        (b"\x06\x7f\xff\xff\xff", "a name is longer than the packet"),
        (encode(Packet(VALUES, 1, Fraction(60), "a", DEVICE))[:-2], "expected 61"),
    ],
)
def test_other_datagrams_are_refused(data: bytes, message: str) -> None:
    with pytest.raises(VisavisError, match=message):
        decode(data)
