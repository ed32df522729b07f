"""A small server for the page: its files under a strict policy, and a protocol whose answers are known beforehand.

The agent's lips follow the loudness of what it says, exactly; it nods while it hears somebody.
"""

from __future__ import annotations

import asyncio
import http
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from visavis.analysis.states import STATES, State
from visavis.core.builtin_spaces import ARKIT61
from visavis.wire.server import protocol, records
from visavis.wire.server.protocol import Audio, FaceFrames, Kind, Message
from visavis.wire.server.records import to_json

RATE, FRAME = 16_000, 640
POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob: mediastream:; worker-src 'self' blob:; connect-src 'self' blob: data:; object-src 'none'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"} | {
    ".wasm": "application/wasm"
}
LOUD = 0.02
BARGE_S = 0.3


def spoken(seconds: float, seed: int = 1) -> np.ndarray:
    """Something like a voice: syllables of uneven length and loudness, float32 in [-1, 1]."""
    draw = np.random.default_rng(seed)
    time_s = np.arange(round(seconds * RATE)) / RATE
    buzz = sum(np.sin(2 * np.pi * 130 * k * time_s) / k for k in range(1, 16))
    edges = np.cumsum(draw.uniform(0.09, 0.28, 200))
    loudness = np.repeat(draw.uniform(0.0, 1.0, 200), 2)
    return (0.25 * buzz * np.interp(time_s, np.repeat(edges, 2)[1:], loudness[:-1])).astype(np.float32)


def lips(voice: np.ndarray) -> np.ndarray:
    """JawOpen (T,) of a voice: how loud it is about the beginning of each frame."""
    power = np.convolve(voice.astype(np.float64) ** 2, np.ones(FRAME) / FRAME, "same")[::FRAME]
    return np.clip(3 * np.sqrt(np.maximum(power, 0)), 0, 1)


@dataclass
class Talk:
    """One connection: what the agent says and hears, on the agent's clock."""

    begun: float = field(default_factory=time.monotonic)
    sequence: int = 0
    voice: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    first: int = 0
    sent: int = 0
    frame: int = 0
    heard: int | None = None
    loud: int = 0
    barge_in: bool = True
    nodding: int = 0

    @property
    def now(self) -> int:
        return int((time.monotonic() - self.begun) * RATE)

    @property
    def speaking(self) -> bool:
        return self.first <= self.now < self.first + len(self.voice)


