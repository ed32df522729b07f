from __future__ import annotations

import pytest

from tests.wire.listening import listener
from visavis.core.errors import VisavisError
from visavis.wire.udp import Udp


def test_datagrams_arrive_whole() -> None:
    with listener() as ear:
        udp = Udp("127.0.0.1", ear.port)
        udp.send(b"one")
        udp.send(b"two" * 400)
        assert ear.hear(2) == [b"one", b"two" * 400]
        udp.close()


def test_nobody_listening_is_no_error_and_what_cannot_go_is_counted() -> None:
    with listener() as ear:
        port = ear.port
    udp = Udp("127.0.0.1", port)
    for _ in range(3):
        udp.send(b"anyone?")
    udp.send(bytes(70_000))
    assert udp.lost == 1
    udp.close()


def test_unknown_hosts_and_ports_are_refused() -> None:
    with pytest.raises(VisavisError, match=r"no way to nobody\.invalid:39539"):
        Udp("nobody.invalid", 39539)
