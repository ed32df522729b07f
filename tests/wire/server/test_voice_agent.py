"""A voice agent by real sockets: a client speaks, endpoints that stand in answer, and it is heard."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
import pytest

from tests.streaming.echo import Echo
from tests.wire.agents.stand_in import KEY, Realtime, Services, realtime_serving, serving, until
from tests.wire.server.listeners import SETTINGS, HummingBox, tone
from tests.wire.server.test_app import Running, free_port
from visavis.wire.agents.configured import configured_agent
from visavis.wire.server import protocol, records
from visavis.wire.server.app import live_app
from visavis.wire.server.client import LiveClient, connected
from visavis.wire.server.hearing import LoudnessLive
from visavis.wire.server.protocol import Kind

PIECE = 320


def held(environment: dict[str, str], act: Callable[[Talk], Awaitable[None]]) -> Talk:
    """A conversation with the voice agent of an environment."""
    app = live_app(
        SETTINGS,
        Echo(hop=1),
        voices=HummingBox(),
        samples={},
        detector=LoudnessLive,
        agents=configured_agent(environment),
    )
    talk = Talk()

    async def run(url: str) -> None:
        async with connected(url) as client:
            talk.client = client
            reading = asyncio.create_task(talk.read())
            assert client.welcome["voice_agent"]
            await client.ask(records.Settings(voice_agent=True))
            await act(talk)
            await client.ask(records.Bye())
            reading.cancel()

    with Running(app, free_port()) as running:
        asyncio.run(asyncio.wait_for(run(running.url), 90))
    return talk


class Talk:
    """told: events and when they came; sound: the seconds of the agent's voice."""

    client: LiveClient

    def __init__(self) -> None:
        self.told: list[tuple[float, dict[str, Any]]] = []
        self.sound_s: list[float] = []
        self.stamp = 0

    async def read(self) -> None:
        while True:
            message = await self.client.next()
            if message.kind is Kind.EVENT:
                self.told.append((time.monotonic(), json.loads(message.body)))
            if message.kind is Kind.AGENT_SPEECH:
                self.sound_s.append(len(protocol.parse_audio(message.body).samples) / 16_000)

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for _, event in self.told if event["type"] == kind]

    async def speak(self, seconds: float, level: float = 0.2) -> None:
        begun = time.monotonic()
        sound = np.round(tone(seconds, level) * 32767).astype(np.int16)
        for start in range(0, len(sound) - PIECE + 1, PIECE):
            await self.client.speak(sound[start : start + PIECE], self.stamp)
            self.stamp += PIECE
            await asyncio.sleep(max(begun + (start + PIECE) / 16_000 - time.monotonic(), 0))

    async def until(self, kind: str, count: int = 1) -> None:
        """Silence until so many events of a type came."""
        while len(self.of(kind)) < count:
            await self.speak(0.1, level=0.0)


def environment(services: Services, *names: str) -> dict[str, str]:
    told = {f"VISAVIS_{name}_URL": services.url for name in names}
    return {
        **told,
        **{f"VISAVIS_{name}_MODEL": "m" for name in names},
        **{f"VISAVIS_{name}_KEY": KEY for name in names},
    }


@pytest.mark.parametrize("names", [("TRANSCRIBE", "CHAT"), ("TRANSCRIBE", "CHAT", "SPEECH")])
def test_who_speaks_is_answered(names: tuple[str, ...], caplog: pytest.LogCaptureFixture) -> None:
    async def talk(one: Talk) -> None:
        await one.speak(0.5, level=0.0)
        await one.speak(1.0)
        await one.until("speech")
        await one.speak(1.0, level=0.0)

    caplog.set_level(logging.INFO)
    with serving(Services()) as services:
        one = held(environment(services, *names), talk)
    assert one.of("heard") == [{"type": "heard", "text": "what is the time"}]
    assert [event["text"] for event in one.of("speech")] == ["It is ten."]
    assert sum(one.sound_s) == pytest.approx(0.5, abs=0.01)
    assert one.of("error") == []
    assert KEY not in caplog.text
    assert KEY not in repr(one.told)
    heard = next(when for when, event in one.told if event["type"] == "heard")
    stopped = [when for when, event in one.told if event == {"type": "turn", "who": "user", "speaking": False}]
    assert heard > stopped[0] - 0.05


def test_an_endpoint_that_dies_is_told_and_the_conversation_lives() -> None:
    async def talk(one: Talk) -> None:
        await one.speak(0.5, level=0.0)
        await one.speak(0.6)
        await one.until("error")
        services.fail = {}
        await one.speak(0.6)
        await one.until("speech")

    with serving(Services(fail={"/chat/completions": 503})) as services:
        one = held(environment(services, "TRANSCRIBE", "CHAT"), talk)
    (error,) = one.of("error")
    assert error["reason"] == "voice_agent"
    assert "503" in error["text"]
    assert KEY not in error["text"]
    assert len(one.of("heard")) == 2


def test_a_realtime_endpoint_answers_too() -> None:
    with realtime_serving(Realtime()) as server:

        async def talk(one: Talk) -> None:
            while not server.kinds():
                await one.speak(0.1, level=0.0)
            await one.speak(0.5)
            await asyncio.to_thread(until, lambda: np.abs(server.heard()).max(initial=0) > 0.1)
            await asyncio.to_thread(server.answer, "r", "It is ten.", 0.6)
            await one.until("speech")
            await one.speak(1.0, level=0.0)

        told = {"VISAVIS_REALTIME_URL": server.url, "VISAVIS_REALTIME_MODEL": "m", "VISAVIS_REALTIME_KEY": KEY}
        one = held(told, talk)
    assert one.of("speech")[-1]["text"] == "It is ten."
    assert sum(one.sound_s) == pytest.approx(0.6, abs=0.02)
