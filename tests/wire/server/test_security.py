from __future__ import annotations

import pytest

from visavis.core.errors import VisavisError
from visavis.wire.server.security import HEADERS, host_fits, origin_fits, token_fits, with_token
from visavis.wire.server.settings import ServerSettings, is_loopback

HERE, OPEN = ServerSettings("m"), ServerSettings("m", host="0.0.0.0", origins=("https://page.example",))


def test_only_loopback_addresses_are_this_machine_alone() -> None:
    for host in ("127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost"):
        assert is_loopback(host)
    for host in ("0.0.0.0", "::", "192.168.0.5", "example.org", "localhost.example.org", ""):
        assert not is_loopback(host)


def test_a_server_that_others_reach_has_a_token() -> None:
    assert with_token(HERE) is None
    made = {with_token(OPEN) for _ in range(5)}
    assert len(made) == 5
    assert None not in made
    assert with_token(ServerSettings("m", token="long enough")) == "long enough"
    with pytest.raises(VisavisError, match="8 or more"):
        with_token(ServerSettings("m", token="short"))


def test_tokens_are_compared_whole() -> None:
    assert token_fits(None, None)
    assert token_fits("anything", None)
    for asked in (None, "", "secre", "secrets", "sécret"):
        assert not token_fits(asked, "secret")
    assert token_fits("secret", "secret")


def test_origins_are_those_of_the_server_and_those_it_was_told() -> None:
    assert origin_fits(None, "a:1", HERE)
    assert origin_fits("http://127.0.0.1:8765", "127.0.0.1:8765", HERE)
    assert origin_fits("https://page.example", "other:1", OPEN)
    for origin in ("http://127.0.0.1:80", "https://evil.example", "null", "file://", "", "http://127.0.0.1:8765@evil"):
        assert not origin_fits(origin, "127.0.0.1:8765", HERE)


def test_a_loopback_server_goes_by_loopback_names_alone() -> None:
    for host in ("127.0.0.1:8765", "localhost:1", "[::1]:8765"):
        assert host_fits(host, HERE)
    for host in (None, "", "evil.example", "127.0.0.1.evil.example:8765"):
        assert not host_fits(host, HERE)
    assert host_fits("anything.example", OPEN)


def test_scripts_come_from_the_server_alone() -> None:
    policy = dict(part.split(" ", 1) for part in HEADERS["Content-Security-Policy"].split("; "))
    assert policy["script-src"].split() == ["'self'", "'wasm-unsafe-eval'"]
    assert policy["object-src"] == policy["frame-ancestors"] == "'none'"
    assert "unsafe-inline" not in HEADERS["Content-Security-Policy"]
