"""The live server many times, as replicas of a Ray Serve deployment, behind one address.

    browser -- Serve's proxy --+-- replica: live_app, its hub, its conversations --+-- roll
                               +-- replica ...        ^-- back doors of others ----+

A connection is a WebSocket, which stays at the replica that Serve chose. Where that has no room, or the client comes
back to a conversation of another, it hands the connection on to the other's back door (`peers`), which it knows from
the roll: a small deployment to which every replica reports each second.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Annotated, Any

from visavis.core.bounds import Bounds, require_bounds
from visavis.core.contract import StreamingSystem
from visavis.core.errors import VisavisError
from visavis.core.heap import freeze_heap
from visavis.core.ray_door import first_line, ray_cluster, serve_module
from visavis.wire.agents.agent import Voice, VoiceAgent
from visavis.wire.server.app import back_door, live_app
from visavis.wire.server.hub import Hub
from visavis.wire.server.peers import Peer, Peers
from visavis.wire.server.protocol import PATH
from visavis.wire.server.run import address, listening
from visavis.wire.server.security import with_token
from visavis.wire.server.settings import ServerSettings

APP = "visavis"
"""The name of the application in Ray Serve."""

REPORT_S = 1.0
"""Every replica reports so often, and learns of the others."""

FORGET_S = 5.0
"""A replica that has not reported for so long is no more."""

_ROLL = "roll"
_FULL = 0.75
"""Share of the conversations that a replica can have at which Serve makes another."""
_CLEAN_S = 30.0
_ANSWER_S = 2.0
"""How long the roll may take to answer; where it is gone, nobody does."""


@dataclass(frozen=True)
class ReplicaSettings:
    """least, most: replicas; where they differ, Serve makes and ends them as conversations come and go, and ends one
    where fewer have been enough for `settle_s`. drain_s: how long conversations of one that is to end go on [s]."""

    least: Annotated[int, Bounds(1, 100_000)] = 1
    most: Annotated[int, Bounds(1, 100_000)] = 1
    drain_s: Annotated[float, Bounds(0, 200_000)] = 600.0
    settle_s: Annotated[float, Bounds(0, 200_000)] = 600.0

    def __post_init__(self) -> None:
        require_bounds(self)
        if self.most < self.least:
            raise VisavisError(f"{self.least} to {self.most} replicas were asked for; give the lesser number first")


@dataclass(frozen=True)
class Plan:
    """What every replica is made of. system: makes the model, there. secret: of the back doors. agents: see `live_app`.
    app: `live_app`, or what makes another of the same arguments."""

    settings: ServerSettings
    replicas: ReplicaSettings
    system: Callable[[], StreamingSystem[Any]]
    secret: str
    agents: Callable[[Voice], VoiceAgent] | None = None
    app: Callable[..., Any] = live_app


@dataclass(frozen=True)
class Told:
    """What the roll tells a replica that reports: the other ones, and whether all are to end now."""

    others: tuple[Peer, ...]
    ending: bool


class Roll:
    """The replicas that are there."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._there: dict[str, tuple[Peer, float]] = {}
        self._ending = False

    def report(self, peer: Peer) -> Told:
        """A replica is there, with so much room."""
        now_s = self._clock()
        self._there[peer.name] = peer, now_s
        self._there = {name: (one, at) for name, (one, at) in self._there.items() if now_s - at < FORGET_S}
        others = tuple(one for name, (one, _) in self._there.items() if name != peer.name)
        return Told(others, self._ending)

    def leave(self, name: str) -> None:
        """A replica has ended."""
        self._there.pop(name, None)

    def end(self) -> None:
        """All replicas are to tell their clients and end."""
        self._ending = True


