from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tests.streaming.echo import Hand
from tests.wire.server.listeners import SETTINGS, hub
from visavis.wire.server import protocol, records
from visavis.wire.server.connection import Gone, converse
from visavis.wire.server.hub import Hub
from visavis.wire.server.protocol import Close, Kind, Message


class Pipe:
    """A socket whose other end is a list; `slow`: nothing is read there."""

    def __init__(self, *data: bytes | None, slow: bool = False, stays: bool = False) -> None:
        self.incoming, self.slow, self.stays = list(data), slow, stays
        self.sent: list[Message] = []
        self.ended: tuple[int, str] | None = None

    async def receive(self) -> bytes | None:
        await asyncio.sleep(0)
        if not self.incoming:
            if self.stays:
                await asyncio.sleep(1000)
            raise Gone
        return self.incoming.pop(0)

    async def send(self, data: bytes) -> None:
        if self.slow and self.sent:
            await asyncio.sleep(1000)
        self.sent.append(protocol.parse(data))

    async def close(self, code: int, reason: str) -> None:
        self.ended = (code, reason)


HELLO = Message(Kind.HELLO, 0, 0, b'{"type":"hello"}').to_bytes()


def run(made: Hub, pipe: Pipe) -> Pipe:
    asyncio.run(asyncio.wait_for(converse(pipe, made), 30))
    return pipe


def test_a_client_that_goes_leaves_its_conversation_for_a_while_and_no_tasks() -> None:
    clock = Hand()
    made = hub(clock)

    async def act() -> int:
        await converse(Pipe(HELLO), made)
        return len(asyncio.all_tasks())

    assert asyncio.run(act()) == 1
    assert len(made) == 1
    for _ in range(10):
        clock.now += 4
        made.round()
    assert len(made) == 0
    assert made.metrics.connections._value.get() == 0


def test_who_says_no_hello_in_time_is_not_waited_for() -> None:
    made = hub(Hand(), replace(SETTINGS, hello_s=0.1))
    pipe = run(made, Pipe(stays=True))
    assert pipe.ended == (Close.NO_HELLO, "no hello within 0.1 s")
    assert len(made) == 0


def test_messages_are_numbered_and_the_welcome_is_the_first() -> None:
    made = hub(Hand())
    pipe = run(made, Pipe(HELLO, *(Message(Kind.CONTROL, n, 0, b"").to_bytes() for n in (1, 2)), None, None))
    assert pipe.sent[0].kind is Kind.WELCOME
    assert [message.sequence for message in pipe.sent] == list(range(len(pipe.sent)))


def test_a_client_that_reads_nothing_is_too_slow_and_can_go_on_later() -> None:
    clock = Hand()
    made = hub(clock, replace(SETTINGS, unread_s=0.1))
    pipe = run(made, Pipe(HELLO, slow=True, stays=True))
    assert pipe.ended is not None
    assert pipe.ended[0] == Close.TOO_SLOW
    assert len(made) == 1
    token = next(iter(made._conversations))
    again = Message(Kind.HELLO, 0, 0, records.to_json(records.Hello(session=token))).to_bytes()
    pipe = run(made, Pipe(again))
    assert b'"resumed":true' in pipe.sent[0].body


@pytest.mark.parametrize(("close", "size"), [(Close.TOO_FAST, 100_000), (Close.TOO_BIG, protocol.LARGEST_MESSAGE + 1)])
def test_too_much_ends_the_connection_and_not_the_conversation(close: Close, size: int) -> None:
    made = hub(Hand())
    many = [Message(Kind.CONTROL, n, 0, bytes(size - 12)).to_bytes() for n in range(1, 40)]
    pipe = run(made, Pipe(HELLO, *many, stays=True))
    assert pipe.ended is not None
    assert pipe.ended[0] == close
    assert len(made) == 1
