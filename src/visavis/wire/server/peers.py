"""Connections handed on from one server to another that shares its conversations: to the one that has a conversation,
or to one that has room. What client and server say passes through as it is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from visavis.core.errors import VisavisError
from visavis.wire.server import records
from visavis.wire.server.connection import Gone, Socket
from visavis.wire.server.hub import server_of
from visavis.wire.server.outbox import Ending
from visavis.wire.server.protocol import LARGEST_MESSAGE, Close, Kind, Message
from visavis.wire.websocket import Lost, WebSocket, open_socket

_OPEN_S = 5.0
_PURPOSE = "handing a connection on"
_NOT_TAKEN = (Close.BUSY, Close.GOING_AWAY, 1006)
_TEXT = "text"
"""Stands for a message of text, which no server takes."""


@dataclass(frozen=True)
class Peer:
    """A server that shares conversations: its name, the WebSocket of its back door, and how many more it takes."""

    name: str
    url: str
    room: int


class Peers:
    """The other servers of a cluster, as `Elsewhere`. others: those that are there now. secret: opens back doors."""

    def __init__(self, others: Callable[[], Awaitable[Sequence[Peer]]], secret: str) -> None:
        self._others, self._headers = others, {"Authorization": f"Bearer {secret}"}

    async def goes_on(self, socket: Socket, hello: records.Hello) -> Ending | None:
        """See `Elsewhere`."""
        name = server_of(hello.session or "")
        for peer in await self._others() if name else ():
            if peer.name == name:
                return await self._handed(socket, hello, peer)
        return None

    async def takes(self, socket: Socket, hello: records.Hello) -> Ending | None:
        """See `Elsewhere`. Those with most room are asked first, and all are asked: what they told is a second old."""
        for peer in sorted(await self._others(), key=lambda peer: -peer.room):
            ended = await self._handed(socket, hello, peer)
            if ended is not None:
                return ended
        return None

    async def _handed(self, socket: Socket, hello: records.Hello, peer: Peer) -> Ending | None:
        """The whole connection at another server, from its hello on; None where that does not take it."""
        try:
            far = await open_socket(peer.url, LARGEST_MESSAGE, _PURPOSE, headers=self._headers, timeout_s=_OPEN_S)
        except VisavisError:
            return None
        try:
            try:
                await far.send(Message(Kind.HELLO, 0, 0, records.to_json(hello)).to_bytes())
                welcome = await far.receive()
            except Lost as lost:
                return None if lost.code in _NOT_TAKEN else _ending(lost)
            await socket.send(_binary(welcome))
            return await _passed(socket, far)
        finally:
            await far.close()


async def _passed(socket: Socket, far: WebSocket) -> Ending:
    """Messages both ways until one of the two ends it. Raises `Gone` where the client did."""
    both = [asyncio.ensure_future(one) for one in (_out(socket, far), _back(socket, far))]
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        # Why the server has ended it says more than that nothing can be sent to it.
        return next(iter(sorted((one for one in both if one.done()), key=both.index, reverse=True))).result()
    finally:
        for one in both:
            one.cancel()
        await asyncio.gather(*both, return_exceptions=True)


async def _out(socket: Socket, far: WebSocket) -> Ending:
    while True:
        data = await socket.receive()
        try:
            await far.send(_TEXT if data is None else data)
        except Lost as lost:
            return _ending(lost)


async def _back(socket: Socket, far: WebSocket) -> Ending:
    try:
        while True:
            await socket.send(_binary(await far.receive()))
    except Lost as lost:
        return _ending(lost)


def _ending(lost: Lost) -> Ending:
    """How a connection ends whose other server has ended it, or is lost with its conversation."""
    with suppress(ValueError):
        return Ending(Close(lost.code), lost.reason)
    return Ending(Close.GOING_AWAY, "the server of this conversation was lost; connect anew")


def _binary(data: bytes | str) -> bytes:
    if isinstance(data, str):
        raise Gone
    return data
