"""What the agent says, put on a session's clock ahead of its time; between its lines there is room tone.

S samples at 16 kHz, all on the session's clock.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

import numpy as np

from visavis.core.clock import SAMPLE_RATE, samples_in
from visavis.core.errors import VisavisError
from visavis.streaming.room_tone import room_tone
from visavis.streaming.session import Session
from visavis.wire.server.sources import LONGEST_STREAM_S, Line, Source, Stream
from visavis.wire.server.tape import Tape

AHEAD_S = 2.0
"""How far ahead of its time a line is put on the clock."""
FADE_S = 0.06
MOST_LINES = 60
_PIECE = SAMPLE_RATE // 5


@dataclass(frozen=True, eq=False)
class Said:
    """Sound (S,) float32 that the agent says from `start` on. end: of the words `text`, as far as that is known, where
    they begin here or have become longer, else None. source: what it is of, where that is known."""

    start: int
    sound: np.ndarray
    text: str = ""
    end: int | None = None
    source: Source | None = None


@dataclass(frozen=True)
class _Told:
    """The words that were told last, and up to where."""

    text: str
    end: int


class Speaker:
    """The agent's mouth: lines one after another into a session. lead_s: how far ahead its silence is decided."""

    def __init__(self, session: Session, lead_s: float) -> None:
        self._session, self._lead = session, round(lead_s * SAMPLE_RATE)
        self._queue: deque[Source] = deque()
        self._begun: Source | None = None
        self._told = _Told("", 0)
        self.tape = Tape()
        self.end = 0
        """The sample up to which it is decided what the agent says."""

    @property
    def busy(self) -> bool:
        """Whether something is still to be said that is not on the clock yet."""
        return bool(self._queue)

    def add(self, source: Source) -> None:
        """After all that is to be said. Raises `VisavisError` where too much waits."""
        if len(self._queue) >= MOST_LINES:
            raise VisavisError(f"{MOST_LINES} lines wait to be said; wait for some, or interrupt")
        self._queue.append(source)

    def stream(self, buffer_s: float, rate: int, longest_s: float = LONGEST_STREAM_S) -> Stream:
        """The stream that is said last, a new one where there is none of that rate that goes on."""
        last = self._queue[-1] if self._queue else None
        if isinstance(last, Stream) and last.rate == rate and not last.finished and not last.lasts:
            return last
        made = Stream(buffer_s, rate, longest_s=longest_s)
        self.add(made)
        return made

    def feed(self, now: int, heard: int, now_s: float) -> list[Said]:
        """Puts on the clock what is due; `heard`: how far the user's voice came. Gives what was put, without silence.

        Raises `VisavisError` for a line that could not be made, which is left out; the next call goes on.
        """
        said: list[Said] = []
        front = max(now, heard)
        while self._queue and self.end < front + AHEAD_S * SAMPLE_RATE:
            source = self._queue[0]
            if source.finished and self._taken(source):
                continue
            try:
                sound = source.take(_PIECE, now_s)
            except VisavisError:
                if said:
                    break
                self._queue.popleft()
                raise
            if not len(sound):
                if not source.dry or self.end >= front + self._lead:
                    break
                source.end()
                continue
            said.append(self._say(source, sound))
        if self.end < front + self._lead:
            self._be_silent(front + self._lead + samples_in(1))
        return said

    def waiting(self, most: int, now_s: float) -> np.ndarray:
        """Takes the next (S,) of what waits to be said, which is then not said; none where nothing of it is there."""
        while self._queue:
            self._queue[0].end()
            piece = self._queue[0].take(most, now_s)
            if len(piece):
                return piece
            self._queue.popleft()
        return np.zeros(0, np.float32)

    def interrupt(self, at: int) -> Said | None:
        """Stops at a sample, at which the session is interrupted, too; gives the end of the voice as it fades."""
        tail = self.tape.between(at, at + round(FADE_S * SAMPLE_RATE))
        self._session.interrupt(at)
        self.drop()
        self.tape.cut(at)
        self.end = at
        if not np.any(tail):
            return None
        return self._put(tail * np.linspace(1, 0, len(tail), dtype=np.float32))

    def drop(self) -> None:
        """Nothing of what is still to be said is said."""
        for source in self._queue:
            source.cancel()
        self._queue.clear()
        self._begun = None

    def moved(self, session: Session, lead_s: float, at: int) -> tuple[Speaker, Said | None]:
        """The same lines in another session, whose first sample is `at` here; what was to be said from there on is said
        in it."""
        other = Speaker(session, lead_s)
        other._queue, other._begun = self._queue, self._begun
        left = self.tape.between(at, self.tape.end)
        return other, other._put(left) if len(left) else None

    def _taken(self, source: Source) -> bool:
        self._queue.popleft()
        if source is self._begun:
            self._begun = None
        return True

    def _say(self, source: Source, sound: np.ndarray) -> Said:
        said, fresh = self._put(sound), source is not self._begun
        self._begun = source
        whole = isinstance(source, Line)
        told = _Told(source.text, said.start + source.length + (0 if whole else len(sound)))
        reached = said.start + len(sound) >= self._told.end
        more = not whole and told.text and (told.text != self._told.text or (reached and told.end > self._told.end))
        if not fresh and not more:
            return replace(said, source=source)
        self._told = told
        return Said(said.start, sound, told.text, told.end, source)

    def _put(self, sound: np.ndarray) -> Said:
        pushed = self._session.push(agent_speech=sound)
        start = pushed.start["agent_speech"]
        self.end = pushed.end["agent_speech"]
        self.tape.put(start, sound)
        return Said(start, sound)

    def _be_silent(self, until: int) -> None:
        pushed = self._session.push(agent_speech=room_tone(self.end, until))
        self.end = pushed.end["agent_speech"]
