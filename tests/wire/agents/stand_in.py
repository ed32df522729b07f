"""Endpoints for tests that speak OpenAI's protocol: they understand, answer and speak what they are told to."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

from visavis.wire.agents.wav import wav_bytes
from visavis.wire.chat import CHAT
from visavis.wire.endpoint import Endpoint, Service

KEY = "sk-very-secret-17"


def until(true: Any, seconds: float = 5.0) -> None:
    """Waits until something is so."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


def hum(seconds: float, level: float = 0.2) -> np.ndarray:
    return (level * np.sin(2 * np.pi * 220 * np.arange(round(16_000 * seconds)) / 16_000)).astype(np.float32)


@dataclass
class Services:
    """What it answers. text: what it understands, one after another, the last again. words: pieces of what it writes,
    one list for each question. seconds_a_letter: how long it speaks. stall: paths at which nothing is answered until
    `over` is set; fail: path -> status; raw: path -> a body in place of the answer."""

    text: list[str] = field(default_factory=lambda: ["what is the time"])
    words: list[list[str]] = field(default_factory=lambda: [["It is ", "ten."]])
    seconds_a_letter: float = 0.05
    gap_s: float = 0.0
    stall: set[str] = field(default_factory=set)
    fail: dict[str, int] = field(default_factory=dict)
    raw: dict[str, bytes] = field(default_factory=dict)
    breaks: bool = False
    asked: list[tuple[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def endpoint(self, service: Service = CHAT, timeout_s: float = 5.0, key: str | None = KEY) -> Endpoint:
        return Endpoint(service, self.url, "small", key, timeout_s)

    def requests(self, path: str) -> list[Any]:
        """What was asked at a path."""
        return [asked for where, asked in self.asked if where == path]


@contextmanager
def serving(services: Services) -> Iterator[Services]:
    """The endpoints on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            path = self.path.removeprefix("/v1")
            services.headers.append(dict(self.headers))
            asked = _parts(self.headers["Content-Type"], body) if "multipart" in self.headers["Content-Type"] else None
            services.asked.append((path, json.loads(body) if asked is None else asked))
            try:
                self._answer(path, services.asked[-1][1])
            except OSError:
                self.close_connection = True

        def _answer(self, path: str, asked: Any) -> None:
            if path in services.stall:
                services.over.wait(20)
            if path in services.fail:
                self._whole(b'{"error": "wrong key sk-very-secret-17"}', services.fail[path])
            elif path in services.raw:
                self._whole(services.raw[path])
            elif path == "/audio/transcriptions":
                text = services.text.pop(0) if len(services.text) > 1 else services.text[0]
                self._whole(json.dumps({"text": text}).encode())
            elif path == "/chat/completions":
                self._stream(services.words.pop(0) if len(services.words) > 1 else services.words[0])
            else:
                self._whole(wav_bytes(hum(services.seconds_a_letter * len(asked["input"]))))

        def _whole(self, body: bytes, status: int = 200) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _stream(self, words: list[str]) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            self.close_connection = True
            for word in words:
                told = {"choices": [{"delta": {"content": word}, "finish_reason": None}]}
                self.wfile.write(b"data: " + json.dumps(told).encode() + b"\n\n")
                self.wfile.flush()
                services.over.wait(services.gap_s)
            if not services.breaks:
                self.wfile.write(b'data: {"choices": [], "usage": {}}\n\ndata: [DONE]\n\n')

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    services.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield services
    finally:
        services.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


def _parts(kind: str, body: bytes) -> dict[str, bytes]:
    """The fields of a form."""
    parsed = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    return {
        str(part.get_param("name", header="content-disposition")): part.get_payload(decode=True)
        for part in parsed.get_payload()  # type: ignore[union-attr]
    }


@dataclass
class Realtime:
    """A realtime endpoint that is led by hand. beta: it speaks the older dialect. refuses: with an HTTP status.
    came: all messages that clients sent. send: to the client that is there."""

    beta: bool = False
    refuses: int = 0
    silent: bool = False
    came: list[dict[str, Any]] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    url: str = ""
    connections: int = 0
    _loop: Any = None
    _socket: Any = None

    def kinds(self) -> list[str]:
        return [message["type"] for message in self.came if message["type"] != "input_audio_buffer.append"]

    def heard(self) -> np.ndarray:
        """The user's voice as it came, at 24 kHz."""
        sound = [base64.b64decode(one["audio"]) for one in self.came if one["type"] == "input_audio_buffer.append"]
        return np.frombuffer(b"".join(sound), "<i2") / 32768

    def send(self, message: dict[str, Any] | str) -> None:
        data = message if isinstance(message, str) else json.dumps(message)
        asyncio.run_coroutine_threadsafe(self._socket.send(data), self._loop).result(5)

    def drop(self) -> None:
        """The connection ends."""
        asyncio.run_coroutine_threadsafe(self._socket.close(1011, "out of memory"), self._loop).result(5)

    def answer(self, name: str, words: str, seconds: float, over: bool = True) -> None:
        """An answer as OpenAI sends it: words and sound in turn, faster than they are said."""
        prefix = "response.audio" if self.beta else "response.output_audio"
        self.send({"type": "response.created", "response": {"id": name, "status": "in_progress"}})
        pieces = words.split(" ")
        for number, word in enumerate(pieces):
            told = {"response_id": name, "item_id": f"i-{name}"}
            self.send({**told, "type": f"{prefix}_transcript.delta", "delta": word if number == 0 else " " + word})
            sound = np.resize(hum(1.0), round(24_000 * seconds / len(pieces)))
            data = base64.b64encode(np.round(sound * 32767).astype("<i2").tobytes()).decode()
            self.send({**told, "type": f"{prefix}.delta", "delta": data})
        if over:
            self.send({"type": "response.done", "response": {"id": name, "status": "completed"}})


@contextmanager
def realtime_serving(realtime: Realtime, port: int = 0) -> Iterator[Realtime]:
    """The endpoint in a thread of its own."""
    import websockets
    from websockets.asyncio.server import ServerConnection, serve

    started, over = threading.Event(), asyncio.Event()

    async def held(socket: ServerConnection) -> None:
        realtime._socket = socket
        realtime.connections += 1
        assert socket.request is not None
        realtime.queries.append(socket.request.path)
        realtime.headers.append(socket.request.headers.get("Authorization", ""))
        session = {"id": "s", "input_audio_format": "pcm16"} if realtime.beta else {"type": "realtime", "id": "s"}
        if not realtime.silent:
            await socket.send(json.dumps({"type": "session.created", "session": session}))
        try:
            async for data in socket:
                realtime.came.append(json.loads(data))
        except websockets.ConnectionClosed:
            pass

    def refused(connection: ServerConnection, _: Any) -> Any:
        return connection.respond(realtime.refuses, "no\n") if realtime.refuses else None

    async def run() -> None:
        async with serve(held, "127.0.0.1", port, process_request=refused) as server:
            realtime._loop = asyncio.get_running_loop()
            realtime.url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/v1"
            started.set()
            await over.wait()

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    assert started.wait(10)
    try:
        yield realtime
    finally:
        realtime._loop.call_soon_threadsafe(over.set)
        thread.join(10)
