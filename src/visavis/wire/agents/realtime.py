"""A voice agent behind one WebSocket that speaks OpenAI's realtime protocol: the user's voice up, the agent's down.

VISAVIS_REALTIME_URL, VISAVIS_REALTIME_MODEL, VISAVIS_REALTIME_KEY name it, VISAVIS_REALTIME_VOICE its voice.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections import deque
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

import numpy as np
import soxr

from visavis.core.clock import SAMPLE_RATE
from visavis.core.errors import VisavisError
from visavis.wire.agents import realtime_messages as messages
from visavis.wire.agents.agent import Done, Heard, Mailbox, Sound, Speech, Told, Trouble, VoiceAgent, Words
from visavis.wire.agents.history import History
from visavis.wire.agents.phrases import Phrasing, spoken
from visavis.wire.agents.realtime_messages import Dialect, Message, Wishes
from visavis.wire.endpoint import Endpoint, Service
from visavis.wire.websocket import WebSocket, open_socket

REALTIME = Service("VISAVIS_REALTIME", "/realtime", "ws://127.0.0.1:8000/v1", ("ws", "wss"))
MOST_WAITING = 500
"""Messages that wait to be sent; older ones are left out."""
WAITS_S = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Before it connects anew, the first time, the second, ...; then as the last."""
_LARGEST = 4_000_000
_MOST_SAID_S = 600


@dataclass
class _Answer:
    """An answer that comes, or the last that came: its number, what cuts its words, and what cutting it short needs.

    made_s: of its sound so far. phrase_s: from where on the phrase is said that is not whole yet.
    """

    response: str
    number: int
    phrasing: Phrasing
    item: str | None = None
    made_s: float = 0.0
    phrase_s: float = 0.0
    over: bool = False


