"""Servers that share conversations: in this process behind real sockets, and as replicas of Ray Serve."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import pytest

from tests.streaming.echo import Hand
from tests.wire.server.replica_parts import Running, plan, replica
from visavis.core.errors import VisavisError
from visavis.core.ray_door import ray_cluster, serve_module
from visavis.wire.server import records
from visavis.wire.server.client import Closed, LiveClient, connected
from visavis.wire.server.hub import server_of
from visavis.wire.server.peers import Peer
from visavis.wire.server.protocol import Close
from visavis.wire.server.replicas import APP, FORGET_S, Plan, ReplicaSettings, Roll, deployed


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
                await client.ask(records.Bye())
                with pytest.raises(Closed):
                    await client.event("nothing")

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


@pytest.fixture
def serving(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A Ray in this machine: `serving(plan)` serves a plan, or changes it, and gives the address."""
    pytest.importorskip("ray.serve", reason="needs ray: pip install 'visavis[ray]'")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    with ray_cluster("local", 3, "a test"):
        serve = serve_module()
        serve.start(http_options={"host": "127.0.0.1", "port": port})

        def begin(plan: Plan) -> str:
            serve.run(deployed(plan, plan.replicas.most), name=APP, route_prefix="/")
            return f"ws://127.0.0.1:{port}/live"

        try:
            yield begin
        finally:
            serve.delete(APP)
            serve.shutdown()


async def until(states: dict[str, int], seconds: float = 60) -> None:
    """Waits for so many replicas in such states."""
    serve, end_s = serve_module(), time.monotonic() + seconds
    while True:
        there = await asyncio.to_thread(lambda: serve.status().applications[APP].deployments["live"].replica_states)
        found = {str(getattr(state, "value", state)): count for state, count in there.items()}
        if found == states:
            return
        assert time.monotonic() < end_s, found
        await asyncio.sleep(0.5)


async def listen(client: LiveClient) -> None:
    while True:
        await client.next()


async def good_bye(client: LiveClient) -> None:
    await client.ask(records.Bye())
    with pytest.raises(Closed) as over:
        await client.event("nothing")
    assert over.value.code == Close.NORMAL


@pytest.mark.filterwarnings("ignore:::ray", "ignore::ResourceWarning", "ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_replicas_of_ray_share_conversations_and_drain(serving: Any) -> None:
    url = serving(replace(plan(most=3), replicas=ReplicaSettings(1, 2, drain_s=60, settle_s=20)))

    async def act() -> None:
        kept: dict[str, LiveClient] = {}
        async with AsyncExitStack() as open_now:
            clients = [await open_now.enter_async_context(connected(url)) for _ in range(6)]
            with pytest.raises(Closed) as refused:
                async with connected(url) as another:
                    await another.next()
            assert refused.value.code == Close.BUSY, "each of the two has room for three"
            for client in clients:
                name = server_of(client.welcome["session"])
                if name in kept:
                    await good_bye(client)
                kept.setdefault(name, client)
            assert len(kept) == 2
            listening = [asyncio.ensure_future(listen(client)) for client in kept.values()]
            await until({"RUNNING": 1, "STOPPING": 1})
            await asyncio.sleep(3)
            assert not any(one.done() for one in listening), "conversations of the one that is to end go on"
            for one in listening:
                one.cancel()
            await asyncio.gather(*listening, return_exceptions=True)
        for client in kept.values():
            token = client.welcome["session"]
            async with connected(url, records.Hello(session=token)) as again:
                assert (again.welcome["resumed"], again.welcome["session"]) == (True, token)
                assert again.now > client.now
                await good_bye(again)
        await until({"RUNNING": 1})

    asyncio.run(asyncio.wait_for(act(), 240))
