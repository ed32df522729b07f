from __future__ import annotations

import socket

import pytest

from tests.streaming.echo import Echo
from visavis.core.errors import VisavisError
from visavis.wire.server.run import address, serve
from visavis.wire.server.settings import ServerSettings


def test_the_address_holds_the_token_and_may_be_of_the_sixth_version() -> None:
    assert address(ServerSettings("m"), None) == "http://127.0.0.1:8765/"
    assert address(ServerSettings("m", host="::1", port=80), "abc") == "http://[::1]:80/?token=abc"


def test_the_address_of_a_server_that_listens_everywhere_is_one_that_browsers_give_microphones_to() -> None:
    assert address(ServerSettings("m", host="0.0.0.0"), "abc") == "http://127.0.0.1:8765/?token=abc"
    assert address(ServerSettings("m", host="::"), None) == "http://[::1]:8765/"


def test_an_address_that_is_taken_is_said() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(VisavisError, match=f"cannot listen at 127.0.0.1:{port}"):
            serve(ServerSettings("m", port=port), Echo(), print)
