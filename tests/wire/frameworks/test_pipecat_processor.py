"""With the real pipecat, where it is installed (`pip install 'visavis[agents]'`)."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import numpy as np
import pytest

from tests.streaming.echo import Echo
from visavis.core.builtin_spaces import ARKIT61
from visavis.core.errors import VisavisError
from visavis.wire.frameworks import pipecat_processor
from visavis.wire.frameworks.pipecat_processor import face_processor

AGENT, USER = ARKIT61.channels.index("MouthSmileRight"), ARKIT61.channels.index("MouthSmileLeft")


def test_the_extra_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pipecat.frames.frames", None)
    with pytest.raises(VisavisError, match=r"pipecat-ai; install it with: pip install 'visavis\[agents\]'"):
        face_processor(Echo())


def sound(seconds: float, level: float, rate: int) -> bytes:
    return np.full(round(seconds * rate), round(32768 * level), "<i2").tobytes()


class Bot:
    """A pipeline with a transport that plays in its time, and the face after it. told: its messages; passed: the names
    of the frames that went through the face; errors: what went wrong."""

    def __init__(self, system: Any) -> None:
        from pipecat.frames.frames import Frame, OutputAudioRawFrame
        from pipecat.pipeline.pipeline import Pipeline
        from pipecat.pipeline.worker import PipelineParams, PipelineWorker
        from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
        from pipecat.transports.base_output import BaseOutputTransport
        from pipecat.transports.base_transport import TransportParams

        bot = self
        self.told: list[dict[str, Any]] = []
        self.passed: list[str] = []
        self.errors: list[str] = []
        self.begun = asyncio.Event()

        class Transport(BaseOutputTransport):
            async def start(self, frame: Any) -> None:
                await super().start(frame)
                await self.set_transport_ready(frame)

            async def write_audio_frame(self, frame: OutputAudioRawFrame) -> bool:
                await asyncio.sleep(len(frame.audio) / 2 / frame.sample_rate)
                return True

            async def send_message(self, frame: Any) -> None:
                assert frame.message["label"] == "rtvi-ai"
                assert frame.message["type"] == "server-message"
                bot.told.append(frame.message["data"])

        class Sink(FrameProcessor):
            async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
                await super().process_frame(frame, direction)
                bot.passed.append(type(frame).__name__)
                await self.push_frame(frame, direction)

        self.face = face_processor(system)
        params = TransportParams(audio_out_enabled=True, audio_out_10ms_chunks=2, audio_out_end_silence_secs=0)
        self.worker = PipelineWorker(
            Pipeline([Transport(params), self.face, Sink()]),
            params=PipelineParams(audio_in_sample_rate=16_000, audio_out_sample_rate=24_000),
            cancel_on_idle_timeout=False,
            enable_rtvi=False,
        )

        @self.worker.event_handler("on_pipeline_started")
        async def started(*_: Any) -> None:
            self.begun.set()

        @self.face.event_handler("on_error")
        async def failed(_: Any, error: Any) -> None:
            self.errors.append(error.error)

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.told if message["type"] == kind]

    def shown(self) -> dict[int, list[float]]:
        """Frames as a client shows them in the end, by their stamps."""
        found: dict[int, list[float]] = {}
        for message in self.told:
            if message["type"] == "visavis.take_back":
                found = {stamp: values for stamp, values in found.items() if stamp < message["stamp"]}
            if message["type"] == "visavis.frame":
                found[message["stamp"]] = message["values"]
        return found

    async def hear(self, seconds: float, level: float = 0.0) -> None:
        """The user's voice as time goes."""
        from pipecat.frames.frames import InputAudioRawFrame

        begun = asyncio.get_running_loop().time()
        for number in range(round(seconds / 0.02)):
            await self.worker.queue_frame(InputAudioRawFrame(sound(0.02, level, 16_000), 16_000, 1))
            await asyncio.sleep(max(begun + 0.02 * (number + 1) - asyncio.get_running_loop().time(), 0))


