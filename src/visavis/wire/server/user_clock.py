"""Where on a session's clock the user's voice belongs: from stamps of a microphone that drifts, stalls and sleeps.

Samples at 16 kHz.
"""

from __future__ import annotations

from dataclasses import dataclass

from visavis.core.clock import SAMPLE_RATE

_LATE = SAMPLE_RATE // 25
_LATE_FOR = 2 * SAMPLE_RATE // 5
_EARLY = SAMPLE_RATE // 6
_EARLY_FOR = 2 * SAMPLE_RATE
_JUMP = 2 * SAMPLE_RATE
_JITTER = SAMPLE_RATE // 100
_FARTHEST = SAMPLE_RATE
"""Sound is not taken that would lie farther ahead of the clock: it comes faster than anybody speaks."""


@dataclass(frozen=True)
class Place:
    """Where a message's sound goes: from `start` on without its first `skip` samples. fresh: a new stream begins.
    far: all of it is left out, since it lies too far ahead of the clock."""

    start: int
    skip: int = 0
    fresh: bool = False
    far: bool = False


class UserClock:
    """Stamps of the user's clock -> places on the session's. The first message, and each after a jump, begins now.

    What goes on without a gap keeps its place while it comes in time. Where all of it is late for 0.4 s (a tab that
    slept, a microphone that stood; not a burst after a stall), it begins anew; where all of it is early for 2 s (one
    that runs fast), some is left out.
    """

    def __init__(self) -> None:
        self._offset: int | None = None
        self._first = 0
        self._next = 0
        self._late_since: int | None = None
        self._early_since: int | None = None
        self.end = 0

    def place(self, stamp: int, count: int, now: int) -> Place:
        """For a message of `count` samples that came at `now` on the session's clock."""
        offset = self._offset
        if offset is None or not self._next - _JUMP <= stamp <= self._next + _JUMP:
            return self._anchored(stamp, count, now)
        if stamp + offset < self.end - _JITTER and stamp < self._next - _JITTER:
            return self._anchored(stamp, count, now)
        ahead = stamp + offset + count - now
        self._late_since = _since(self._late_since, ahead < -_LATE, now)
        self._early_since = _since(self._early_since, ahead > _EARLY, now)
        if self._late_since is not None and now - self._late_since >= _LATE_FOR:
            return self._anchored(stamp, count, now)
        if self._early_since is not None and now - self._early_since >= _EARLY_FOR:
            self._offset, self._early_since = offset - (ahead - count), None
        return self._placed(stamp, count, now, fresh=False)

    def heard(self, place: int) -> int | None:
        """The sample of the user's clock that lies at a place, as far as it came; None where nothing of it did."""
        known = min(place, self.end)
        if self._offset is None or known <= self._first:
            return None
        return known - self._offset

    def anchor(self, stamp: int, now: int) -> int:
        """The place of a stamp that tells the clock before any voice does."""
        if self._offset is None:
            self._offset, self._first, self._next = now - stamp, now, stamp
        return stamp + self._offset

    def _anchored(self, stamp: int, count: int, now: int) -> Place:
        start = max(now, self.end)
        self._offset, self._first, self._late_since, self._early_since = start - stamp, start, None, None
        return self._placed(stamp, count, now, fresh=True)

    def _placed(self, stamp: int, count: int, now: int, fresh: bool) -> Place:
        assert self._offset is not None
        start = stamp + self._offset
        self._next = stamp + count
        if start + count > now + _FARTHEST:
            return Place(start, count, fresh, far=True)
        skip = min(max(self.end - start, 0), count)
        self.end = max(self.end, start + count)
        return Place(start + skip, skip, fresh)


def _since(before: int | None, is_so: bool, now: int) -> int | None:
    """Since when something is so, None: it is not."""
    return None if not is_so else now if before is None else before
