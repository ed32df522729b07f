"""A face in a Pipecat pipeline: the one door to pipecat. `docs/agents.md` shows it in a bot.

[transport.input(), stt, user, llm, tts, transport.output(), face_processor(system), assistant]
"""

from __future__ import annotations

import asyncio
from typing import Any

from visavis.core.contract import StreamingSystem
from visavis.core.errors import VisavisError, missing_extra
from visavis.wire.frameworks.face import AgentFace, mono
from visavis.wire.frameworks.messages import frame_messages, hello, take_back

PACE_S = 0.02
"""How often frames are looked for."""


def face_processor(system: StreamingSystem[Any], *, seed: int = 0) -> Any:
    """A `FrameProcessor` of pipecat that stands after the output transport.

    There the bot's voice passes as it is played, and the user's as it comes. Frames go back to the transport as urgent
    messages (`messages.frame_messages` in RTVI's `server-message`). On an `InterruptionFrame` the face falls silent and
    forgets what was to be said; a client that connects is told who moves. All frames are passed on as they are.
    Raises `VisavisError` where the extra `agents` is missing.
    """
    try:
        from pipecat.frames.frames import (
            CancelFrame,
            ClientConnectedFrame,
            EndFrame,
            Frame,
            InputAudioRawFrame,
            InterruptionFrame,
            OutputAudioRawFrame,
            OutputTransportMessageUrgentFrame,
            StartFrame,
        )
        from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
    except ImportError:
        raise missing_extra("pipecat-ai", "agents", "a face in a Pipecat pipeline") from None

    class FaceProcessor(FrameProcessor):
        """The face: `face` is the `AgentFace`, from the beginning of the pipeline to its end."""

        def __init__(self) -> None:
            super().__init__(name="visavis face")
            self.face: AgentFace | None = None
            self._drawing: asyncio.Task[None] | None = None
            self._ill = False

        async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
            """Takes both voices out of what passes."""
            await super().process_frame(frame, direction)
            if isinstance(frame, StartFrame):
                self.face = AgentFace(system, seed=seed)
                self._drawing = self.create_task(self._draw(self.face))
            elif isinstance(frame, (EndFrame, CancelFrame)):
                await self._stop()
            elif self.face is not None:
                await self._take(frame, direction, self.face)
            await self.push_frame(frame, direction)
            if isinstance(frame, (StartFrame, ClientConnectedFrame)):
                await self._tell(hello(system.space))

        async def cleanup(self) -> None:
            """No more frames are drawn."""
            await self._stop()
            await super().cleanup()

        async def _take(self, frame: Frame, direction: FrameDirection, face: AgentFace) -> None:
            try:
                if isinstance(frame, InterruptionFrame):
                    await self._tell(take_back(face.interrupt()))
                elif direction is FrameDirection.DOWNSTREAM and isinstance(frame, InputAudioRawFrame):
                    face.hear(mono(frame.audio, frame.num_channels), frame.sample_rate)
                elif direction is FrameDirection.DOWNSTREAM and isinstance(frame, OutputAudioRawFrame):
                    face.say(mono(frame.audio, frame.num_channels), frame.sample_rate)
                self._ill = False
            except VisavisError as error:
                if not self._ill:  # once, of what may come 50 times a second
                    await self.push_error(error_msg=f"visavis: {error}")
                self._ill = True

        async def _draw(self, face: AgentFace) -> None:
            while True:
                for message in frame_messages(await asyncio.to_thread(face.pull)):
                    await self._tell(message)
                await asyncio.sleep(PACE_S)

        async def _tell(self, message: dict[str, Any]) -> None:
            told = {"label": "rtvi-ai", "type": "server-message", "data": message}
            await self.push_frame(OutputTransportMessageUrgentFrame(message=told), FrameDirection.UPSTREAM)

        async def _stop(self) -> None:
            drawing, self._drawing = self._drawing, None
            if drawing is not None:
                await self.cancel_task(drawing)
            face, self.face = self.face, None
            if face is not None:
                face.close()

    return FaceProcessor()
