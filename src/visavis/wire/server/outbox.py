"""What waits to be sent to one client: bounded, so that a slow one gets the latest frames and never grows memory."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from visavis.core.clock import SAMPLE_RATE, samples_in
from visavis.wire.server.protocol import AUDIO, FRAMES, Close, Kind

MOST: dict[Kind, int] = {
    Kind.FRAMES: 2 * SAMPLE_RATE,
    Kind.AGENT_SPEECH: 4 * SAMPLE_RATE,
    Kind.EVENT: 256,
    Kind.TAKE_BACK: 64,
}
"""How much of a kind may wait: samples of its time, or messages; beyond it the oldest is dropped."""


@dataclass(frozen=True)
class Outgoing:
    """A message without its sequence, which the connection gives it."""

    kind: Kind
    stamp: int
    body: bytes = b""

    @property
    def size(self) -> int:
        """How much it counts in `MOST`."""
        if self.kind is Kind.FRAMES:
            return samples_in(int(FRAMES.unpack_from(self.body)[0]))
        if self.kind is Kind.AGENT_SPEECH:
            rate, samples = AUDIO.unpack_from(self.body)[0], (len(self.body) - AUDIO.size) // 2
            return samples * SAMPLE_RATE // int(rate)
        return 1


@dataclass(frozen=True)
class Ending:
    """Why a connection ends, and in words."""

    close: Close
    text: str


class Outbox:
    """Filled by the thread that steps, emptied by whoever is connected; threads may share it.

    dropped: messages that were not sent because too many waited.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[Kind, deque[tuple[int, Outgoing]]] = {kind: deque() for kind in MOST}
        self._sizes = dict.fromkeys(MOST, 0)
        self._count = 0
        self._ending: Ending | None = None
        self._wake: Callable[[], None] | None = None
        self.dropped = 0

    def attach(self, wake: Callable[[], None] | None) -> None:
        """Whom to wake when there is something to send, None: nobody is connected."""
        with self._lock:
            self._wake = wake

    def put(self, one: Outgoing) -> None:
        """To be sent; the oldest of its kind is dropped where too many wait."""
        with self._lock:
            waiting = self._waiting[one.kind]
            waiting.append((self._count, one))
            self._count += 1
            self._sizes[one.kind] += one.size
            while self._sizes[one.kind] > MOST[one.kind] and len(waiting) > 1:
                self._sizes[one.kind] -= waiting.popleft()[1].size
                self.dropped += 1
            self._awake()

    def take_back(self, stamp: int) -> None:
        """The client is to forget what is stamped `stamp` or later; what of it still waits is never sent."""
        with self._lock:
            for kind in (Kind.FRAMES, Kind.AGENT_SPEECH):
                kept = deque(entry for entry in self._waiting[kind] if entry[1].stamp < stamp)
                self._waiting[kind], self._sizes[kind] = kept, sum(one.size for _, one in kept)
        self.put(Outgoing(Kind.TAKE_BACK, stamp))

    def end(self, ending: Ending) -> None:
        """Nothing more comes; the connection ends after what waits. The first ending stays."""
        with self._lock:
            self._ending = self._ending or ending
            self._awake()

    @property
    def ending(self) -> Ending | None:
        """How the conversation has ended, None: it goes on."""
        return self._ending

    def take(self) -> list[Outgoing]:
        """All that waits, in the order in which it came."""
        with self._lock:
            entries = sorted((entry for waiting in self._waiting.values() for entry in waiting), key=lambda e: e[0])
            for waiting in self._waiting.values():
                waiting.clear()
            self._sizes = dict.fromkeys(MOST, 0)
            return [one for _, one in entries]

    def __len__(self) -> int:
        """How many messages wait."""
        return sum(map(len, self._waiting.values()))

    def _awake(self) -> None:
        if self._wake is not None:
            self._wake()
