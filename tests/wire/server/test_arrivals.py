from __future__ import annotations

import pytest

from visavis.wire.server.arrivals import Arrivals


def test_the_age_of_what_was_heard_is_since_it_came() -> None:
    arrivals = Arrivals()
    assert arrivals.quantiles() == (0.0, 0.0)
    for number in range(1, 11):
        arrivals.came(320 * number, 0.02 * number)
    assert arrivals.shown(320, 0.5) == pytest.approx(0.48)
    assert arrivals.shown(321, 0.5) == pytest.approx(0.46), "it came with the message after"
    assert arrivals.shown(99_999, 0.5) is None
    assert arrivals.quantiles()[1] == pytest.approx(0.48, abs=0.01)


def test_another_microphone_begins_anew() -> None:
    arrivals = Arrivals()
    arrivals.came(100_000, 1.0)
    arrivals.came(320, 2.0)
    assert arrivals.shown(320, 2.5) == pytest.approx(0.5)
