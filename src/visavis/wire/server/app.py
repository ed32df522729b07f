"""The live server as an application: the page, its WebSocket, and what watches over it. The one door to starlette."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from visavis.core.contract import StreamingSystem
from visavis.core.errors import VisavisError, unknown
from visavis.data.shipped import shipped_conversation
from visavis.system.catalogue import live_models
from visavis.system.shipped import load
from visavis.wire.agents.agent import Voice, VoiceAgent
from visavis.wire.server import protocol
from visavis.wire.server.connection import Elsewhere, Gone, converse
from visavis.wire.server.controls import Controls
from visavis.wire.server.files import kept, served
from visavis.wire.server.hearing import Detector, best_detector
from visavis.wire.server.hub import Hub
from visavis.wire.server.metrics import Metrics
from visavis.wire.server.protocol import Close
from visavis.wire.server.security import HEADERS, file_within, host_fits, origin_fits, token_fits, type_of, with_token
from visavis.wire.server.settings import ServerSettings
from visavis.wire.server.voices import VoiceBox, installed_voices

PAGE = Path(__file__).parents[2] / "assets" / "page"
_NO_PAGE = (
    "<!doctype html><meta charset=utf-8><title>visavis</title>"
    "<p>The server runs; its page is not built. Build it with: python page/build_page.py"
)


def live_app(
    settings: ServerSettings,
    system: StreamingSystem[Any],
    *,
    clock: Callable[[], float] = time.monotonic,
    page: Path = PAGE,
    voices: VoiceBox | None = None,
    samples: Mapping[str, np.ndarray] | None = None,
    detector: Detector[Any] | None = None,
    models: Callable[[str], StreamingSystem[Any]] = load,
    agents: Callable[[Voice], VoiceAgent] | None = None,
    elsewhere: Elsewhere | None = None,
) -> Starlette:
    """The application; `app.state.hub` holds its conversations. It begins to draw when it is started (its lifespan).

    clock: seconds that pass. page: the folder of the page's files. voices, samples: who speaks lines, and recordings
    (S,) by name; None: what is installed and ships. detector: who hears the user; None: the best that is installed.
    models: loads a model by its name. agents: makes a voice agent for a conversation, out of a voice of the server's
    that it may use; None: nobody answers. elsewhere: other servers that share conversations with this one.
    Raises `VisavisError` for a voice that is not there, and a token that is none.
    """
    box = VoiceBox(installed_voices()) if voices is None else voices
    if settings.voice is not None and settings.voice not in box.names:
        raise unknown("voice", settings.voice, box.names)
    known = tuple(dict.fromkeys((settings.model, *live_models())))
    controls = Controls(box, _shipped_samples() if samples is None else samples, known, agents)
    hub = Hub(settings, system, models, controls, detector or best_detector(), Metrics(), clock)
    door = _Door(settings, with_token(settings), hub, page, elsewhere)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        rounds = threading.Thread(target=hub.run, name="rounds", daemon=True)
        rounds.start()
        await asyncio.to_thread(hub.ready.wait)
        try:
            yield
        finally:
            hub.stop()
            await asyncio.to_thread(rounds.join, 10)

    app = Starlette(
        routes=[
            Route("/health", door.health),
            Route("/models", door.models),
            Route("/metrics", door.metrics),
            WebSocketRoute(protocol.PATH, door.live),
            Route("/{path:path}", door.file),
        ],
        lifespan=lifespan,
    )
    app.state.hub, app.state.token = hub, door.token
    return app


def back_door(hub: Hub, secret: str) -> Starlette:
    """The application through which other servers of the same cluster hand connections on: /live for those that know
    the secret, into the same conversations."""

    async def live(websocket: WebSocket) -> None:
        told = websocket.headers.get("authorization", "").removeprefix("Bearer ")
        if not token_fits(told, secret):
            await websocket.close(1008)  # before it is accepted: HTTP 403
            return
        await websocket.accept()
        await converse(_StarletteSocket(websocket), hub)

    return Starlette(routes=[WebSocketRoute(protocol.PATH, live)])


class _Door:
    """Answers requests: those for data of the conversations only where the address says the token."""

    def __init__(
        self, settings: ServerSettings, token: str | None, hub: Hub, page: Path, elsewhere: Elsewhere | None
    ) -> None:
        self.settings, self.token, self.hub, self.page = settings, token, hub, page
        self.elsewhere = elsewhere

    async def health(self, request: Request) -> Response:
        refused = self._refused(request, guarded=False)
        told = {"status": "ok" if self.hub.healthy else "stopping", "conversations": len(self.hub)}
        status = 200 if self.hub.healthy else 503
        return refused or JSONResponse(told, status, headers=dict(HEADERS))

    async def models(self, request: Request) -> Response:
        controls = self.hub.controls
        told = {
            "usual": self.settings.model,
            "models": list(controls.models),
            "voices": list(controls.voices.names),
            "samples": list(controls.samples),
        }
        return self._refused(request) or JSONResponse(told, headers=dict(HEADERS))

    async def metrics(self, request: Request) -> Response:
        counted = self.hub.metrics
        return self._refused(request) or Response(
            counted.text(), headers={**HEADERS, "Content-Type": counted.content_type}
        )

    async def file(self, request: Request) -> Response:
        refused = self._refused(request, guarded=False)
        if refused is not None:
            return refused
        path = request.path_params["path"]
        found = await asyncio.to_thread(file_within, self.page, path)
        if found is not None:
            return await self._sent(found, path, request)
        if path in ("", "index.html"):
            return Response(_NO_PAGE, headers=dict(HEADERS), media_type="text/html")
        return PlainTextResponse("there is no such file", 404, headers=dict(HEADERS))

    async def _sent(self, found: Path, path: str, request: Request) -> Response:
        accepted, known = request.headers.get("accept-encoding"), request.headers.get("if-none-match")
        answer = await asyncio.to_thread(served, found, accepted, known)
        headers = {**HEADERS, "Cache-Control": kept(path), "ETag": answer.tag, "Vary": "Accept-Encoding"}
        if answer.unchanged:
            return Response(status_code=304, headers=headers)
        if answer.content is None:
            return FileResponse(found, media_type=type_of(found), headers=headers)
        return Response(answer.content, headers={**headers, "Content-Encoding": "gzip"}, media_type=type_of(found))

    async def live(self, websocket: WebSocket) -> None:
        host, origin = websocket.headers.get("host"), websocket.headers.get("origin")
        if not (host_fits(host, self.settings) and origin_fits(origin, host, self.settings)):
            await websocket.close(1008)  # before it is accepted: HTTP 403
            return
        await websocket.accept()
        socket = _StarletteSocket(websocket)
        if not token_fits(websocket.query_params.get("token"), self.token):
            await socket.close(Close.UNAUTHORISED, "the address lacks the right ?token=; take the one that was printed")
            return
        await converse(socket, self.hub, self.elsewhere)

    def _refused(self, request: Request, guarded: bool = True) -> Response | None:
        """The answer to a request that may not be answered otherwise."""
        if not host_fits(request.headers.get("host"), self.settings):
            return PlainTextResponse("this server goes by another name", 403, headers=dict(HEADERS))
        if guarded and not token_fits(request.query_params.get("token"), self.token):
            return PlainTextResponse("the address lacks the right ?token=", 401, headers=dict(HEADERS))
        return None


class _StarletteSocket:
    """A WebSocket of starlette as a `Socket`."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket

    async def receive(self) -> bytes | None:
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise Gone
        data = message.get("bytes")
        return None if data is None else bytes(data)

    async def send(self, data: bytes) -> None:
        try:
            await self._websocket.send_bytes(data)
        except (WebSocketDisconnect, RuntimeError, OSError):
            raise Gone from None

    async def close(self, code: int, reason: str) -> None:
        try:
            await self._websocket.close(code, reason)
        except (WebSocketDisconnect, RuntimeError, OSError):
            raise Gone from None


def _shipped_samples() -> dict[str, np.ndarray]:
    """The voices of the conversation that ships, by who speaks."""
    try:
        told = shipped_conversation()
    except VisavisError:
        return {}
    return {"agent": told.agent_speech, "user": told.user_speech}