class Replica:
    """One replica: its conversations, its back door, and its reports. report, leave: ask the roll."""

    def __init__(
        self,
        plan: Plan,
        name: str,
        host: str,
        report: Callable[[Peer], Any],
        leave: Callable[[str], Any],
    ) -> None:
        self._plan, self._name, self._host = plan, name, host
        self._report, self._leave = report, leave
        self._others: Sequence[Peer] = ()
        settings = replace(plan.settings, name=name)
        self.app = plan.app(settings, plan.system(), agents=plan.agents, elsewhere=Peers(self._known, plan.secret))
        self.hub: Hub = self.app.state.hub
        self._port = 0
        inner = self.app.router.lifespan_context

        @asynccontextmanager
        async def lifespan(app: Any) -> AsyncIterator[None]:
            async with inner(app), listening(back_door(self.hub, plan.secret), host) as self._port:
                await self._tell()
                telling = asyncio.ensure_future(self._telling())
                try:
                    yield
                    await self._emptied()
                finally:
                    telling.cancel()
                    with suppress(Exception):
                        await asyncio.wait_for(self._leave(name), _ANSWER_S)

        self.app.router.lifespan_context = lifespan

    async def _known(self) -> Sequence[Peer]:
        """The others, as they are now."""
        with suppress(Exception):
            await self._tell()
        return self._others

    @property
    def back_url(self) -> str:
        """The WebSocket of its back door."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"ws://{host}:{self._port}{PATH}"

    async def _tell(self) -> None:
        peer = Peer(self._name, self.back_url, self._plan.settings.most - len(self.hub))
        told: Told = await asyncio.wait_for(self._report(peer), _ANSWER_S)
        self._others = told.others
        if told.ending:
            self.hub.drain()

    async def _telling(self) -> None:
        while True:
            await asyncio.sleep(REPORT_S)
            with suppress(Exception):
                await self._tell()

    async def _emptied(self) -> None:
        """Until the last conversation is over, which may take `drain_s`; new ones go elsewhere."""
        self.hub.close_door()
        end_s = time.monotonic() + self._plan.replicas.drain_s
        while len(self.hub) and time.monotonic() < end_s:
            await asyncio.sleep(0.1)


def deployed(plan: Plan, initial: int | None = None) -> Any:
    """The application of Ray Serve that a plan makes. initial: replicas at first; None: the least."""
    serve = serve_module()
    settings, replicas = plan.settings, plan.replicas

    def replica_app() -> Any:
        serve = serve_module()
        from visavis.core.ray_door import node_address

        roll = serve.get_deployment_handle(_ROLL, app_name=APP)
        name = serve.get_replica_context().replica_id.unique_id
        replica = Replica(plan, name, node_address(), roll.report.remote, roll.leave.remote)
        freeze_heap()
        return replica.app

    count: dict[str, Any] = {"num_replicas": replicas.least}
    if replicas.most > replicas.least:
        wanted = max(1, int(_FULL * settings.most))
        count = {
            "autoscaling_config": {
                "min_replicas": replicas.least,
                "max_replicas": replicas.most,
                "initial_replicas": initial or replicas.least,
                "target_ongoing_requests": wanted,
                "downscale_delay_s": replicas.settle_s,
            }
        }
    roll = serve.deployment(Roll).options(name=_ROLL, num_replicas=1, ray_actor_options={"num_cpus": 0})
    live = serve.deployment(serve.ingress(replica_app)()).options(
        name="live",
        max_ongoing_requests=4 * settings.most + 100,  # WebSockets, those handed on, and files of the page
        graceful_shutdown_timeout_s=replicas.drain_s + _CLEAN_S,
        graceful_shutdown_wait_loop_s=1.0,
        ray_actor_options={"num_cpus": 1},
        **count,
    )
    return live.bind(roll.bind())


def serve_replicas(plan: Plan, cluster: str | None, tell: Callable[[str], None]) -> None:
    """Serves until it is interrupted, then tells all clients and ends. cluster: see `ray_cluster`; a Ray of this
    machine's own gets a core for each replica. tell: says where they can be reached.

    Raises `VisavisError` where Ray is missing, no cluster answers, or a replica cannot begin.
    """
    serve = serve_module()
    plan = replace(plan, settings=replace(plan.settings, token=with_token(plan.settings)))
    settings = plan.settings
    with ray_cluster(cluster, plan.replicas.most, "a live server on many machines"):
        try:
            serve.start(http_options={"host": settings.host, "port": settings.port})
            handle = serve.run(deployed(plan), name=APP, route_prefix="/")
            del handle
        except RuntimeError as error:
            _stop(serve)
            raise VisavisError(
                f"the replicas cannot begin: {first_line(error)}; Ray's logs of Serve tell more"
            ) from None
        try:
            tell(address(settings, settings.token))
            while True:
                time.sleep(1)
        finally:
            _end(serve)


def _end(serve: Any) -> None:
    """All clients are told, then the replicas end."""
    with suppress(Exception):
        serve.get_deployment_handle(_ROLL, app_name=APP).end.remote().result(timeout_s=5)
        time.sleep(REPORT_S + 0.5)
    _stop(serve)


def _stop(serve: Any) -> None:
    """Our application ends, and Serve with it where it has no other."""
    with suppress(Exception):
        serve.delete(APP)
        if not serve.status().applications:
            serve.shutdown()


def new_secret() -> str:
    """A secret of back doors."""
    return secrets.token_urlsafe(24)
