"""The application as a whole: by starlette's test client, and by real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from tests.streaming.echo import Echo
from tests.wire.server.listeners import SETTINGS, HummingBox, tone
from visavis.core.errors import VisavisError
from visavis.wire.server import protocol, records
from visavis.wire.server.app import live_app
from visavis.wire.server.client import Closed, LiveClient, connected
from visavis.wire.server.hearing import LoudnessLive
from visavis.wire.server.hub import Hub
from visavis.wire.server.protocol import LARGEST_MESSAGE, Close, Kind, Message
from visavis.wire.server.settings import ServerSettings

SILENCE = np.zeros(320, np.int16)


def app(settings: ServerSettings = SETTINGS, page: Path = Path("nowhere"), system: Any = None) -> Starlette:
    return live_app(
        settings,
        system or Echo(hop=1),
        page=page,
        voices=HummingBox(),
        samples={"tone": tone(1.0)},
        detector=LoudnessLive(),
        models=lambda _: Echo(),
    )


class Running:
    """An application behind a real socket."""

    def __init__(self, made: Starlette, port: int) -> None:
        self.hub: Hub = made.state.hub
        config = uvicorn.Config(
            made,
            port=port,
            log_level="error",
            ws="websockets-sansio",
            ws_max_size=LARGEST_MESSAGE,
            ws_ping_interval=None,
            lifespan="on",
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self.port = port

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/live"

    def __enter__(self) -> Running:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self.hub.drain()
        time.sleep(0.1)
        self._server.should_exit = True
        self._thread.join(20)
        assert not self._thread.is_alive()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with Running(app(replace(SETTINGS, most=4)), free_port()) as one:
        yield one


def talk(url: str, act: Callable[[LiveClient], Awaitable[Any]], hello: records.Hello | None = None) -> Any:
    async def held() -> Any:
        async with connected(url, hello) as client:
            return await act(client)

    return asyncio.run(asyncio.wait_for(held(), 120))


def closed(url: str, act: Callable[[LiveClient], Awaitable[Any]]) -> Closed:
    """How the server ends a connection in which something is done."""

    async def until_the_end(client: LiveClient) -> None:
        await act(client)
        while True:
            await client.next()

    with pytest.raises(Closed) as ended:
        talk(url, until_the_end)
    return ended.value


async def speak(client: LiveClient, pieces: int, first: int = 0) -> None:
    for number in range(first, first + pieces):
        await client.speak(SILENCE, 320 * number)
        await asyncio.sleep(0.02)


def left_in(hub: Hub) -> tuple[int, int, int]:
    """How many conversations, sessions and connections a server still has."""
    sessions = sum(len(pool) for pool in hub._pools.values())
    return len(hub), sessions, int(hub.metrics.connections._value.get())


def say_bye(live: WebSocketTestSession) -> None:
    """Until the server has closed: the test client would cancel what still waits."""
    live.send_bytes(Message(Kind.CONTROL, 1, 0, b'{"type":"bye"}').to_bytes())
    while live.receive()["type"] != "websocket.close":
        pass


# HTTP


def test_health_models_and_metrics_tell_how_it_is() -> None:
    with TestClient(app(), base_url="http://127.0.0.1") as client:
        assert client.get("/health").json() == {"status": "ok", "conversations": 0}
        told = client.get("/models").json()
        assert told["usual"] == "echo"
        assert told["voices"] == ["hum", "low hum"]
        with client.websocket_connect("ws://127.0.0.1/live") as live:
            live.send_bytes(Message(Kind.HELLO, 0, 0, b'{"type":"hello"}').to_bytes())
            welcome = protocol.parse(live.receive_bytes())
            assert welcome.kind is Kind.WELCOME
            assert client.get("/health").json()["conversations"] == 1
            text = client.get("/metrics").text
            say_bye(live)
        assert "visavis_conversations 1.0" in text
        assert "visavis_conversations_begun_total 1.0" in text
        assert "visavis_reaction_seconds_bucket" in text


def test_pages_come_with_a_strict_policy_and_from_their_folder_alone(tmp_path: Path) -> None:
    page = tmp_path / "page"
    (page / "assets").mkdir(parents=True)
    (page / "index.html").write_text("<p>hello")
    (page / "assets" / "main.js").write_text("1")
    (page / ".secret.html").write_text("no")
    (page / "notes.py").write_text("no")
    (tmp_path / "outside.html").write_text("no")
    with contextlib.suppress(OSError):  # where links need a privilege
        (page / "link.html").symlink_to(tmp_path / "outside.html")
    with TestClient(app(page=page), base_url="http://127.0.0.1") as client:
        index = client.get("/")
        assert index.text == "<p>hello"
        assert "script-src 'self'" in index.headers["content-security-policy"]
        assert "unsafe-inline" not in index.headers["content-security-policy"]
        assert index.headers["x-content-type-options"] == "nosniff"
        main = client.get("/assets/main.js")
        assert main.headers["content-type"].startswith("text/javascript")
        assert "immutable" in main.headers["cache-control"]
        again = client.get("/", headers={"if-none-match": index.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert "content-security-policy" in again.headers
        assert "content-encoding" not in main.headers, "so small a file is sent as it is"
        (page / "assets" / "long.js").write_text("let a = 1;\n" * 1000)
        long = client.get("/assets/long.js", headers={"accept-encoding": "gzip"})
        assert (long.headers["content-encoding"], long.headers["vary"]) == ("gzip", "Accept-Encoding")
        assert int(long.headers["content-length"]) < 1000
        assert long.text == "let a = 1;\n" * 1000
        for path in (
            "/.secret.html", "/notes.py", "/link.html", "/../outside.html", "/%2e%2e/outside.html", "/assets",
            "/..%2foutside.html", "/assets/..%5c..%5coutside.html", "//etc/passwd", "/%00", "/assets//main.js",
        ):  # fmt: skip
            answer = client.get(path)
            assert answer.status_code == 404, path
            assert "content-security-policy" in answer.headers


def test_without_a_page_it_says_how_to_build_one() -> None:
    with TestClient(app(), base_url="http://127.0.0.1") as client:
        answer = client.get("/")
        assert answer.status_code == 200
        assert "python page/build_page.py" in answer.text


def test_others_than_this_machine_need_the_token_and_pages_elsewhere_are_refused() -> None:
    made = app(replace(SETTINGS, host="0.0.0.0", token="a-long-secret"))
    with TestClient(made, base_url="http://example.org") as client:
        assert client.get("/models").status_code == 401
        assert client.get("/models?token=wrong").status_code == 401
        assert client.get("/models?token=a-long-secret").status_code == 200
        assert client.get("/metrics").status_code == 401
        with client.websocket_connect("ws://example.org/live") as live:
            assert live.receive() == {
                "type": "websocket.close",
                "code": Close.UNAUTHORISED,
                "reason": "the address lacks the right ?token=; take the one that was printed",
            }
        with client.websocket_connect(
            "ws://example.org/live?token=a-long-secret", headers={"origin": "http://example.org"}
        ) as live:
            live.send_bytes(Message(Kind.HELLO, 0, 0, b'{"type":"hello"}').to_bytes())
            assert protocol.parse(live.receive_bytes()).kind is Kind.WELCOME
            say_bye(live)
        for origin in ("https://evil.example", "null", "http://example.org.evil.example", "file://"):
            with (
                pytest.raises(WebSocketDisconnect),
                client.websocket_connect("ws://example.org/live?token=a-long-secret", headers={"origin": origin}),
            ):
                pass
    assert len(app(replace(SETTINGS, host="0.0.0.0")).state.token) >= 16
    assert app().state.token is None
    with pytest.raises(VisavisError, match="soon guessed"):
        app(replace(SETTINGS, token="abc"))


def test_a_name_that_was_bent_to_this_machine_is_refused() -> None:
    with TestClient(app(), base_url="http://rebound.example") as client:
        assert client.get("/").status_code == 403
        assert client.get("/health").status_code == 403


# WebSockets over real sockets


def test_a_conversation_over_a_real_socket(running: Running) -> None:
    async def act(client: LiveClient) -> None:
        assert client.welcome["channels"][17] == "JawOpen"
        await client.ask(records.Say("hello there"))
        speaking = asyncio.ensure_future(speak(client, 60))
        speech = await client.event("speech")
        assert speech["text"] == "hello there"
        frames = None
        while frames is None or frames.heard is None:
            message = await client.next()
            if message.kind is Kind.FRAMES:
                frames = protocol.parse_frames(message.body)
        assert frames.values.shape == (len(frames.states), 61)
        await speaking
        await client.ask(records.Ping(1.5))
        assert (await client.event("pong"))["sent"] == 1.5
        await client.ask(records.Bye())

    ended = closed(running.url, act)
    assert (ended.code, ended.reason) == (Close.NORMAL, "bye")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("text", Close.NO_HELLO),
        (b"garbage", Close.NO_HELLO),
        (Message(Kind.CONTROL, 0, 0, b"{}").to_bytes(), Close.NO_HELLO),
        (bytes([1, 7]) + bytes(10), Close.BAD_VERSION),
        (Message(Kind.HELLO, 0, 0, b'{"type":"hello","model":"x"}').to_bytes(), Close.NO_HELLO),
    ],
)
def test_a_first_message_that_is_no_hello_ends_with_a_reason(running: Running, data: bytes | str, code: Close) -> None:
    import websockets

    async def act() -> None:
        async with websockets.connect(running.url) as socket:
            await socket.send(data)
            await socket.recv()

    with pytest.raises(websockets.ConnectionClosed) as ended:
        asyncio.run(asyncio.wait_for(act(), 120))
    assert ended.value.rcvd is not None
    assert ended.value.rcvd.code == code
    assert ended.value.rcvd.reason


def test_garbage_is_told_and_ends_after_a_while_and_the_server_lives(running: Running) -> None:
    async def some(client: LiveClient) -> None:
        await client.send_bytes(b"\x00")
        assert (await client.event("error"))["reason"] == "bad_message"
        await client.send_bytes(Message(Kind.CONTROL, 0, 0, b'{"type":"nod"}').to_bytes())
        assert (await client.event("error"))["reason"] == "out_of_order"
        await client.send(Kind.HELLO, 0, b"{}")
        assert "second hello" in (await client.event("error"))["text"]
        random = np.random.default_rng(0)
        for size in range(30):
            with contextlib.suppress(Closed):
                await client.send_bytes(random.bytes(size))

    assert closed(running.url, some).code in (Close.TOO_MANY_ERRORS, Close.BAD_VERSION)

    async def oversized(client: LiveClient) -> None:
        with contextlib.suppress(Closed):
            await client.send_bytes(bytes(LARGEST_MESSAGE + 1))

    assert closed(running.url, oversized).code in (Close.TOO_BIG, 1006)

    async def flood(client: LiveClient) -> None:
        with contextlib.suppress(Closed):
            for _ in range(1500):
                await client.ask(records.Ping(0))

    assert closed(running.url, flood).code in (Close.TOO_FAST, 1006)
    talk(running.url, lambda client: client.event("settings"))


def test_who_comes_when_all_places_are_taken_is_told_that_it_is_busy() -> None:
    async def act(url: str) -> None:
        async with contextlib.AsyncExitStack() as all_of_them:
            for _ in range(2):
                await all_of_them.enter_async_context(connected(url))
            with pytest.raises(Closed, match="busy: 2 conversations") as refused:
                await all_of_them.enter_async_context(connected(url))
            assert refused.value.code == Close.BUSY

    with Running(app(replace(SETTINGS, most=2)), free_port()) as one:
        asyncio.run(asyncio.wait_for(act(one.url), 120))


def test_a_lost_connection_goes_on_where_it_was_and_another_one_takes_over() -> None:
    async def act(url: str) -> None:
        async with connected(url) as client:
            token = client.welcome["session"]
            await client.ask(records.Settings(head_motion=0.5, avatar="Ada"))
            await client.event("latency")
            first = client.now
        async with connected(url, records.Hello(session=token)) as client:
            assert client.welcome["resumed"] is True
            assert client.welcome["session"] == token
            assert client.now > first + 16_000, "the agent's clock has gone on"
            told = await client.event("settings")
            while told["avatar"] != "Ada":
                told = await client.event("settings")
            assert told["head_motion"] == 0.5
            async with connected(url, records.Hello(session=token)) as other:
                assert other.welcome["resumed"] is True
                with pytest.raises(Closed) as ended:
                    await client.event("nothing")
                assert ended.value.code == Close.TAKEN_OVER
                await other.ask(records.Bye())
                with pytest.raises(Closed):
                    await other.event("nothing")
        async with connected(url, records.Hello(session=token)) as client:
            assert client.welcome["resumed"] is False, "it is over"

    with Running(app(replace(SETTINGS, reconnect_s=30)), free_port()) as one:
        asyncio.run(asyncio.wait_for(act(one.url), 120))


def test_who_does_not_come_back_is_forgotten() -> None:
    with Running(app(replace(SETTINGS, reconnect_s=0.2)), free_port()) as one:
        token = talk(one.url, lambda client: asyncio.sleep(0, client.welcome["session"]))
        end = time.monotonic() + 60
        while len(one.hub) and time.monotonic() < end:
            time.sleep(0.02)
        assert len(one.hub) == 0
        assert one.hub.resume(token) is None


def test_a_client_that_stops_reading_is_left_behind_and_the_others_are_served() -> None:
    settings = replace(SETTINGS, unread_s=1.0, reconnect_s=0.5, bytes_per_s=10_000_000)

    async def act(one: Running) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", one.port)
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader._transport.pause_reading()  # type: ignore[attr-defined]
        key = "GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        key += "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        writer.write(key.encode())
        await asyncio.sleep(0.3)
        writer.write(_masked(Message(Kind.HELLO, 0, 0, b'{"type":"hello"}').to_bytes()))
        async with connected(one.url) as other:
            asleep = next(c for token, c in one.hub._conversations.items() if token != other.welcome["session"])
            flood = Message(Kind.CONTROL, 1, 0, records.to_json(records.Ping(1.0)))
            for number in range(1, 20_000):
                asleep.tell(records.Error("x", "y" * 400))
                if number % 200 == 0:
                    await asyncio.sleep(0.01)
            assert flood.sequence
            assert len(asleep.outbox) <= 400
            before = other.now
            told = await other.event("latency")
            assert told["stamp"] > before
            end = time.monotonic() + 90
            while len(one.hub) > 1 and time.monotonic() < end:
                await other.event("latency")
            assert len(one.hub) == 1
        writer.close()

    with Running(app(settings), free_port()) as one:
        asyncio.run(asyncio.wait_for(act(one), 180))


def test_a_thousand_connects_in_a_loop_leave_nothing(running: Running) -> None:
    async def act() -> None:
        async def come_and_go(number: int) -> None:
            with contextlib.suppress(Closed, VisavisError):
                async with connected(running.url) as client:
                    if number % 2:
                        await client.ask(records.Bye())
                        with contextlib.suppress(Closed):
                            await client.event("nothing")

        for start in range(0, 1000, 20):
            await asyncio.gather(*(come_and_go(number) for number in range(start, start + 20)))
            for conversation in list(running.hub._conversations.values()):
                conversation.end(Close.NORMAL, "swept")

    asyncio.run(asyncio.wait_for(act(), 300))
    end = time.monotonic() + 90
    # A session leaves its pool in the round after the one in which its conversation is forgotten.
    while any(left := left_in(running.hub)) and time.monotonic() < end:
        time.sleep(0.02)
    assert left == (0, 0, 0)
    gc.collect()
    talk(running.url, lambda client: client.event("latency"))


def test_a_server_that_ends_says_so_and_one_that_comes_again_begins_anew() -> None:
    port = free_port()

    async def come_back(token: str) -> None:
        async with connected(f"ws://127.0.0.1:{port}/live", records.Hello(session=token)) as client:
            assert client.welcome["resumed"] is False
            assert client.welcome["session"] != token
            await client.event("latency")

    async def first(one: Running) -> str:
        async with connected(one.url) as client:
            token = str(client.welcome["session"])
            one.hub.drain()
            with pytest.raises(Closed) as ended:
                await client.event("nothing")
            assert ended.value.code == Close.GOING_AWAY
            assert "shutting down" in ended.value.reason
        with pytest.raises(Closed) as refused:
            async with connected(one.url):
                pass
        assert refused.value.code == Close.GOING_AWAY
        return token

    with Running(app(), port) as one:
        token = asyncio.run(asyncio.wait_for(first(one), 120))
    with Running(app(), port):
        asyncio.run(asyncio.wait_for(come_back(token), 120))


class Faulty(Echo):
    """A system that fails once it has heard something loud."""

    def step(self, chunk: Any, state: Any) -> Any:
        if float(chunk["user_speech"].abs().max()) > 0.9:
            raise RuntimeError("cannot draw this")
        return super().step(chunk, state)


def test_a_model_that_fails_ends_the_conversations_and_the_next_one_is_held() -> None:
    async def shout(client: LiveClient) -> None:
        for number in range(200):
            with contextlib.suppress(Closed):
                await client.speak(np.full(320, 32767, np.int16), 320 * number)
            await asyncio.sleep(0.01)

    with Running(app(system=Faulty(hop=1)), free_port()) as one:
        assert closed(one.url, shout).code == Close.SERVER_ERROR
        talk(one.url, lambda client: client.event("latency"))


def _masked(data: bytes) -> bytes:
    """A client's binary message of less than 126 bytes as a WebSocket frame."""
    return bytes([0x82, 0x80 | len(data), 0, 0, 0, 0]) + data
