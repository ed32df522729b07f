"""What replicas of tests are made of; workers of a cluster import it, too."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from typing import Any

import uvicorn
from starlette.applications import Starlette

from tests.streaming.echo import Echo
from tests.wire.server.listeners import HummingBox
from visavis.wire.server.app import live_app
from visavis.wire.server.hearing import LoudnessLive
from visavis.wire.server.peers import Peer
from visavis.wire.server.replicas import Plan, Replica, ReplicaSettings, Roll
from visavis.wire.server.settings import ServerSettings


def echo() -> Any:
    return Echo(hop=1)


def humming_app(settings: ServerSettings, system: Any, agents: Any, elsewhere: Any) -> Starlette:
    return live_app(
        settings,
        system,
        voices=HummingBox(),
        samples={},
        detector=LoudnessLive(),
        models=lambda _: Echo(),
        agents=agents,
        elsewhere=elsewhere,
    )


def plan(most: int = 1, drain_s: float = 20.0, count: int = 2) -> Plan:
    settings = ServerSettings("echo", most=most, reconnect_s=30.0)
    return Plan(settings, ReplicaSettings(count, count, drain_s), echo, "the secret of back doors", app=humming_app)


def replica(plan: Plan, name: str, roll: Roll) -> Replica:
    async def report(peer: Peer) -> Any:
        await asyncio.sleep(0)
        return roll.report(peer)

    async def leave(name: str) -> None:
        await asyncio.sleep(0)
        roll.leave(name)

    return Replica(plan, name, "127.0.0.1", report, leave)


class Running:
    """A replica's application behind a real socket."""

    def __init__(self, made: Replica) -> None:
        self.replica, self.hub = made, made.hub
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        config = uvicorn.Config(
            made.app, port=self.port, log_level="error", ws="websockets-sansio", ws_ping_interval=None, lifespan="on"
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/live"

    def __enter__(self) -> Running:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(60)
        assert not self._thread.is_alive()
