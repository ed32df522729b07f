"""A client of the live server in Python, for tests, load and programs of one's own."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np

from visavis.core.clock import SAMPLE_RATE
from visavis.core.errors import VisavisError
from visavis.wire.server import records
from visavis.wire.server.protocol import LARGEST_MESSAGE, Audio, Kind, Message, audio_body, parse
from visavis.wire.websocket import Lost, WebSocket, open_socket


class Closed(VisavisError):
    """The server has ended the connection: `code` says why (`protocol.Close`)."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"the server has ended the connection ({code}): {reason}")
        self.code, self.reason = code, reason


class LiveClient:
    """A connection that is welcome. welcome: what the server said, by its fields. now: the agent's clock then."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket, self._numbers = socket, itertools.count()
        self.welcome: dict[str, Any] = {}
        self.now = 0

    async def send(self, kind: Kind, stamp: int = 0, body: bytes = b"") -> None:
        """A message. Raises `Closed`."""
        await self.send_bytes(Message(kind, next(self._numbers), stamp, body).to_bytes())

    async def send_bytes(self, data: bytes | str) -> None:
        """Anything at all. Raises `Closed`."""
        try:
            await self._socket.send(data)
        except Lost as lost:
            raise Closed(lost.code, lost.reason) from None

    async def speak(self, samples: np.ndarray, stamp: int) -> None:
        """A piece of the user's voice (S,) int16 at 16 kHz, from a sample of the user's clock on."""
        await self.send(Kind.USER_SPEECH, stamp, audio_body(Audio(samples, SAMPLE_RATE)))

    async def ask(self, control: records.Control) -> None:
        """A control."""
        await self.send(Kind.CONTROL, 0, records.to_json(control))

    async def next(self) -> Message:
        """The next message. Raises `Closed`."""
        try:
            data = await self._socket.receive()
        except Lost as lost:
            raise Closed(lost.code, lost.reason) from None
        return parse(data.encode() if isinstance(data, str) else data)

    async def event(self, *kinds: str) -> dict[str, Any]:
        """The next event of some types, what comes before it is passed over; its stamp is beside its fields."""
        while True:
            message = await self.next()
            if message.kind is Kind.EVENT:
                told: dict[str, Any] = json.loads(message.body)
                if told["type"] in kinds:
                    return {**told, "stamp": message.stamp}


@asynccontextmanager
async def connected(
    url: str, hello: records.Hello | None = None, origin: str | None = None
) -> AsyncIterator[LiveClient]:
    """A client at `ws://HOST:PORT/live`. Raises `Closed` where the server does not take it, and `VisavisError` where
    nobody answers or the extra `serve` is missing."""
    try:
        socket = await open_socket(url, LARGEST_MESSAGE, "a client of the live server", origin=origin)
    except VisavisError as error:
        raise VisavisError(f"no live server at {url}: {error}") from None
    try:
        client = LiveClient(socket)
        await client.send(Kind.HELLO, 0, records.to_json(hello or records.Hello()))
        first = await client.next()
        client.welcome, client.now = json.loads(first.body), first.stamp
        yield client
    finally:
        await socket.close()
