"""A face in a room of LiveKit: the one door to livekit. `docs/agents.md` shows it in an agent.

await session.start(agent=agent, room=ctx.room)
face = livekit_face(system)
await face.start(session, ctx.room)
"""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

from visavis.core.contract import StreamingSystem
from visavis.core.errors import VisavisError, missing_extra
from visavis.wire.frameworks.face import AgentFace, mono
from visavis.wire.frameworks.messages import FRAME, TOPIC, frame_messages, hello, take_back

PACE_S = 0.02
"""How often frames are looked for."""
_log = logging.getLogger("visavis.livekit")


class LiveKitFace:
    """A face beside an `AgentSession`, for its room. It listens where the session's sound goes in and out, and sends
    data messages of the topic `visavis` (`messages.frame_messages` as JSON), lossy but for who moves and what is taken
    back. It publishes no track: the session is no other with it than without."""

    def __init__(self, system: StreamingSystem[Any], *, seed: int = 0) -> None:
        self.system, self.face = system, AgentFace(system, seed=seed)
        self._room: Any = None
        self._task: asyncio.Task[None] | None = None
        self._sending: set[asyncio.Task[None]] = set()
        self._ill = False

    async def start(self, session: Any, room: Any) -> None:
        """Taps a session that has started, or whose sound was set, and draws until `aclose`.

        Raises `VisavisError` for a session without sound, and where the extra `agents` is missing.
        """
        heard, said = session.input.audio, session.output.audio
        if heard is None or said is None:
            raise VisavisError("the session has no sound yet; start the face after `session.start`")
        session.input.audio = audio_input(heard, self)
        session.output.audio = audio_output(said, self)
        self._room = room
        room.on("participant_connected", self._greet)
        await self._send(hello(self.system.space))
        self._task = asyncio.create_task(self._draw())

    async def aclose(self) -> None:
        """No more frames are drawn; the taps stay, and pass everything on."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        if self._room is not None:
            self._room.off("participant_connected", self._greet)
        for task in list(self._sending):
            task.cancel()
        self.face.close()

    def heard(self, frame: Any) -> None:
        """A frame of the user's voice passes."""
        self._taken(lambda: self.face.hear(mono(frame.data.tobytes(), frame.num_channels), frame.sample_rate))

    def said(self, frame: Any) -> None:
        """A frame of the agent's voice passes."""
        self._taken(lambda: self.face.say(mono(frame.data.tobytes(), frame.num_channels), frame.sample_rate))

    def silenced(self) -> None:
        """What the agent was to say is dropped."""
        self._taken(lambda: self._later(take_back(self.face.interrupt())))

    def paused(self) -> None:
        """The agent stops for a moment."""
        self._taken(lambda: self._later(take_back(self.face.pause())))

    def resumed(self) -> None:
        """It goes on."""
        self._taken(self.face.resume)

    def _taken(self, act: Any) -> None:
        """What fails here must not stop the agent; it is told once."""
        try:
            act()
            self._ill = False
        except VisavisError as error:
            if not self._ill and self._task is not None:
                _log.warning("the face does without: %s", error)
            self._ill = True

    async def _draw(self) -> None:
        while True:
            for message in frame_messages(await asyncio.to_thread(self.face.pull)):
                await self._send(message)
            await asyncio.sleep(PACE_S)

    def _greet(self, _: Any) -> None:
        self._later(hello(self.system.space))

    def _later(self, message: dict[str, Any]) -> None:
        if self._room is not None:
            task = asyncio.get_running_loop().create_task(self._send(message))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def _send(self, message: dict[str, Any]) -> None:
        data = json.dumps(message, separators=(",", ":"))
        try:
            await self._room.local_participant.publish_data(data, reliable=message["type"] != FRAME, topic=TOPIC)
        except Exception as error:  # a room that is gone, or not there yet
            _log.debug("a message was not sent: %s", error)


def livekit_face(system: StreamingSystem[Any], *, seed: int = 0) -> LiveKitFace:
    """A face for one session. Raises `VisavisError` where the extra `agents` is missing."""
    _io()
    return LiveKitFace(system, seed=seed)


def audio_input(source: Any, face: LiveKitFace) -> Any:
    """An `AudioInput` of LiveKit that gives what `source` gives, and tells the face."""
    base: Any = _io().AudioInput

    class Heard(base):
        """Passes the user's voice on."""

        async def __anext__(self) -> Any:
            frame = await super().__anext__()
            face.heard(frame)
            return frame

    return Heard(label="visavis", source=source)


def audio_output(following: Any, face: LiveKitFace) -> Any:
    """An `AudioOutput` of LiveKit that does what `following` does, and tells the face."""
    io = _io()
    base: Any = io.AudioOutput

    class Said(base):
        """Passes the agent's voice on."""

        async def capture_frame(self, frame: Any) -> None:
            await super().capture_frame(frame)
            await self.next_in_chain.capture_frame(frame)
            face.said(frame)

        def flush(self) -> None:
            super().flush()
            self.next_in_chain.flush()

        def clear_buffer(self) -> None:
            self.next_in_chain.clear_buffer()
            face.silenced()

        def pause(self) -> None:
            super().pause()
            face.paused()

        def resume(self) -> None:
            super().resume()
            face.resumed()

    return Said(
        label="visavis",
        capabilities=io.AudioOutputCapabilities(pause=True),
        next_in_chain=following,
        sample_rate=following.sample_rate,
    )


def _io() -> Any:
    """What LiveKit's sessions hear and speak by."""
    try:
        from livekit.agents.voice import io
    except ImportError:
        raise missing_extra("livekit-agents", "agents", "a face in a room of LiveKit") from None
    return io
