"""One connection: hello, then messages into the conversation and out of its outbox, until one of the two ends it.

It knows no web framework: whoever has a WebSocket hands it in as a `Socket`.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from contextlib import suppress
from typing import Protocol

from visavis.analysis.states import STATES
from visavis.core.clock import FPS, SAMPLE_RATE
from visavis.streaming.dials import RANGES
from visavis.wire.server import records
from visavis.wire.server.conversation import Conversation
from visavis.wire.server.hub import Hub, Refused
from visavis.wire.server.limits import Gate
from visavis.wire.server.outbox import Ending
from visavis.wire.server.protocol import LARGEST_MESSAGE, VERSION, Close, Kind, Message, ProtocolError, Reason, parse


class Gone(Exception):
    """The client is not there any more."""


class Socket(Protocol):
    """A WebSocket that is open."""

    async def receive(self) -> bytes | None:
        """The next message, None for one of text. Raises `Gone`."""
        ...

    async def send(self, data: bytes) -> None:
        """Waits while the client reads slowly. Raises `Gone`."""
        ...

    async def close(self, code: int, reason: str) -> None:
        """The end; does nothing where the client is gone."""
        ...


class Elsewhere(Protocol):
    """Other servers that share conversations with this one. What they say of a connection is None where none of them
    has taken it, else how it ended there."""

    async def goes_on(self, socket: Socket, hello: records.Hello) -> Ending | None:
        """A connection that wants to go on with a conversation which this server does not have. Raises `Gone`."""
        ...

    async def takes(self, socket: Socket, hello: records.Hello) -> Ending | None:
        """A connection for which this server has no room. Raises `Gone`."""
        ...


class Link:
    """A connection as its conversation sees it: it can be woken, and ended."""

    def __init__(self) -> None:
        self._loop, self._news = asyncio.get_running_loop(), asyncio.Event()
        self.ending: Ending | None = None

    def wake(self) -> None:
        """There is something to send; from any thread."""
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._news.set)

    def end(self, ending: Ending) -> None:
        """The connection ends, the conversation does not; from any thread."""
        self.ending = ending
        self.wake()

    async def news(self) -> None:
        """Until there is something to send."""
        await self._news.wait()
        self._news.clear()


async def converse(socket: Socket, hub: Hub, elsewhere: Elsewhere | None = None) -> None:
    """A connection from its first message to its end. However it ends, nothing of it stays but the conversation, which
    can be gone on with. elsewhere: other servers, which may have its conversation, or room for one."""
    hub.metrics.connections.inc()
    try:
        ending = await _converse(socket, hub, elsewhere)
        with suppress(Gone, asyncio.TimeoutError):
            await asyncio.wait_for(socket.close(ending.close, ending.text[:120]), 5)
        hub.metrics.ended.labels(ending.close.name.lower()).inc()
    except Gone:
        hub.metrics.ended.labels("gone").inc()
    finally:
        hub.metrics.connections.dec()


async def _converse(socket: Socket, hub: Hub, elsewhere: Elsewhere | None) -> Ending:
    gate = Gate(hub.settings, hub.clock())
    try:
        hello = await asyncio.wait_for(_hello(socket, gate), hub.settings.hello_s)
        resumed = None if hello.session is None else hub.resume(hello.session)
        if elsewhere is not None and hello.session is not None and resumed is None:
            ended = await elsewhere.goes_on(socket, hello)
            if ended is not None:
                return ended
        conversation = resumed or hub.admit(hello)
    except asyncio.TimeoutError:
        return Ending(Close.NO_HELLO, f"no hello within {hub.settings.hello_s:g} s")
    except ProtocolError as error:
        return Ending(error.close or Close.NO_HELLO, str(error))
    except Refused as refused:
        ended = None if elsewhere is None else await elsewhere.takes(socket, hello)
        return ended or Ending(refused.close, refused.text)
    if resumed is not None:
        hub.metrics.resumed.inc()
    link = Link()
    conversation.attach(link)
    numbers = itertools.count()
    welcome = welcome_of(hub, conversation, resumed is not None)
    receiving = asyncio.ensure_future(_receive(socket, hub, conversation, gate))
    sending = asyncio.ensure_future(_send(socket, hub, conversation, link, welcome, numbers))
    try:
        if hello.face:
            conversation.receive(Message(Kind.CONTROL, 0, 0, records.to_json(records.Face(hello.face))), hub.clock())
        conversation.tell(hub.controls.settings(conversation))
        done, _ = await asyncio.wait({receiving, sending}, return_when=asyncio.FIRST_COMPLETED)
        return next(iter(sorted(done, key=lambda task: task is receiving))).result()
    finally:
        conversation.detach(link, hub.clock())
        hub.metrics.lost.inc(gate.lost)
        link.end(
            Ending(Close.NORMAL, "over")
        )  # where a wait that ended at this moment took no notice of the cancelling
        for task in (receiving, sending):
            task.cancel()
        await asyncio.gather(receiving, sending, return_exceptions=True)


async def _hello(socket: Socket, gate: Gate) -> records.Hello:
    data = await socket.receive()
    if data is None:
        raise ProtocolError(Reason.BAD_MESSAGE, "the first message is text; messages are binary")
    message = parse(data)
    gate.order(message.sequence)
    if message.kind is not Kind.HELLO:
        raise ProtocolError(Reason.BAD_MESSAGE, f"the first message is {message.kind.name}, not HELLO")
    hello: records.Hello = records.from_json(message.body, (records.Hello,))
    return hello


async def _receive(socket: Socket, hub: Hub, conversation: Conversation, gate: Gate) -> Ending:
    """Messages into the conversation, until one ends the connection."""
    while True:
        data = await socket.receive()
        try:
            gate.weigh(0 if data is None else len(data), hub.clock())
            message = _checked(data, gate)
            hub.metrics.messages.labels(message.kind.name.lower()).inc()
            conversation.receive(message, hub.clock())
            gate.judged(True)
        except ProtocolError as error:
            if error.close is not None:
                return Ending(error.close, str(error))
            conversation.complain(error)
            try:
                gate.judged(False)
            except ProtocolError as last:
                return Ending(last.close or Close.TOO_MANY_ERRORS, str(last))


def _checked(data: bytes | None, gate: Gate) -> Message:
    if data is None:
        raise ProtocolError(Reason.BAD_MESSAGE, "a message of text; messages are binary")
    message = parse(data)
    gate.order(message.sequence)
    if message.kind is Kind.HELLO:
        raise ProtocolError(Reason.BAD_MESSAGE, "a second hello; connect anew for that")
    return message


async def _send(
    socket: Socket, hub: Hub, conversation: Conversation, link: Link, welcome: bytes, numbers: Iterator[int]
) -> Ending:
    """The outbox into the socket, until the conversation ends, another connection takes over, or nothing is read."""

    async def out(kind: Kind, stamp: int, body: bytes) -> None:
        message = Message(kind, next(numbers), stamp, body)
        await asyncio.wait_for(socket.send(message.to_bytes()), hub.settings.unread_s)

    try:
        await out(Kind.WELCOME, conversation.agent_now, welcome)
        while True:
            if link.ending is not None:
                return link.ending
            ending, waiting = conversation.outbox.ending, conversation.outbox.take()
            for one in waiting:
                await out(one.kind, one.stamp, one.body)
            if ending is not None:
                return ending
            if not waiting:
                await link.news()
    except asyncio.TimeoutError:
        return Ending(Close.TOO_SLOW, f"nothing was read for {hub.settings.unread_s:g} s")


def welcome_of(hub: Hub, conversation: Conversation, resumed: bool) -> bytes:
    """The body of a welcome."""
    system, controls = conversation.stage.system, hub.controls
    told = records.Welcome(
        version=VERSION,
        session=conversation.token,
        resumed=resumed,
        model=conversation.stage.model,
        models=controls.models,
        space=system.space.name,
        channels=system.space.channels,
        fps=FPS,
        rate=SAMPLE_RATE,
        hop=system.interface.hop,
        states=STATES,
        voice=conversation.choices.voice,
        voices=controls.voices.names,
        samples=tuple(controls.samples),
        dials=dict(RANGES),
        voice_agent=controls.voice_agent,
        reconnect_s=hub.settings.reconnect_s,
        longest_s=hub.settings.longest_s,
    )
    body = records.to_json(told)
    assert len(body) < LARGEST_MESSAGE
    return body
