"""With the real LiveKit Agents, where it is installed (`pip install 'visavis[agents]'`)."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import numpy as np
import pytest

from tests.streaming.echo import Echo
from visavis.core.builtin_spaces import ARKIT61
from visavis.core.errors import VisavisError
from visavis.wire.frameworks.livekit_node import LiveKitFace, livekit_face

AGENT, USER = ARKIT61.channels.index("MouthSmileRight"), ARKIT61.channels.index("MouthSmileLeft")
RATE = 24_000


def test_the_extra_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "livekit.agents.voice", None)
    with pytest.raises(VisavisError, match=r"livekit-agents; install it with: pip install 'visavis\[agents\]'"):
        livekit_face(Echo())


class Room:
    """What of a room the face uses. told: the data messages, each with whether it was reliable."""

    def __init__(self) -> None:
        self.local_participant = self
        self.told: list[tuple[dict[str, Any], bool]] = []
        self.joined: list[Callable[[Any], None]] = []
        self.gone = False

    def on(self, event: str, act: Callable[[Any], None]) -> None:
        assert event == "participant_connected"
        self.joined.append(act)

    def off(self, event: str, act: Callable[[Any], None]) -> None:  # noqa: ARG002
        self.joined.remove(act)

    async def publish_data(self, data: str, *, reliable: bool, topic: str) -> None:
        if self.gone:
            raise ConnectionError("the room is gone")
        assert topic == "visavis"
        assert len(data) < 1300
        self.told.append((json.loads(data), reliable))

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message for message, _ in self.told if message["type"] == kind]

    def shown(self) -> dict[int, list[float]]:
        found: dict[int, list[float]] = {}
        for message, _ in self.told:
            if message["type"] == "visavis.take_back":
                found = {stamp: values for stamp, values in found.items() if stamp < message["stamp"]}
            if message["type"] == "visavis.frame":
                found[message["stamp"]] = message["values"]
        return found

    def loud(self) -> list[int]:
        return [stamp // 640 for stamp, values in sorted(self.shown().items()) if values[AGENT] > 0.05]


def frames(seconds: float, level: float, rate: int = RATE) -> list[Any]:
    from livekit import rtc

    count = rate // 50
    data = np.full(count, round(32768 * level), "<i2").tobytes()
    return [rtc.AudioFrame(data, rate, 1, count) for _ in range(round(seconds * 50))]


class Stage:
    """An agent session without a room, which hears a voice of `level` and plays in its time, with the face."""

    def __init__(self) -> None:
        from livekit.agents import Agent, AgentSession
        from livekit.agents.voice import io

        stage = self
        self.level, self.attached = 0.3, 0

        class Input(io.AudioInput):
            async def __anext__(self) -> Any:
                await asyncio.sleep(0.02)
                return frames(0.02, stage.level, 48_000)[0]

            def on_attached(self) -> None:
                stage.attached += 1

        class Output(io.AudioOutput):
            def __init__(self) -> None:
                super().__init__(label="test", capabilities=io.AudioOutputCapabilities(pause=True), sample_rate=RATE)
                self.got: list[Any] = []
                self.begun_s: float | None = None
                self.calls: list[str] = []
                self.playing: asyncio.Task[None] | None = None

            async def capture_frame(self, frame: Any) -> None:
                await super().capture_frame(frame)
                if self.begun_s is None:
                    self.begun_s = time.time()
                    self.on_playback_started(created_at=self.begun_s)
                self.got.append(frame)

            def flush(self) -> None:
                super().flush()
                self.calls.append("flush")
                self.playing = asyncio.create_task(self._play())

            async def _play(self) -> None:
                length = sum(frame.duration for frame in self.got)
                assert self.begun_s is not None
                await asyncio.sleep(max(self.begun_s + length - time.time(), 0))
                self._over(length, interrupted=False)

            def clear_buffer(self) -> None:
                self.calls.append("clear")
                if self.playing is not None and not self.playing.done():
                    self.playing.cancel()
                    assert self.begun_s is not None
                    self._over(time.time() - self.begun_s, interrupted=True)

            def _over(self, position: float, *, interrupted: bool) -> None:
                self.begun_s, self.got = None, []
                self.on_playback_finished(playback_position=position, interrupted=interrupted)

            def pause(self) -> None:
                self.calls.append("pause")

            def resume(self) -> None:
                self.calls.append("resume")

        self.output = Output()
        self.session = AgentSession(vad=None)
        self.session.input.audio, self.session.output.audio = Input(label="test"), self.output
        self.agent = Agent(instructions="none")
        self.room = Room()
        self.face: LiveKitFace = livekit_face(Echo(hop=1))

    async def begin(self) -> None:
        await self.session.start(self.agent)
        await self.face.start(self.session, self.room)

    def say(self, seconds: float, level: float = 0.2) -> Any:
        async def voice() -> AsyncIterator[Any]:
            for frame in frames(seconds, level):
                yield frame

        return self.session.say("words", audio=voice(), add_to_chat_ctx=False)

    async def end(self) -> None:
        await self.face.aclose()
        await self.session.aclose()


pytestmark = pytest.mark.filterwarnings("ignore")


def held(act: Callable[[Stage], Any]) -> Stage:
    pytest.importorskip("livekit.agents", reason="livekit-agents is not installed (extra agents)")

    async def run() -> Stage:
        stage = Stage()
        await stage.begin()
        try:
            await asyncio.wait_for(act(stage), 60)
        finally:
            await stage.end()
        return stage

    return asyncio.run(run())


def test_both_voices_move_it_and_its_frames_go_to_the_room() -> None:
    async def talk(stage: Stage) -> None:
        await asyncio.sleep(0.5)
        stage.room.joined[0]("somebody")
        await stage.say(1.0).wait_for_playout()
        await asyncio.sleep(0.7)

    stage = held(talk)
    assert [one["channels"] for one in stage.room.of("visavis.face")] == [list(ARKIT61.channels)] * 2
    stamps = sorted(stage.room.shown())
    assert stamps == list(range(0, 640 * len(stamps), 640))
    assert len(stamps) >= 40
    values = np.array([stage.room.shown()[stamp] for stamp in stamps])
    assert values[:, USER].max() == pytest.approx(0.3, abs=0.01)
    loud = stage.room.loud()
    assert len(loud) == pytest.approx(25, abs=3)
    assert loud == list(range(loud[0], loud[-1] + 1)), "in one piece, since it comes ahead of its time"
    assert {reliable for message, reliable in stage.room.told if message["type"] == "visavis.frame"} == {False}
    assert {reliable for message, reliable in stage.room.told if message["type"] != "visavis.frame"} == {True}
    assert stage.room.joined == [], "it has left the room"
    assert stage.attached >= 2, "the session's own input is told that it is used"


def test_the_session_is_no_other_with_it_and_an_interruption_silences_it() -> None:
    async def talk(stage: Stage) -> None:
        speech = stage.say(5.0)
        await asyncio.sleep(1.2)
        await stage.session.interrupt()
        await speech
        assert speech.interrupted
        await asyncio.sleep(0.7)

    stage = held(talk)
    assert "clear" in stage.output.calls
    (at,) = [one["stamp"] for one in stage.room.of("visavis.take_back")]
    loud = stage.room.loud()
    assert 15 <= len(loud) <= 100
    assert max(loud) * 640 <= at + 2 * 640


def test_a_pause_goes_down_the_chain_and_the_face_waits_with_it() -> None:
    async def talk(stage: Stage) -> None:
        stage.say(3.0)
        while not stage.room.loud():
            await asyncio.sleep(0.02)
        stage.session.output.audio.pause()
        while not stage.room.of("visavis.take_back"):
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.8)
        stage.session.output.audio.resume()
        await asyncio.sleep(3.5)

    stage = held(talk)
    (at,) = [one["stamp"] // 640 for one in stage.room.of("visavis.take_back")]
    loud = stage.room.loud()
    before, after = [frame for frame in loud if frame < at + 2], [frame for frame in loud if frame >= at + 2]
    assert after[0] - before[-1] > 15, "it is silent for as long as the pause lasts"
    assert after == list(range(after[0], after[-1] + 1))
    assert len(loud) == pytest.approx(75, abs=4), "and says the rest of the three seconds after it"
    assert [call for call in stage.output.calls if call in ("pause", "resume")][-2:] == ["pause", "resume"]


def test_a_room_that_is_gone_does_not_stop_the_agent() -> None:
    async def talk(stage: Stage) -> None:
        stage.room.gone = True
        await stage.say(0.5).wait_for_playout()

    assert "flush" in held(talk).output.calls


def test_a_session_without_sound_is_told() -> None:
    pytest.importorskip("livekit.agents", reason="livekit-agents is not installed (extra agents)")

    async def run() -> None:
        from livekit.agents import AgentSession

        with pytest.raises(VisavisError, match="start the face after"):
            await livekit_face(Echo()).start(AgentSession(), Room())

    asyncio.run(run())
