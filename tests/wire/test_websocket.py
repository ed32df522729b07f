from __future__ import annotations

import asyncio
import logging
import socket
import sys
from typing import Any

import pytest

from tests.wire.agents.stand_in import Realtime, realtime_serving, until
from visavis.core.errors import VisavisError
from visavis.wire.websocket import Lost, open_socket


def test_messages_go_both_ways_and_the_end_tells_why(caplog: pytest.LogCaptureFixture) -> None:
    async def talk(server: Realtime) -> None:
        one = await open_socket(server.url, 1000, "a test", {"Authorization": "Bearer k"})
        assert "session.created" in str(await one.receive())
        await one.send('{"type": "hello"}')
        await asyncio.to_thread(until, lambda: server.came)
        await asyncio.to_thread(server.drop)
        with pytest.raises(Lost, match=r"\(1011\): out of memory") as lost:
            await one.receive()
        assert (lost.value.code, lost.value.reason) == (1011, "out of memory")
        with pytest.raises(Lost):
            await one.send("more")

    caplog.set_level(logging.DEBUG)
    with realtime_serving(Realtime()) as server:
        asyncio.run(talk(server))
        assert server.headers == ["Bearer k"]
    assert not [one for one in caplog.records if one.name == "visavis.websocket" and "Bearer" in one.getMessage()]
    assert not [one for one in caplog.records if one.name == "websockets.client"]


def test_a_message_that_is_too_large_ends_it() -> None:
    async def talk(server: Realtime) -> None:
        one = await open_socket(server.url, 200, "a test")
        await one.receive()
        await asyncio.to_thread(server.send, "x" * 300)
        with pytest.raises(Lost):
            await one.receive()

    with realtime_serving(Realtime()) as server:
        asyncio.run(talk(server))


def opened(url: str, **_: Any) -> str:
    with pytest.raises(VisavisError) as refused:
        asyncio.run(open_socket(url, 1000, "a test", timeout_s=1))
    return str(refused.value)


def test_who_does_not_answer_and_who_refuses_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert "connect" in opened(f"ws://127.0.0.1:{taken.getsockname()[1]}/v1").lower()
    with realtime_serving(Realtime(refuses=401)) as server:
        assert "401" in opened(server.url)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        assert opened(f"ws://127.0.0.1:{mute.getsockname()[1]}/v1") == "no answer within 1 s"


def test_the_extra_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "websockets", None)
    assert opened("ws://127.0.0.1:1/") == "a test needs websockets; install it with: pip install 'visavis[serve]'"
