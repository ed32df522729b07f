"""How much a client may send: messages and bytes a second, with bursts, and errors in a row."""

from __future__ import annotations

from visavis.wire.server.protocol import Close, ProtocolError, Reason
from visavis.wire.server.settings import ServerSettings

BURST_S = 5.0
"""Of so many seconds what is allowed may come at once."""
MOST_ERRORS = 20


class Allowance:
    """A bucket that fills at `per_s` a second, up to `BURST_S` of it."""

    def __init__(self, per_s: float, now_s: float) -> None:
        self._per_s, self._left, self._at = per_s, per_s * BURST_S, now_s

    def spend(self, amount: float, now_s: float) -> bool:
        """Whether so much is there; then it is spent. A clock that goes back fills nothing."""
        gained = max(0.0, now_s - self._at) * self._per_s
        self._left, self._at = min(self._left + gained, self._per_s * BURST_S), now_s
        if self._left < amount:
            return False
        self._left -= amount
        return True


class Gate:
    """What one connection has sent: in order, not too much, and few errors in a row."""

    def __init__(self, settings: ServerSettings, now_s: float) -> None:
        self._messages = Allowance(settings.messages_per_s, now_s)
        self._bytes = Allowance(settings.bytes_per_s, now_s)
        self._sequence: int | None = None
        self._errors = 0
        self.lost = 0

    def weigh(self, size: int, now_s: float) -> None:
        """Raises `ProtocolError` that ends the connection where more comes than a conversation has."""
        messages, size_fits = self._messages.spend(1, now_s), self._bytes.spend(size, now_s)
        if not (messages and size_fits):
            what = "bytes" if messages else "messages"
            raise ProtocolError(Reason.TOO_MUCH, f"more {what} a second than a conversation has", Close.TOO_FAST)

    def order(self, sequence: int) -> None:
        """Raises `ProtocolError` for a message that is not after the last one; counts those that are missing."""
        if self._sequence is not None and sequence <= self._sequence:
            told = f"message {sequence} came after message {self._sequence}; numbers go up by one a message"
            raise ProtocolError(Reason.OUT_OF_ORDER, told)
        if self._sequence is not None:
            self.lost += sequence - self._sequence - 1
        self._sequence = sequence

    def judged(self, good: bool) -> None:
        """Whether a message could be used. Raises `ProtocolError` that ends the connection after many that could not
        in a row."""
        self._errors = 0 if good else self._errors + 1
        if self._errors >= MOST_ERRORS:
            told = f"{MOST_ERRORS} messages in a row could not be used"
            raise ProtocolError(Reason.BAD_MESSAGE, told, Close.TOO_MANY_ERRORS)
