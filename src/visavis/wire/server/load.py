"""How many conversations a live server keeps up with: real clients in a process of their own, and what they saw.

    python -m visavis.wire.server.load --model timar-small --clients 1 4 8 16 --seconds 20

It starts a server in another process, lets so many people talk at once, and prints the age of their voice in the frames
that they see, and how many frames came too late to be shown.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

import numpy as np

from visavis.core.clock import FPS, SAMPLE_RATE, samples_in
from visavis.core.errors import VisavisError
from visavis.core.program import exit_status
from visavis.data.shipped import shipped_conversation
from visavis.wire.server import records
from visavis.wire.server.client import LiveClient, connected
from visavis.wire.server.protocol import Kind, parse_frames

PIECE = SAMPLE_RATE // 50
PLAYOUT_S = 0.1
"""How much later than the first frame allows a client shows frames, for those that come late."""
_WARM_S = 3.0
_START_S = 300.0


@dataclass
class Seen:
    """What one client saw. newest_s, oldest_s: ages of the youngest and the oldest of the user's voice that is new in a
    message of frames, when that came. late: frames that came after they were to be shown; lost: that never came."""

    newest_s: list[float] = field(default_factory=list)
    oldest_s: list[float] = field(default_factory=list)
    frames: int = 0
    late: int = 0
    lost: int = 0

    def count(self, stamp: int, heard: int | None, count: int, at_s: float, begun_s: float) -> None:
        """Frames that came at `at_s`; the user's clock is 0 at `begun_s`."""
        if self._anchor is None:
            self._anchor, self._next = at_s - stamp / SAMPLE_RATE, stamp
        due_s = self._anchor + PLAYOUT_S + stamp / SAMPLE_RATE
        self.frames += count
        self.late += sum(at_s > due_s + number / FPS for number in range(count))
        self.lost += max(0, (stamp - self._next) // samples_in(1))
        self._next = max(self._next, stamp + samples_in(count))
        if heard is None:
            return
        if self._heard is not None and heard > self._heard:
            self.newest_s.append(at_s - begun_s - heard / SAMPLE_RATE)
            self.oldest_s.append(at_s - begun_s - self._heard / SAMPLE_RATE)
        self._heard = heard

    _anchor: float | None = None
    _next: int = 0
    _heard: int | None = None


@dataclass(frozen=True)
class Load:
    """What so many clients saw together, in seconds: 50th, 95th and 99th percentiles."""

    clients: int
    newest_s: tuple[float, float, float]
    oldest_s: tuple[float, float, float]
    frames: int
    late: int
    lost: int

    @property
    def line(self) -> str:
        """It in words."""
        ages = ["/".join(f"{1000 * age:.0f}" for age in ages) for ages in (self.newest_s, self.oldest_s)]
        missed = 100 * (self.late + self.lost) / max(self.frames + self.lost, 1)
        return (
            f"{self.clients:3d} clients: reaction p50/p95/p99 {ages[1]} ms (newest of the voice {ages[0]} ms); "
            f"{self.frames} frames, {self.late} late, {self.lost} lost ({missed:.2f} % missed)"
        )


async def talk(url: str, sound: np.ndarray, seconds: float, delay_s: float) -> Seen:
    """One client that speaks as time goes while the agent speaks, too. Raises `Closed`."""
    await asyncio.sleep(delay_s)
    seen = Seen()
    async with connected(url) as client:
        await client.ask(records.Settings(barge_in=False))
        begun_s = time.perf_counter() + 0.05
        watching = asyncio.ensure_future(_watch(client, seen, begun_s))
        try:
            for number in range(round(seconds * SAMPLE_RATE / PIECE)):
                await asyncio.sleep(max(0.0, begun_s + (number + 1) * PIECE / SAMPLE_RATE - time.perf_counter()))
                if watching.done():
                    watching.result()
                start = number * PIECE % (len(sound) - PIECE)
                await client.speak(sound[start : start + PIECE], number * PIECE)
                if number % 1000 == 25:
                    await client.ask(records.Sample("agent"))
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        await client.ask(records.Bye())
    return seen


async def _watch(client: LiveClient, seen: Seen, begun_s: float) -> None:
    while True:
        message = await client.next()
        at_s = time.perf_counter()
        if message.kind is Kind.FRAMES and at_s - begun_s > _WARM_S:
            frames = parse_frames(message.body)
            seen.count(message.stamp, frames.heard, len(frames.values), at_s, begun_s)


async def crowd(url: str, clients: int, seconds: float) -> Load:
    """Many clients at once, who did not come in at the same moment. Raises `Closed` where one is not taken."""
    voice = shipped_conversation().user_speech
    sound = np.round(np.clip(voice, -1, 1) * 32767).astype(np.int16)
    delays = np.random.default_rng(clients).uniform(0, 1, clients)
    seen = await asyncio.gather(*(talk(url, sound, seconds + _WARM_S, float(delay)) for delay in delays))

    def quantiles(ages: Sequence[list[float]]) -> tuple[float, float, float]:
        every = np.concatenate([np.array(some) for some in ages])
        p50, p95, p99 = np.quantile(every, [0.5, 0.95, 0.99]) if len(every) else (0.0, 0.0, 0.0)
        return float(p50), float(p95), float(p99)

    return Load(
        clients,
        quantiles([one.newest_s for one in seen]),
        quantiles([one.oldest_s for one in seen]),
        sum(one.frames for one in seen),
        sum(one.late for one in seen),
        sum(one.lost for one in seen),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the measurement; see the module. Gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m visavis.wire.server.load", description=__doc__)
    parser.add_argument("--model", default=None, help="of the server that is started")
    parser.add_argument("--url", default=None, help="of a server that runs; unset: one is started")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 4, 8, 16])
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--json", action="store_true", help="for programs: one object a line")
    asked = parser.parse_args(arguments)
    if asked.url is None:
        return _with_server(asked.model, asked.clients, asked.seconds, asked.json)

    def run() -> None:
        for clients in asked.clients:
            load = asyncio.run(crowd(asked.url, clients, asked.seconds))
            print(json.dumps(asdict(load)) if asked.json else load.line, flush=True)

    return exit_status(run)


def _with_server(model: str | None, clients: Sequence[int], seconds: float, as_json: bool) -> int:
    """The clients in one process, a server in another."""
    port = free_port()
    chosen = [] if model is None else ["--model", model]
    command = [sys.executable, "-m", "visavis", "serve", "--port", str(port), "--most", str(max(clients)), *chosen]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_for_server(port, server)
        own = [sys.executable, "-m", "visavis.wire.server.load", "--url", f"ws://127.0.0.1:{port}/live"]
        own += ["--seconds", str(seconds), "--clients", *map(str, clients), *(["--json"] if as_json else [])]
        return subprocess.run(own, check=False).returncode
    finally:
        server.terminate()
        server.wait(30)


def free_port() -> int:
    """A port of this machine at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def wait_for_server(port: int, server: subprocess.Popen[bytes]) -> None:
    """Until a server that was started listens. Raises `VisavisError` where it does not."""
    end_s = time.monotonic() + _START_S
    while time.monotonic() < end_s and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.2)
    raise VisavisError(f"the server did not start within {_START_S:g} s")


if __name__ == "__main__":
    sys.exit(main())
