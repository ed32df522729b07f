"""Runs the live server until it is told to end; the one door to uvicorn."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from visavis.core.contract import StreamingSystem
from visavis.core.errors import VisavisError, missing_extra
from visavis.core.heap import freeze_heap
from visavis.wire.agents.agent import Voice, VoiceAgent
from visavis.wire.server.protocol import LARGEST_MESSAGE
from visavis.wire.server.settings import ServerSettings

_DRAIN_S = 3.0


def serve(
    settings: ServerSettings,
    system: StreamingSystem[Any],
    tell: Callable[[str], None],
    agents: Callable[[Voice], VoiceAgent] | None = None,
) -> None:
    """Listens until SIGINT or SIGTERM, then tells all clients and ends. tell: says where it can be reached. agents:
    makes voice agents, as for `live_app`.

    Raises `VisavisError` where the extra `serve` is missing, and where nobody can listen at that address.
    """
    try:
        import uvicorn

        from visavis.wire.server.app import live_app
    except ImportError:
        raise missing_extra("starlette, uvicorn and websockets", "serve", "the live server") from None

    app = live_app(settings, system, agents=agents)

    class Server(uvicorn.Server):
        """Collects no garbage of what it began with, and tells clients why they are closed, before uvicorn closes
        them."""

        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            freeze_heap()
            if self.started:
                tell(address(settings, app.state.token))

        async def shutdown(self, sockets: Any = None) -> None:
            app.state.hub.drain()
            for _ in range(round(_DRAIN_S / 0.02)):
                if not self.server_state.connections:
                    break
                await asyncio.sleep(0.02)
            await super().shutdown(sockets)

    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        ws="websockets-sansio",
        ws_max_size=LARGEST_MESSAGE,
        ws_per_message_deflate=False,
        ws_ping_interval=10,
        ws_ping_timeout=30,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=3,
    )
    server = Server(config)
    try:
        server.run()
    except SystemExit:
        raise VisavisError(
            f"cannot listen at {settings.host}:{settings.port}; is another server there? --port takes another number"
        ) from None


@asynccontextmanager
async def listening(app: Any, host: str) -> AsyncIterator[int]:
    """An application at a free port of a host, which is given, for the time of the block, in the caller's loop."""
    import uvicorn

    config = uvicorn.Config(
        app,
        ws="websockets-sansio",
        ws_max_size=LARGEST_MESSAGE,
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=3,
    )
    with socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET) as listener:
        server = uvicorn.Server(config)
        running = asyncio.ensure_future(server.serve(sockets=[listener]))
        while not server.started and not running.done():
            await asyncio.sleep(0.01)
        try:
            yield int(listener.getsockname()[1])
        finally:
            server.should_exit = True
            await running


def address(settings: ServerSettings, token: str | None) -> str:
    """Where this machine's own browser finds the page: a server that listens everywhere is told by a loopback name,
    for browsers give microphones to no 0.0.0.0."""
    local = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)
    host = f"[{local}]" if ":" in local else local
    return f"http://{host}:{settings.port}/" + (f"?token={token}" if token else "")
