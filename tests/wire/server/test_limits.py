from __future__ import annotations

import pytest

from visavis.wire.server.limits import BURST_S, MOST_ERRORS, Allowance, Gate
from visavis.wire.server.protocol import Close, ProtocolError, Reason
from visavis.wire.server.settings import ServerSettings

SETTINGS = ServerSettings("m", messages_per_s=10, bytes_per_s=1000)


def test_an_allowance_lets_a_burst_through_and_then_its_rate() -> None:
    allowance = Allowance(10, now_s=0.0)
    assert sum(allowance.spend(1, 0.0) for _ in range(100)) == 10 * BURST_S
    assert sum(allowance.spend(1, 1.0) for _ in range(100)) == 10
    assert not allowance.spend(1, 0.5), "a clock that goes back fills nothing"
    assert allowance.spend(5, 1.0)


@pytest.mark.parametrize(("size", "what"), [(1, "messages"), (2000, "bytes")])
def test_more_than_a_conversation_has_ends_the_connection(size: int, what: str) -> None:
    gate = Gate(SETTINGS, 0.0)
    for _ in range(50 if size == 1 else 2):
        gate.weigh(size, 0.0)
    with pytest.raises(ProtocolError, match=f"more {what}") as refused:
        gate.weigh(size, 0.0)
    assert refused.value.close is Close.TOO_FAST
    steady = Gate(SETTINGS, 0.0)
    for number in range(1000):
        steady.weigh(99, number / 10)


def test_messages_are_in_order_and_missing_ones_are_counted() -> None:
    gate = Gate(SETTINGS, 0.0)
    for sequence in (0, 1, 5, 6):
        gate.order(sequence)
    assert gate.lost == 3
    for sequence in (6, 2):
        with pytest.raises(ProtocolError) as refused:
            gate.order(sequence)
        assert (refused.value.reason, refused.value.close) == (Reason.OUT_OF_ORDER, None)
    gate.order(7)


def test_many_errors_in_a_row_end_the_connection_and_a_good_message_between_forgives() -> None:
    gate = Gate(SETTINGS, 0.0)
    for _ in range(3):
        for _ in range(MOST_ERRORS - 1):
            gate.judged(False)
        gate.judged(True)
    for _ in range(MOST_ERRORS - 1):
        gate.judged(False)
    with pytest.raises(ProtocolError) as refused:
        gate.judged(False)
    assert refused.value.close is Close.TOO_MANY_ERRORS
