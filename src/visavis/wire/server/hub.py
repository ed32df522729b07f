"""All conversations of a server: who is let in, and the rounds in which their sessions are drawn together.

One thread makes the rounds (`run`); whoever serves connections only admits, resumes and leaves messages.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from typing import Any

import numpy as np

from visavis.core.clock import samples_in
from visavis.core.contract import StreamingSystem
from visavis.core.threads import threads_for
from visavis.streaming.frames import Frames
from visavis.streaming.pool import Pool
from visavis.streaming.session import Session
from visavis.wire.server import records
from visavis.wire.server.controls import Controls
from visavis.wire.server.conversation import Choices, Conversation, Stage
from visavis.wire.server.hearing import Detector, listen
from visavis.wire.server.metrics import Metrics
from visavis.wire.server.protocol import Close, ProtocolError, Reason
from visavis.wire.server.settings import ServerSettings

System = StreamingSystem[Any]
PATIENCE_S = 0.06
"""How long a step waits for the user's voice on its way through a network."""
_PACE_S = 0.005
_LONGEST_ROUND_S = 30.0
_VOICE_S = 20.0
"""How long a voice may take to say its first word before the server listens without it."""
_log = logging.getLogger("visavis.serve")


class Refused(Exception):
    """Nobody more is let in, and why."""

    def __init__(self, close: Close, text: str) -> None:
        super().__init__(text)
        self.close, self.text = close, text


