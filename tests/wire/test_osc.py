from __future__ import annotations

import pytest

from tests.wire.listening import read_osc
from visavis.wire.osc import bundles, message


def test_a_message_has_the_bytes_of_the_specification() -> None:
    """The second example of the OSC 1.0 specification."""
    expected = "2f666f6f000000002c69697366660000000003e8ffffffff68656c6c6f0000003f9df3b640b5b22d"
    assert message("/foo", 1000, -1, "hello", 1.234, 5.678).hex() == expected
    assert message("/oscillator/4/frequency", 440.0).hex().endswith("2c66000043dc0000")


def test_bundles_hold_all_messages_in_order_within_their_size() -> None:
    messages = [message("/n", i, "x" * i) for i in range(40)]
    packed = bundles(messages, 200)
    assert len(packed) > 1
    assert max(map(len, packed)) <= 200
    assert [arguments[0] for data in packed for _, arguments in read_osc(data)] == list(range(40))
    assert bundles([], 200) == []


def test_python_osc_reads_them() -> None:
    osc_bundle = pytest.importorskip("pythonosc.osc_bundle", reason="an independent reader; pip install python-osc")
    (data,) = bundles([message("/a", "text", 1.5), message("/b", 7)], 1000)
    told = [(one.address, one.params) for one in osc_bundle.OscBundle(data)]
    assert told == [("/a", ["text", 1.5]), ("/b", [7])]
