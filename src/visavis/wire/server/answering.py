"""A voice agent in a conversation: what it says becomes what the agent says, and it learns how much of it was heard.

S samples at 16 kHz; places are samples of the agent's clock.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from visavis.core.clock import SAMPLE_RATE
from visavis.core.errors import VisavisError
from visavis.core.resampling import Resampling, resampling
from visavis.wire.agents.agent import Done, Heard, Sound, Trouble, VoiceAgent, Words
from visavis.wire.server import records
from visavis.wire.server.protocol import ProtocolError, Reason
from visavis.wire.server.speaking import Said, Speaker

_BUFFER = SAMPLE_RATE // 5
"""So much must be there before an answer begins, and before it goes on after it ran dry."""
_LONGEST = 600 * SAMPLE_RATE
_REMEMBERED = 8


@dataclass(frozen=True)
class _Span:
    start: int
    stop: int


@dataclass(frozen=True)
class _Mark:
    """From a sample of an answer on it says these words."""

    at: int
    text: str


class Answer:
    """An answer of a voice agent, as a `Source`: sound that comes piece by piece, and the words it belongs to."""

    def __init__(self, number: int) -> None:
        self.number, self.text = number, ""
        self._pieces: deque[np.ndarray] = deque()
        self._marks: deque[_Mark] = deque()
        self._came = self._taken = 0
        self._ended = self._flows = False
        self._conversion: Resampling | None = None
        self._placed: list[_Span] = []

    @property
    def finished(self) -> bool:
        """Whether all of it was taken, and no more comes."""
        return self._ended and self._came == self._taken

    @property
    def dry(self) -> bool:
        """It waits for more."""
        return False

    @property
    def length(self) -> int:
        """Samples that wait, of the words that are said now."""
        return min(self._marks[0].at if self._marks else self._came, self._came) - self._taken

    def caption(self, text: str, at_s: float) -> None:
        """From a second of it on it says this."""
        if not self._ended:
            self._marks.append(_Mark(round(at_s * SAMPLE_RATE), text))

    def put(self, sound: Sound) -> None:
        """More of it. Raises `VisavisError` where more waits than anybody says."""
        if self._ended:
            return
        if self._conversion is None or self._conversion.source != sound.rate:
            self._flush()
            self._conversion = resampling(sound.rate)
            self._state = self._conversion.init_state()
        samples, self._state = self._conversion.step(sound.samples, self._state)
        self._keep(samples)
        if self._came - self._taken > _LONGEST:
            raise VisavisError(f"the voice agent says more than {_LONGEST // SAMPLE_RATE} s at once")

    def end(self) -> None:
        """No more comes."""
        if not self._ended:
            self._flush()
            self._ended = True

    def cancel(self) -> None:
        """It is not wanted any more."""
        self._pieces.clear()
        self._marks.clear()
        self._came, self._ended = self._taken, True

    def take(self, most: int, now_s: float) -> np.ndarray:  # noqa: ARG002
        """The next samples (S,) float32, all of the same words."""
        waiting = self._came - self._taken
        self._flows = waiting > 0 and (self._flows or self._ended or waiting >= _BUFFER)
        if not self._flows:
            return np.zeros(0, np.float32)
        while self._marks and self._marks[0].at <= self._taken:
            self.text = self._marks.popleft().text
        most = min(most, self._marks[0].at - self._taken) if self._marks else most
        piece = self._pieces.popleft()
        if len(piece) > most:
            self._pieces.appendleft(piece[most:])
            piece = piece[:most]
        self._taken += len(piece)
        return piece

    def placed(self, start: int, stop: int) -> None:
        """A piece of it is said there."""
        if self._placed and self._placed[-1].stop == start:
            start = self._placed.pop().start
        self._placed.append(_Span(start, stop))

    def heard(self, at: int) -> int:
        """How many samples of it are said before a place."""
        return sum(max(min(span.stop, at) - span.start, 0) for span in self._placed)

    def over(self, at: int) -> bool:
        """Whether all of it is said before a place."""
        return self._ended and self._came == self._taken == self.heard(at)

    def _keep(self, samples: np.ndarray) -> None:
        if len(samples):
            self._pieces.append(np.asarray(samples, np.float32))
            self._came += len(samples)

    def _flush(self) -> None:
        if self._conversion is not None:
            self._keep(self._conversion.finish(self._state))


class Answering:
    """A voice agent at work in a conversation; all but the agent's own threads is the thread that steps."""

    def __init__(self, agent: VoiceAgent) -> None:
        self.agent = agent
        self._answers: dict[int, Answer] = {}
        self._next = 0
        self._since: int | None = None

    def hear(self, sound: np.ndarray, speaking: bool) -> None:
        """The next of the user's voice (S,) float32."""
        if len(sound):
            self.agent.on_user_audio(sound, speaking)

    def advance(self, speaker: Speaker) -> list[records.Heard | ProtocolError]:
        """What the agent says goes to the speaker; gives what it tells beside: what it understood, and troubles."""
        beside: list[records.Heard | ProtocolError] = []
        for told in self.agent.take():
            try:
                if isinstance(told, Heard):
                    beside.append(records.Heard(told.text[: records.LONGEST_TEXT]))
                elif isinstance(told, Trouble):
                    beside.append(ProtocolError(Reason.VOICE_AGENT, told.text))
                elif isinstance(told, Done):
                    if told.answer in self._answers:
                        self._answers[told.answer].end()
                elif isinstance(told, Words):
                    self._answer(told.answer, speaker).caption(told.text, told.at_s)
                else:
                    self._answer(told.answer, speaker).put(told.sound)
            except VisavisError as error:
                beside.append(ProtocolError(Reason.VOICE_AGENT, str(error)))
                self._answers[self._next - 1].cancel()
        return beside

    def placed(self, said: Said, base: int) -> None:
        """Sound is on the clock, `base` later than it says."""
        if isinstance(said.source, Answer):
            said.source.placed(base + said.start, base + said.start + len(said.sound))

    def since(self, at: int, frame: int) -> int | None:
        """The frame of the user's voice since which an answer is awaited or said; None while none is, at a place."""
        waiting = self.agent.busy or any(not answer.over(at) for answer in self._answers.values())
        self._since = None if not waiting else frame if self._since is None else self._since
        return self._since

    def interrupt(self, at: int) -> None:
        """The agent stops at a place; nothing more of its answers is wanted."""
        waiting = [answer for answer in self._answers.values() if not answer.over(at)]
        if waiting or self.agent.busy:
            one = next((answer for answer in reversed(waiting) if answer.heard(at)), waiting[0] if waiting else None)
            number, heard = (self._next, 0) if one is None else (one.number, one.heard(at))
            self.agent.interrupt(number, heard / SAMPLE_RATE)
        for answer in self._answers.values():
            answer.cancel()
        self._answers, self._since = {}, None

    def close(self) -> None:
        """Nobody answers any more."""
        for answer in self._answers.values():
            answer.cancel()
        self.agent.close()

    def _answer(self, number: int, speaker: Speaker) -> Answer:
        found = self._answers.get(number)
        if found is None:
            found = self._answers[number] = Answer(number)
            self._next = number + 1
            for old in [one for one in self._answers if one < number - _REMEMBERED]:
                del self._answers[old]
            speaker.add(found)
        return found