class Hub:
    """load: a system by the name of a model. detector: hears whether users speak."""

    def __init__(
        self,
        settings: ServerSettings,
        system: System,
        load: Callable[[str], System],
        controls: Controls,
        detector: Detector[Any],
        metrics: Metrics,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings, self.controls, self.metrics, self.clock = settings, controls, metrics, clock
        self._load, self._detector = load, detector
        self._lock = threading.Lock()
        self._conversations: dict[str, Conversation] = {}
        self._systems: dict[str, System] = {settings.model: system}
        self._pools: dict[str, Pool] = {}
        self._loading: dict[str, Future[System]] = {}
        self._loader = ThreadPoolExecutor(1, thread_name_prefix="model")
        self._seed = settings.seed
        self._draining = False
        self._stopped = threading.Event()
        self.ready = threading.Event()
        """Set when the first slow steps of the process are over."""
        self.rounds = 0
        self.last_round_s = clock()

    def __len__(self) -> int:
        """Conversations that go on, also those whose client is away for a moment."""
        return len(self._conversations)

    @property
    def healthy(self) -> bool:
        """Whether rounds are made and new conversations taken."""
        return not self._draining and self.clock() - self.last_round_s < _LONGEST_ROUND_S

    def resume(self, token: str) -> Conversation | None:
        """The conversation of a token, None where there is none that goes on."""
        with self._lock:
            found = self._conversations.get(token)
        return None if found is None or found.outbox.ending is not None else found

    def admit(self, hello: records.Hello) -> Conversation:
        """A new conversation. Raises `Refused` where there are as many as can be, or the server shuts down, and
        `ProtocolError` for a model or voice that is none."""
        voice = hello.voice or self.settings.voice or next(iter(self.controls.voices.names), "")
        if hello.voice and hello.voice not in self.controls.voices.names:
            raise ProtocolError(Reason.UNKNOWN, f"there is no voice {hello.voice[:60]!r}")
        if hello.model and hello.model not in self.controls.models:
            raise ProtocolError(Reason.UNKNOWN, f"there is no model {hello.model[:60]!r}")
        with self._lock:
            if self._draining:
                raise Refused(Close.GOING_AWAY, "the server is shutting down")
            if len(self._conversations) >= self.settings.most:
                told = f"busy: {self.settings.most} conversations are all that this server has; try again later"
                raise Refused(Close.BUSY, told)
            conversation = Conversation(
                session_token(self.settings.name),
                self._stage(self.settings.model),
                Choices(voice, hello.avatar or ""),
                self._detector,
                self.settings,
                self.metrics,
                self.clock,
            )
            if hello.model and hello.model != self.settings.model:
                conversation.wanted = hello.model
            self._conversations[conversation.token] = conversation
            self.metrics.begun.inc()
            self.metrics.conversations.set(len(self._conversations))
        return conversation

    def round(self) -> None:
        """Takes what came, draws what is due of all conversations, and ends what is over."""
        began = self.clock()
        with self._lock:
            conversations = list(self._conversations.values())
        with threads_for(0):
            for one in conversations:
                self._guarded(one, self._take)
            listen([one.user.ear for one in conversations])
            for one in conversations:
                self._guarded(one, self._advance)
        for model, pool in list(self._pools.items()):
            mine = [one for one in conversations if one.stage.model == model]
            self._draw(model, pool, mine)
        for one in conversations:
            if one.outbox.ending is not None:
                self._forget(one)
        self.rounds += 1
        self.last_round_s = self.clock()
        if conversations:
            self.metrics.step.observe(self.last_round_s - began)

    def run(self) -> None:
        """Rounds until `stop`; what fails is told in the log, and the next round is made."""
        voices = self.controls.voices
        speaks = voices.warm(self.settings.voice or voices.names[0]) if voices.names else None
        try:
            warm(self._systems[self.settings.model])
            if speaks is not None:
                wait([speaks], timeout=_VOICE_S)
        finally:
            self.ready.set()
        while not self._stopped.wait(_PACE_S):
            try:
                self.round()
            except Exception:
                _log.exception("a round failed")

    def close_door(self) -> None:
        """Nobody is let in any more; those that are here go on, also after their connection was lost."""
        with self._lock:
            self._draining = True

    def drain(self) -> None:
        """Nobody is let in any more, and all that are here are told to go."""
        self.close_door()
        with self._lock:
            conversations = list(self._conversations.values())
        for one in conversations:
            one.end(Close.GOING_AWAY, "the server is shutting down; come back to the same address")

    def stop(self) -> None:
        """`run` returns, and nothing more is loaded or spoken."""
        self.drain()
        self._stopped.set()
        self._loader.shutdown(wait=False, cancel_futures=True)
        self.controls.voices.close()

    def _take(self, one: Conversation) -> None:
        if one.outbox.ending is not None:
            return
        one.catch_up()
        one.take(self.controls.obey)
        if one.wanted is not None:
            self._change_model(one, one.wanted)

    def _advance(self, one: Conversation) -> None:
        if one.outbox.ending is None:
            one.advance()

    def _change_model(self, one: Conversation, model: str) -> None:
        """To the model that is wanted, as soon as it is loaded."""
        if model not in self._systems:
            loading = self._loading.get(model)
            if loading is None:
                self._loading[model] = self._loader.submit(self._load, model)
                return
            if not loading.done():
                return
            del self._loading[model]
            error = loading.exception()
            if error is not None:
                one.wanted = None
                one.complain(ProtocolError(Reason.NOT_POSSIBLE, f"{model} cannot be loaded: {error}"))
                return
            self._systems[model] = loading.result()
        one.wanted = None
        usual, other = self._systems[self.settings.model], self._systems[model]
        if other.space is not usual.space:
            told = f"{model} moves {other.space.name}, this conversation is in {usual.space.name}"
            one.complain(ProtocolError(Reason.NOT_POSSIBLE, told))
            return
        one.move(self._stage(model), goes_on=True)
        one.tell(self.controls.settings(one))

    def _stage(self, model: str) -> Stage:
        system = self._systems[model]
        return Stage(model, system, partial(self._join, model, system))

    def _join(self, model: str, system: System) -> Session:
        pool = self._pools.setdefault(model, Pool(system, clock=self.clock))
        self._seed += 1
        return pool.join(seed=self._seed, patience_s=PATIENCE_S, buffer_s=PATIENCE_S, agent_lead_s=self.settings.lead_s)

    def _draw(self, model: str, pool: Pool, mine: list[Conversation]) -> None:
        try:
            frames = pool.pull()
        except Exception:
            _log.exception("drawing failed")
            del self._pools[model]
            for one in mine:
                self._fail(one)
            return
        for one in mine:
            # Who joined while it was drawn is missing in what the pool gave.
            given = frames[one.session] if one.session in frames else one.session.collect()
            self._guarded(one, partial(_show, frames=given))

    def _guarded(self, one: Conversation, act: Callable[[Conversation], None]) -> None:
        """What fails in one conversation ends that alone."""
        try:
            act(one)
        except Exception:
            _log.exception("a conversation failed")
            self._fail(one)

    def _fail(self, one: Conversation) -> None:
        self.metrics.failures.inc()
        one.end(Close.SERVER_ERROR, "the conversation failed on the server")

    def _forget(self, one: Conversation) -> None:
        with self._lock:
            self._conversations.pop(one.token, None)
            self.metrics.conversations.set(len(self._conversations))
        one.speaker.drop()
        one.leave()


def _show(one: Conversation, frames: Frames) -> None:
    one.show(frames)


def session_token(server: str) -> str:
    """A new token of a conversation of a server: its name where it has one, a dot, a secret."""
    secret = secrets.token_urlsafe(24)
    return f"{server}.{secret}" if server else secret


def server_of(token: str) -> str:
    """The name of the server whose conversation has a token; empty where that has none."""
    return token.rpartition(".")[0]


def warm(system: System) -> None:
    """Draws some silence that nobody sees: the first steps of a process are slow."""
    session, frames = Session(system), system.interface.hop + 1
    for _ in range(3):
        session.push(np.zeros(samples_in(frames), np.float32), np.zeros(samples_in(frames), np.float32))
        session.pull()