def held(act: Any, hop: int = 1) -> Bot:
    """A bot that ran while something was done."""
    pytest.importorskip("pipecat", reason="pipecat-ai is not installed (extra agents)")
    from pipecat.frames.frames import EndFrame
    from pipecat.workers.runner import WorkerRunner

    async def run() -> Bot:
        bot = Bot(Echo(hop=hop))
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(bot.worker)

        async def talk() -> None:
            await asyncio.wait_for(bot.begun.wait(), 20)
            await act(bot)
            await bot.worker.queue_frame(EndFrame())

        await asyncio.wait_for(asyncio.gather(runner.run(), talk()), 60)
        return bot

    return asyncio.run(run())


pytestmark = pytest.mark.filterwarnings("ignore")


def test_both_voices_move_it_and_its_frames_go_out_as_urgent_messages() -> None:
    async def talk(bot: Bot) -> None:
        from pipecat.frames.frames import ClientConnectedFrame, TTSAudioRawFrame

        await bot.hear(0.5, 0.3)
        await bot.worker.queue_frame(ClientConnectedFrame())
        await bot.worker.queue_frame(TTSAudioRawFrame(sound(1.0, 0.2, 24_000), 24_000, 1))
        await bot.hear(2.0, 0.3)

    bot = held(talk)
    assert [one["channels"] for one in bot.of("visavis.face")] == [list(ARKIT61.channels)] * 2
    stamps = sorted(bot.shown())
    assert stamps == list(range(0, 640 * len(stamps), 640))
    assert len(stamps) >= 50
    values = np.array([bot.shown()[stamp] for stamp in stamps])  # wide bounds: machines that do much else are slow
    assert values[:, USER].max() == pytest.approx(0.3, abs=0.01)
    loud = np.flatnonzero(values[:, AGENT] > 0.05)
    assert values[loud, AGENT].max() == pytest.approx(0.2, abs=0.01)
    assert 15 <= len(loud) <= 60
    assert loud[0] >= 10
    assert {"InputAudioRawFrame", "TTSAudioRawFrame", "EndFrame"} <= set(bot.passed)
    assert bot.errors == []


def test_an_interruption_silences_it_at_once() -> None:
    async def talk(bot: Bot) -> None:
        from pipecat.frames.frames import InterruptionFrame, TTSAudioRawFrame

        await bot.worker.queue_frame(TTSAudioRawFrame(sound(4.0, 0.2, 24_000), 24_000, 1))
        await bot.hear(1.0)
        await bot.worker.queue_frame(InterruptionFrame())
        await bot.hear(1.0)

    bot = held(talk, hop=5)
    (at,) = [one["stamp"] for one in bot.of("visavis.take_back")]
    values = bot.shown()
    loud = [stamp for stamp in values if values[stamp][AGENT] > 0.05]
    assert min(loud) < at
    assert max(loud) <= at + 640 * 8, "but for what had been written already, and 60 ms in which it fades"
    assert "InterruptionFrame" in bot.passed


def test_sound_that_is_none_is_told_once_and_passed_on() -> None:
    async def talk(bot: Bot) -> None:
        from pipecat.frames.frames import InputAudioRawFrame

        for _ in range(3):
            await bot.worker.queue_frame(InputAudioRawFrame(b"123", 16_000, 1))
        await bot.hear(0.3)

    bot = held(talk)
    assert len(bot.errors) == 1
    assert "3 bytes are no 16-bit sound" in bot.errors[0]
    assert bot.passed.count("InputAudioRawFrame") == 18
    assert bot.of("visavis.frame")


def test_after_the_end_nothing_is_drawn() -> None:
    async def talk(bot: Bot) -> None:
        await bot.hear(0.2)

    bot = held(talk)
    assert bot.face.face is None
    assert pipecat_processor.PACE_S < 0.04, "frames are looked for more often than they come"
