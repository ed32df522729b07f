"""Servers that share conversations: in this process behind real sockets, and as replicas of Ray Serve."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from tests.streaming.echo import Hand
from tests.wire.server.replica_parts import Running, plan, replica
from visavis.core.errors import VisavisError
from visavis.wire.server import records
from visavis.wire.server.client import Closed, connected
from visavis.wire.server.hub import server_of
from visavis.wire.server.peers import Peer
from visavis.wire.server.protocol import Close
from visavis.wire.server.replicas import FORGET_S, ReplicaSettings, Roll


def within_time(work: Any) -> Any:
    return asyncio.run(asyncio.wait_for(work, 120))


@pytest.fixture
def two() -> Iterator[tuple[Running, Running]]:
    """Two servers with room for one conversation each."""
    shared, roll = plan(most=1, drain_s=0.2), Roll()
    with Running(replica(shared, "one", roll)) as one, Running(replica(shared, "two", roll)) as two:
        yield one, two


def test_who_finds_no_room_is_handed_on_and_only_all_are_busy(two: tuple[Running, Running]) -> None:
    one, other = two

    async def act() -> None:
        async with connected(one.url) as first, connected(one.url) as second:
            assert server_of(first.welcome["session"]) == "one"
            assert server_of(second.welcome["session"]) == "two"
            assert (len(one.hub), len(other.hub)) == (1, 1)
            await second.ask(records.Ping(7.0))
            assert (await second.event("pong"))["sent"] == 7
            for server in two:
                with pytest.raises(Closed) as refused:
                    async with connected(server.url) as third:
                        await third.next()
                assert refused.value.code == Close.BUSY
            await second.ask(records.Bye())
            with pytest.raises(Closed) as over:
                await second.event("nothing")
            assert over.value.code == Close.NORMAL

    within_time(act())


def test_a_lost_connection_goes_on_where_it_was_whichever_server_it_meets(two: tuple[Running, Running]) -> None:
    one, other = two

    async def act() -> None:
        async with connected(one.url) as client:
            token = client.welcome["session"]
            await client.ask(records.Settings(head_motion=0.5, avatar="Ada"))
            await client.event("latency")
            first = client.now
        async with connected(other.url, records.Hello(session=token)) as client:
            assert client.welcome["resumed"] is True
            assert client.welcome["session"] == token
            assert client.now > first + 16_000, "the agent's clock has gone on"
            assert (await client.event("settings"))["avatar"] == "Ada"
            assert (len(one.hub), len(other.hub)) == (1, 0)
        async with connected(one.url, records.Hello(session=token)) as client:
            assert client.welcome["resumed"] is True
        async with connected(other.url, records.Hello(session="three.of-nobody")) as client:
            assert client.welcome["resumed"] is False

    within_time(act())


def test_the_back_door_opens_to_servers_alone(two: tuple[Running, Running]) -> None:
    async def act() -> None:
        door = two[0].replica.back_url
        assert door != two[0].url
        with pytest.raises(VisavisError, match="403"):
            async with connected(door):
                pass

    within_time(act())


def test_a_server_that_is_to_end_lets_its_conversations_go_on() -> None:
    shared, roll = plan(most=2, drain_s=60), Roll()
    with Running(replica(shared, "stays", roll)) as stays:
        goes = Running(replica(shared, "goes", roll))
        goes.__enter__()

        async def act() -> None:
            async with connected(goes.url) as client:
                token = client.welcome["session"]
                goes.hub.close_door()
            async with connected(stays.url, records.Hello(session=token)) as client:
                assert client.welcome["resumed"] is True, "also through the other one"
                leaving = asyncio.ensure_future(asyncio.to_thread(goes.__exit__))
                for _ in range(3):
                    await client.event("latency")
                assert not leaving.done()
                async with connected(stays.url) as new, connected(stays.url) as newer:
                    assert {server_of(one.welcome["session"]) for one in (new, newer)} == {"stays"}
                    with pytest.raises(Closed) as refused:
                        async with connected(stays.url) as newest:
                            await newest.next()
                    assert refused.value.code == Close.BUSY, "what is to end takes nobody"
                    await new.ask(records.Bye())
                    await newer.ask(records.Bye())
                await client.ask(records.Bye())
                await asyncio.wait_for(leaving, 15)
            async with connected(stays.url, records.Hello(session=token)) as client:
                assert client.welcome["resumed"] is False

        within_time(act())


def test_a_server_that_is_lost_ends_what_was_handed_to_it(two: tuple[Running, Running]) -> None:
    one, other = two

    async def act() -> None:
        async with connected(one.url) as first, connected(one.url) as second:
            other.hub.drain()
            with pytest.raises(Closed) as ended:
                await second.event("nothing")
            assert ended.value.code == Close.GOING_AWAY
            await first.event("latency")

    within_time(act())


def test_the_roll_knows_who_has_reported_lately() -> None:
    clock = Hand()
    roll = Roll(clock)
    one, two = Peer("one", "ws://a", 3), Peer("two", "ws://b", 1)
    assert roll.report(one).others == ()
    assert roll.report(two).others == (one,)
    clock.now += FORGET_S - 1
    assert roll.report(one).others == (two,)
    clock.now += 2
    assert roll.report(one).others == ()
    roll.report(two)
    roll.leave("two")
    assert roll.report(one).others == ()
    assert not roll.report(one).ending
    roll.end()
    assert roll.report(two).ending


def test_replicas_are_the_least_and_the_most() -> None:
    with pytest.raises(VisavisError, match="3 to 2 replicas were asked for"):
        ReplicaSettings(3, 2)
    with pytest.raises(VisavisError, match="least"):
        ReplicaSettings(0, 2)
