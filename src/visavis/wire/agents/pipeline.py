"""A voice agent of three parts: the user's voice until they pause -> text -> a chat model's answer -> its voice.

Phrases are said as they are written, so that the first is heard soon.
"""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from visavis.core.errors import VisavisError
from visavis.wire.agents.agent import Done, Heard, Mailbox, Sound, Speech, Told, Trouble, Voice, VoiceAgent, Words
from visavis.wire.agents.chat_stream import answer_text, chat_posting
from visavis.wire.agents.history import History
from visavis.wire.agents.phrases import Phrasing, spoken
from visavis.wire.agents.transcription import transcribed, transcription
from visavis.wire.agents.turns import Turns, TurnTaking
from visavis.wire.endpoint import Endpoint
from visavis.wire.posting import Cancelled

MOST_WAITING = 8
"""Turns of the user, and lines to be said, that wait for the one before."""


@dataclass(frozen=True)
class Services:
    """Who understands, who answers, and what the answerer is told to be."""

    transcribe: Endpoint
    chat: Endpoint
    prompt: str


class _Ongoing(Protocol):
    def cancel(self) -> None: ...


@dataclass(eq=False)
class _Job:
    """Something to be answered (the user's voice) or said (a line), and how much sound was made of it. Cancelled, it
    says nothing more."""

    said: np.ndarray | str
    number: int
    made_s: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _ongoing: _Ongoing | None = None
    cancelled: bool = False

    def hold(self, ongoing: _Ongoing) -> None:
        """What it waits for now. Raises `Cancelled` where it is not wanted any more."""
        with self._lock:
            self._ongoing = ongoing
            if self.cancelled:
                raise Cancelled("it is not wanted any more")

    def cancel(self) -> None:
        with self._lock:
            self.cancelled = True
            if self._ongoing is not None:
                self._ongoing.cancel()


class PipelineAgent(VoiceAgent):
    """Answers by endpoints, with a voice. What the user says is understood and remembered even where they break in."""

    def __init__(self, services: Services, voice: Voice, taking: TurnTaking | None = None) -> None:
        self._services, self._voice = services, voice
        self._turns, self._history, self._mail = Turns(taking), History(services.prompt), Mailbox()
        self._jobs: queue.Queue[_Job | None] = queue.Queue()
        self._lock = threading.Lock()
        self._open: list[_Job] = []
        self._hearing: _Ongoing | None = None
        self._closed = False
        self._worker = threading.Thread(target=self._work, name="voice agent", daemon=True)
        self._worker.start()

    @property
    def busy(self) -> bool:
        """Whether something is being answered or said."""
        return any(not job.cancelled for job in list(self._open))

    @property
    def history(self) -> History:
        """What was said so far."""
        return self._history

    def on_user_audio(self, sound: np.ndarray, speaking: bool) -> None:
        """The next of the user's voice; once they pause, they are answered."""
        whole = self._turns.hear(sound, speaking)
        if whole is None:
            return
        try:
            self._add(whole)
        except VisavisError as error:
            self._mail.put(Trouble(str(error)))

    def say(self, text: str) -> None:
        """Says a line. Raises `VisavisError` where too much waits, and for a text without words."""
        plain = spoken(text)
        if not plain:
            raise VisavisError("a line without words; write what the agent says")
        self._add(plain)

    def interrupt(self, answer: int, heard_s: float) -> None:
        """Its answers are not wanted any more; what waits of the user's voice is understood all the same."""
        with self._lock:
            for job in self._open:
                job.cancel()
            self._mail.withdraw()
            self._history.cut(answer, heard_s)

    def take(self) -> list[Told]:
        """What has happened since."""
        return self._mail.take()

    def close(self) -> None:
        """Ends its thread, soon."""
        with self._lock:
            self._closed = True
            for job in self._open:
                job.cancel()
            if self._hearing is not None:
                self._hearing.cancel()
        self._jobs.put(None)

    def _add(self, said: np.ndarray | str) -> None:
        with self._lock:
            if len(self._open) >= MOST_WAITING:
                raise VisavisError(f"{MOST_WAITING} turns wait for the voice agent's answer; wait for some")
            job = _Job(said, self._mail.begin())
            self._open.append(job)
        self._jobs.put(job)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None and not self._closed:
            try:
                self._do(job)
            except Cancelled:
                pass
            except VisavisError as error:
                self._mail.put(Trouble(str(error)))
            except Exception as error:
                self._mail.put(Trouble(f"the voice agent failed: {type(error).__name__}"))
            finally:
                with self._lock:
                    self._open.remove(job)
                self._mail.put(Done(job.number))

    def _do(self, job: _Job) -> None:
        if isinstance(job.said, str):
            return self._say(job, job.said)
        text = self._understood(job.said)
        if not text:
            return None
        self._history.user(text)
        self._mail.put(Heard(text))
        posting = chat_posting(self._services.chat, self._history.messages())
        job.hold(posting)
        phrasing = Phrasing()
        for piece in answer_text(self._services.chat, posting):
            for phrase in phrasing.add(piece):
                self._say(job, phrase)
                job.hold(posting)
        for phrase in phrasing.rest():
            self._say(job, phrase)
        return None

    def _understood(self, sound: np.ndarray) -> str:
        posting = transcription(self._services.transcribe, sound)
        with self._lock:
            self._hearing = posting
            if self._closed:
                raise Cancelled("the conversation is over")
        return spoken(transcribed(self._services.transcribe, posting))

    def _say(self, job: _Job, text: str) -> None:
        """A phrase, with its sound as it comes. Raises `Cancelled`."""
        stream = self._voice.say(text)
        job.hold(stream)
        begun = False
        for sound in stream.pieces():
            with self._lock:
                if job.cancelled:
                    raise Cancelled("it is not wanted any more")
                if not begun:
                    self._history.answer(job.number, text, job.made_s)
                    self._mail.put(Words(job.number, text, job.made_s))
                    begun = True
                self._tell(job, sound)

    def _tell(self, job: _Job, sound: Sound) -> None:
        seconds = len(sound.samples) / sound.rate
        job.made_s += seconds
        self._history.lengthen(job.number, seconds)
        if not self._mail.put(Speech(job.number, sound)):
            raise VisavisError("nobody takes what the voice agent says")