class RealtimeAgent(VoiceAgent):
    """Answers by an endpoint that hears the user all the time. A connection that is lost is made anew, with what was
    said so far. waits_s: before each new try."""

    def __init__(self, endpoint: Endpoint, wishes: Wishes, waits_s: tuple[float, ...] = WAITS_S) -> None:
        self._endpoint, self._wishes, self._waits_s = endpoint, wishes, waits_s
        self._mail, self._history = Mailbox(), History("")
        self._lock = threading.Lock()
        self._waiting: deque[Message] = deque(maxlen=MOST_WAITING)
        self._answer: _Answer | None = None
        self._asked = self._ready = self._closed = False
        self._resampler = _resampler()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._something = asyncio.Event()
        self._worker = threading.Thread(target=lambda: asyncio.run(self._run()), name="voice agent", daemon=True)
        self._worker.start()

    @property
    def busy(self) -> bool:
        """Whether an answer is awaited or comes."""
        answer = self._answer
        return self._ready and (self._asked or (answer is not None and not answer.over))

    @property
    def history(self) -> History:
        """What was said so far."""
        return self._history

    def on_user_audio(self, sound: np.ndarray, speaking: bool) -> None:  # noqa: ARG002
        """The next of the user's voice; the endpoint hears itself when the user has finished."""
        if self._ready:
            samples = self._resampler.resample_chunk(np.asarray(sound, np.float32))
            if len(samples):
                self._post(messages.hear(samples))

    def say(self, text: str) -> None:
        """Asks the endpoint to say a line. Raises `VisavisError` where it is not connected, and for no words."""
        plain = spoken(text)
        if not plain:
            raise VisavisError("a line without words; write what the agent says")
        if not self._ready:
            raise VisavisError(f"{self._endpoint.shown} is not connected; try again in a moment")
        self._post(messages.say(plain))

    def interrupt(self, answer: int, heard_s: float) -> None:
        """Stops the answer, and tells the endpoint how much of it was heard."""
        with self._lock:
            one = self._answer
            if one is not None:
                self._words(one, one.phrasing.rest())
            self._mail.withdraw()
            self._history.cut(answer, heard_s)
            self._asked = False
            if one is None:
                return
            if not one.over:
                one.over = True
                self._post(messages.stop())
            if one.item is not None and answer <= one.number:
                heard_s = heard_s if answer == one.number else 0.0
                self._post(messages.cut(one.item, min(heard_s, one.made_s)))
            self._answer = None

    def take(self) -> list[Told]:
        """What has happened since."""
        return self._mail.take()

    def close(self) -> None:
        """Ends its connection and its thread."""
        self._closed = True
        self._wake()

    def _post(self, message: Message) -> None:
        self._waiting.append(message)
        self._wake()

    def _wake(self) -> None:
        loop = self._loop
        if loop is not None and not loop.is_closed():
            try:
                loop.call_soon_threadsafe(self._something.set)
            except RuntimeError:  # closed meanwhile
                return

    # The thread of its own

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        tries, told = 0, False
        while not self._closed:
            try:
                await self._talk()
            except VisavisError as error:
                connected, self._ready = self._ready, False
                if connected:
                    tries, told = 0, False
                if not told and not self._closed:
                    why = self._endpoint.cleaned(str(error))
                    self._mail.put(Trouble(f"{self._endpoint.shown}: {why}; it is tried again"))
                    told = True
            except Exception as error:
                self._ready = False
                self._mail.put(Trouble(f"the voice agent failed: {type(error).__name__}; it is tried again"))
            finally:
                self._end_answer()
            await self._pause(self._waits_s[min(tries, len(self._waits_s) - 1)])
            tries += 1

    async def _pause(self, seconds: float) -> None:
        until = asyncio.get_running_loop().time() + seconds
        while not self._closed and (left := until - asyncio.get_running_loop().time()) > 0:
            self._something.clear()
            try:
                await asyncio.wait_for(self._something.wait(), left)
            except asyncio.TimeoutError:  # in Python 3.10 another than TimeoutError
                return

    async def _talk(self) -> None:
        """One connection, from its beginning to its end. Raises `VisavisError` where it ends."""
        socket = await open_socket(
            _address(self._endpoint),
            _LARGEST,
            "a realtime voice agent",
            self._endpoint.headers,
            timeout_s=self._endpoint.timeout_s,
        )
        sending: asyncio.Task[None] | None = None
        try:
            begun = await asyncio.wait_for(self._begun(socket), self._endpoint.timeout_s)
            await self._send(socket, messages.begin(begun, self._wishes))
            for message in self._history.messages():
                await self._send(socket, messages.remember(begun, message))
            self._waiting.clear()
            self._resampler = _resampler()
            self._ready = True
            sending = asyncio.create_task(self._sending(socket))
            receiving = asyncio.create_task(self._receiving(socket))
            done, _ = await asyncio.wait({sending, receiving}, return_when=asyncio.FIRST_COMPLETED)
            receiving.cancel()
            for task in done:
                task.result()
        except asyncio.TimeoutError:
            raise VisavisError(f"it did not begin within {self._endpoint.timeout_s:g} s") from None
        finally:
            if sending is not None:
                sending.cancel()
            await socket.close()

    async def _begun(self, socket: WebSocket) -> Dialect:
        while True:
            told = messages.read(await socket.receive())
            if isinstance(told, messages.SessionBegun):
                return told.dialect
            if isinstance(told, messages.Failed):
                raise VisavisError(told.text)

    async def _sending(self, socket: WebSocket) -> None:
        while not self._closed:
            self._something.clear()
            while self._waiting:
                await self._send(socket, self._waiting.popleft())
            if not self._closed:
                await self._something.wait()

    async def _send(self, socket: WebSocket, message: Message) -> None:
        await asyncio.wait_for(socket.send(json.dumps(message)), self._endpoint.timeout_s)

    async def _receiving(self, socket: WebSocket) -> None:
        while True:
            told = messages.read(await socket.receive())
            if told is not None:
                with self._lock:
                    self._take_in(told)

    def _take_in(self, told: messages.Read) -> None:
        if isinstance(told, messages.UserEnded):
            self._asked = True
        elif isinstance(told, messages.UserSaid):
            text = spoken(told.text)
            if text:
                self._history.user(text, before=None if self._answer is None else self._answer.number)
                self._mail.put(Heard(text))
        elif isinstance(told, messages.Answering):
            self._end_answer()
            self._asked = False
            self._answer = _Answer(told.response, self._mail.begin(), Phrasing())
        elif isinstance(told, messages.Failed):
            self._asked = False
            self._mail.put(Trouble(f"{self._endpoint.shown}: {self._endpoint.cleaned(told.text)}"))
        elif isinstance(told, (messages.AnswerWords, messages.AnswerSound, messages.Answered)):
            answer = self._answer
            if answer is not None and answer.response == told.response and not answer.over:
                self._go_on(answer, told)

    def _go_on(self, answer: _Answer, told: messages.AnswerWords | messages.AnswerSound | messages.Answered) -> None:
        if isinstance(told, messages.AnswerWords):
            self._words(answer, answer.phrasing.add(told.text))
        elif isinstance(told, messages.AnswerSound):
            answer.item = told.item
            answer.made_s += len(told.samples) / messages.RATE
            self._history.lengthen(answer.number, len(told.samples) / messages.RATE)
            kept = self._mail.put(Speech(answer.number, Sound(told.samples, messages.RATE)))
            if not kept or answer.made_s > _MOST_SAID_S:
                answer.over = True
                self._post(messages.stop())
                self._mail.put(Trouble(f"{self._endpoint.shown} says more than can be said; it was stopped"))
                self._mail.put(Done(answer.number))
        else:
            self._end_answer()
            if told.trouble is not None:
                self._mail.put(Trouble(f"{self._endpoint.shown}: {self._endpoint.cleaned(told.trouble)}"))

    def _words(self, answer: _Answer, phrases: list[str]) -> None:
        for phrase in phrases:
            self._history.answer(answer.number, phrase, answer.phrase_s)
            self._mail.put(Words(answer.number, phrase, answer.phrase_s))
            answer.phrase_s = answer.made_s

    def _end_answer(self) -> None:
        """Nothing more comes of the answer, if there is one."""
        answer = self._answer
        if answer is not None and not answer.over:
            self._words(answer, answer.phrasing.rest())
            answer.over = True
            self._mail.put(Done(answer.number))


def _resampler() -> soxr.ResampleStream:
    return soxr.ResampleStream(SAMPLE_RATE, messages.RATE, 1, dtype="float32")


def _address(endpoint: Endpoint) -> str:
    """With the model's name, as the protocol has it."""
    parts = urlsplit(endpoint.address)
    asked = dict(parse_qsl(parts.query))
    return parts._replace(query=urlencode({"model": endpoint.model, **asked})).geturl()
