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
_FARTHEST = SAMPLE_RATE // 2
"""Sound is not taken that would lie farther ahead of the clock."""
_BACKLOG = 4 * SAMPLE_RATE
_FORGIVEN = 5
"""So much may be left out at once, since a page that stalled sends what it recorded meanwhile; and a fifth of the time
that passes. More comes faster than anybody speaks."""


@dataclass(frozen=True)
class Place:
    """Where a message's sound goes: from `start` on without its first `skip` samples. fresh: a new stream begins.
    far: all of it is left out, since for long it has come faster than anybody speaks."""

    start: int
    skip: int = 0
    fresh: bool = False
    far: bool = False


class UserClock:
    """Stamps of the user's clock -> places on the session's. The first message, and each after a jump, begins now.

    What goes on without a gap keeps its place while it comes in time. Where all of it is late for 0.4 s (a tab that
    slept, a microphone that stood; not a burst after a stall), it begins anew; where all of it is early for 2 s (one
    that runs fast), some is left out. So it is at once where a stream begins with a burst (a page that stalled): what
    of it lies beyond half a second is left out, so that the voice is heard now again soon.
    """

    def __init__(self) -> None:
        self._offset: int | None = None
        self._first = 0
        self._next = 0
        self._late_since: int | None = None
        self._early_since: int | None = None
        self._left_out, self._left_at = 0, 0
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
        beyond = start + count - now
        if beyond > _FARTHEST or (beyond > _EARLY and start + count <= self.end):
            far = not self._forgiven(beyond, now)
            if not far:
                self._offset, self._first = now - self._next, self.end
            return Place(start, count, fresh, far)
        skip = min(max(self.end - start, 0), count)
        self.end = max(self.end, start + count)
        return Place(start + skip, skip, fresh)

    def _forgiven(self, count: int, now: int) -> bool:
        """Whether so much may be left out without a word."""
        passed = max(now - self._left_at, 0)
        self._left_out, self._left_at = max(self._left_out - passed // _FORGIVEN, 0), now
        if self._left_out + count > _BACKLOG:
            return False
        self._left_out += count
        return True


def _since(before: int | None, is_so: bool, now: int) -> int | None:
    """Since when something is so, None: it is not."""
    return None if not is_so else now if before is None else before