@dataclass
class StandIn:
    """What all connections of the server did; tests read it, and say `drop` to lose them."""

    page: Path
    controls: list[dict[str, Any]] = field(default_factory=list)
    hellos: list[dict[str, Any]] = field(default_factory=list)
    user: list[np.ndarray] = field(default_factory=list)
    stamps: list[int] = field(default_factory=list)
    faces: list[np.ndarray] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    address: str = ""
    sockets: set[Any] = field(default_factory=set)
    loop: asyncio.AbstractEventLoop | None = None

    def drop(self) -> None:
        """All connections are lost."""
        for socket in list(self.sockets):
            assert self.loop is not None
            self.loop.call_soon_threadsafe(socket.transport.abort)

    async def converse(self, socket: Any) -> None:
        talk = Talk()
        self.sockets.add(socket)
        drawing = asyncio.create_task(self._draw(socket, talk))
        try:
            async for data in socket:
                await self._take(socket, talk, protocol.parse(data))
        except Exception as error:
            if "Closed" not in type(error).__name__:
                self.errors.append(repr(error))
                raise
        finally:
            drawing.cancel()
            self.sockets.discard(socket)

    async def _send(self, socket: Any, talk: Talk, kind: Kind, stamp: int, body: bytes = b"") -> None:
        message = Message(kind, talk.sequence, stamp, body).to_bytes()
        talk.sequence += 1
        with suppress(Exception):
            await socket.send(message)

    async def _tell(self, socket: Any, talk: Talk, event: Any, stamp: int | None = None) -> None:
        await self._send(socket, talk, Kind.EVENT, talk.now if stamp is None else stamp, to_json(event))

    async def _take(self, socket: Any, talk: Talk, message: Message) -> None:
        if message.kind is Kind.HELLO:
            hello = json.loads(message.body)
            self.hellos.append(hello)
            await self._send(socket, talk, Kind.WELCOME, talk.now, to_json(welcome(bool(hello.get("session")))))
            await self._tell(
                socket, talk, records.Settings(model="stand-in", barge_in=True, half_duplex=False, echo_s=0)
            )
        elif message.kind is Kind.USER_SPEECH:
            await self._listen(socket, talk, message)
        elif message.kind is Kind.USER_FACE:
            self.faces.append(protocol.parse_face(message.body, len(protocol_face())))
        elif message.kind is Kind.CONTROL:
            await self._control(socket, talk, json.loads(message.body))

    async def _control(self, socket: Any, talk: Talk, told: dict[str, Any]) -> None:
        self.controls.append(told)
        if told["type"] == "say":
            talk.voice, talk.first, talk.sent = spoken(4.0, len(told["text"])), talk.now + RATE // 3, 0
            end = talk.first + len(talk.voice)
            await self._tell(socket, talk, records.Speech(told["text"], end), talk.first)
            await self._tell(socket, talk, records.Turn("agent", True), talk.first)
            await self._tell(socket, talk, records.Turn("agent", False), end)
        elif told["type"] == "settings" and told.get("barge_in") is not None:
            talk.barge_in = told["barge_in"]
        elif told["type"] == "settings" and told.get("voice_agent"):
            await self._tell(socket, talk, records.Heard("what is the time"))
        elif told["type"] == "interrupt":
            await self._stop(socket, talk, "client")

    async def _listen(self, socket: Any, talk: Talk, message: Message) -> None:
        samples = protocol.parse_audio(message.body).samples
        self.user.append(samples)
        self.stamps.append(message.stamp)
        talk.heard = message.stamp + len(samples)
        loud = float(np.sqrt(np.mean((samples / 32768.0) ** 2))) > LOUD
        talk.loud = talk.loud + len(samples) if loud else max(0, talk.loud - 2 * len(samples))
        if talk.loud > BARGE_S * RATE and talk.speaking and talk.barge_in:
            await self._stop(socket, talk, "user")
        if talk.loud > BARGE_S * RATE and not talk.speaking and talk.nodding < talk.frame:
            talk.nodding = talk.frame + 40
            await self._tell(socket, talk, records.Reaction("nod"))

    async def _stop(self, socket: Any, talk: Talk, by: str) -> None:
        stamp = talk.now
        talk.voice = talk.voice[: max(0, stamp - talk.first)]
        talk.frame = -(-stamp // FRAME)
        await self._send(socket, talk, Kind.TAKE_BACK, stamp)
        await self._tell(socket, talk, records.Interrupted(by), stamp)

    async def _draw(self, socket: Any, talk: Talk) -> None:
        jaw, pitch = ARKIT61.indices("JawOpen")[0], ARKIT61.indices("HeadPitch")[0]
        while True:
            await asyncio.sleep(0.01)
            while talk.sent < len(talk.voice) and talk.first + talk.sent < talk.now + RATE:
                piece = (32767 * talk.voice[talk.sent : talk.sent + 1600]).astype(np.int16)
                await self._send(
                    socket, talk, Kind.AGENT_SPEECH, talk.first + talk.sent, protocol.audio_body(Audio(piece, RATE))
                )
                talk.sent += len(piece)
            while talk.frame * FRAME < talk.now:
                values = np.zeros((1, ARKIT61.width), np.float32)
                start = talk.frame * FRAME - talk.first
                around = talk.voice[max(0, start - FRAME // 2) : max(0, start + FRAME // 2)]
                level = np.sqrt(np.sum(around.astype(np.float64) ** 2) / FRAME)
                values[0, jaw] = np.clip(3 * level, 0, 1)
                if talk.frame < talk.nodding:
                    values[0, pitch] = 0.15 * np.sin(2 * np.pi * (talk.nodding - talk.frame) / 20) ** 2
                state = State.SPEAKING if talk.speaking else State.LISTENING if talk.loud else State.WAITING
                frames = FaceFrames(values, talk.heard, np.array([int(state)]))
                await self._send(socket, talk, Kind.FRAMES, talk.frame * FRAME, protocol.frames_body(frames))
                talk.frame += 1
                if talk.frame % 50 == 0:
                    await self._tell(socket, talk, records.Latency(0.04, 0.004, 0.009, 0.04, 0.085, 0.11, 0))

    def file(self, connection: Any, request: Any) -> Any:
        """A file of the page, or None: a WebSocket is asked for."""
        from websockets.datastructures import Headers
        from websockets.http11 import Response

        path = request.path.partition("?")[0]
        if path == protocol.PATH:
            return None
        place = self.page / (path.lstrip("/") or "index.html")
        if not place.is_file():
            return connection.respond(http.HTTPStatus.NOT_FOUND, "no such file\n")
        kind = TYPES.get(place.suffix, "application/octet-stream")
        body = place.read_bytes()
        headers = Headers(
            {"Content-Type": kind, "Content-Length": str(len(body)), "Content-Security-Policy": POLICY}
            | {"X-Content-Type-Options": "nosniff", "Connection": "close"}
        )
        return Response(200, "OK", headers, body)


def protocol_face() -> tuple[str, ...]:
    """The channels that the page's camera tells."""
    return (
        *("JawOpen", "MouthPucker", "MouthSmileLeft", "MouthSmileRight", "MouthFrownLeft", "MouthFrownRight"),
        *("EyeBlinkLeft", "EyeBlinkRight", "BrowInnerUp", "BrowOuterUpLeft", "BrowOuterUpRight", "BrowDownLeft"),
        *("BrowDownRight", "HeadYaw", "HeadPitch", "HeadRoll", "LeftEyeYaw", "LeftEyePitch", "RightEyeYaw"),
        "RightEyePitch",
    )


def welcome(resumed: bool) -> records.Welcome:
    return records.Welcome(
        version=protocol.VERSION,
        session="a-token",
        resumed=resumed,
        model="stand-in",
        models=("stand-in",),
        space="arkit61",
        channels=ARKIT61.channels,
        fps=25,
        rate=RATE,
        hop=1,
        states=tuple(STATES),
        voice="buzz",
        voices=("buzz",),
        samples=("a sample",),
        dials={
            **{"expressiveness": (0, 3), "reactivity": (0, 10), "head_motion": (0, 3)},
            **{"blinks_per_minute": (0, 60), "eye_contact": (0, 1)},
        },
        voice_agent=True,
        reconnect_s=30,
        longest_s=3600,
    )


@contextmanager
def standing_in(page: Path) -> Iterator[StandIn]:
    """The server, in a thread, on a free port of this machine."""
    from websockets.asyncio.server import serve

    server, ready, over = StandIn(page), threading.Event(), asyncio.Event()

    async def run() -> None:
        server.loop = asyncio.get_running_loop()
        async with serve(
            server.converse, "127.0.0.1", 0, process_request=server.file, compression=None, ping_interval=None
        ) as listening:
            port = listening.sockets[0].getsockname()[1]
            server.address = f"http://127.0.0.1:{port}/"
            ready.set()
            await over.wait()

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield server
    finally:
        assert server.loop is not None
        server.loop.call_soon_threadsafe(over.set)
        thread.join(10)


if __name__ == "__main__":
    with standing_in(Path(__file__).parents[2] / "src" / "visavis" / "assets" / "page") as started:
        print(started.address, flush=True)
        threading.Event().wait()
