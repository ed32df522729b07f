"""The state of one live conversation as a value: what came, what was drawn, and what is needed to go back.

Shapes: T frames, F frames a turn, D motion channels.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from visavis.core.clock import frames_in, samples_in
from visavis.core.errors import VisavisError
from visavis.streaming.blend import Blend
from visavis.streaming.face import Face
from visavis.streaming.frames import Frames, Strip
from visavis.streaming.postprocessing import Postprocessing
from visavis.streaming.room_tone import room_tone
from visavis.streaming.timeline import Track


@dataclass(frozen=True)
class Counters:
    """turns: drawn, those drawn again included. overdue: of these, drawn without input that was waited for.

    lost_speech, lost_motion: frames drawn without the user's speech or motion, once that had come at all.
    late: pushes of which something was for turns already drawn. dropped: frames taken back by interruptions.
    """

    turns: int = 0
    overdue: int = 0
    lost_speech: int = 0
    lost_motion: int = 0
    late: int = 0
    dropped: int = 0


@dataclass(frozen=True, eq=False)
class Heard:
    """One turn's input: speech (640 F,), the user's motion (F, D), and which of their frames are known (F,)."""

    user_speech: np.ndarray
    agent_speech: np.ndarray
    user_motion: np.ndarray
    user_heard: np.ndarray
    user_seen: np.ndarray
    agent_spoke: bool


@dataclass(frozen=True, eq=False)
class PendingStep:
    """A turn that is to be drawn. guidance: of the draw (None: as the system draws). state: the one before it, None if
    the session's group has it. keep: whether that is to be kept, to go back to.
    """

    heard: Heard
    guidance: float | None
    state: Any
    keep: bool


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A checkpoint: a system's state before a turn, with how many frames of input it had taken and had drawn.

    guidance: with which this turn and those up to the next checkpoint were drawn.
    """

    taken: int
    drawn: int
    state: Any
    guidance: float | None


@dataclass(frozen=True, eq=False)
class SessionState:
    """system_state: the system's, before the next step, None while the session's group has it. taken: frames of input
    that were drawn from. drawn: the last frames as the model made them. shown: the last frames as they were given.
    ready: frames to be pulled, from the frame `pulled` on. joining: the next frames continue an interruption. ended:
    the frame at which all input ends, when that is known.
    past: checkpoints, the first of them at or before the frame `reach`, up to which an interruption can go back. It
    goes on from a checkpoint; the turns before the frame `replayed` are drawn once more from what they heard.
    """

    user_speech: Track
    agent_speech: Track
    user_motion: Track
    system_state: Any
    postprocessing: Postprocessing
    drawn: Strip
    shown: Strip
    taken: int = 0
    pulled: int = 0
    ready: tuple[np.ndarray, ...] = ()
    past: tuple[Checkpoint, ...] = ()
    reach: int = 0
    replayed: int = 0
    blend: Blend | None = None
    joining: bool = False
    ended: int | None = None
    counters: Counters = Counters()

    @property
    def tracks(self) -> tuple[Track, Track, Track]:
        """What a turn may wait for."""
        return self.user_speech, self.agent_speech, self.user_motion

    def covered(self, frames: int) -> bool:
        """Whether everything that the next turn waits for has come."""
        return all(track.covers(self.taken + frames) for track in self.tracks if track.awaited)

    def due(self, now: int | None, frames: int, patience: int) -> bool:
        """Whether the next turn is to be drawn; `now` and `patience` [samples], `now` None before the clock starts.

        The user's speech lets a turn be drawn before its end on the clock; without it the clock alone leads.
        """
        if self.ended is not None:
            return self.shown.end < self.ended
        if self.taken < self.replayed:
            return True
        covered = self.covered(frames)
        if covered and self.user_speech.covers(self.taken + frames):
            return True
        end = samples_in(self.taken + frames)
        return now is not None and now >= (end if covered else end + patience)

    def heard(self, frames: int) -> Heard:
        """The next turn's input."""
        user, heard = self.user_speech.between(self.taken, self.taken + frames)
        quiet = room_tone(samples_in(self.taken), samples_in(self.taken + frames))
        agent, spoke = self.agent_speech.between(self.taken, self.taken + frames, quiet)
        motion, seen = self.user_motion.between(self.taken, self.taken + frames)
        if self.ended is not None and 0 < (left := self.ended - self.taken) < frames:
            user[samples_in(left) :] = agent[samples_in(left) :] = 0
            motion[left:] = motion[left - 1]
            heard[left:], seen[left:] = heard[left - 1], seen[left - 1]
        return Heard(user, agent, motion, heard, seen, bool(spoke.any()))

    def next_step(self, frames: int, guidance: float | None, spacing: int) -> PendingStep:
        """The next turn, with a guidance unless it is drawn once more; checkpoints are `spacing` frames apart."""
        if self.taken < self.replayed:
            return PendingStep(self.heard(frames), self.past[-1].guidance, self.system_state, keep=False)
        last = self.past[-1] if self.past else None
        keep = last is None or last.guidance != guidance or self.taken - last.taken >= spacing
        return PendingStep(self.heard(frames), guidance, self.system_state, keep)

    def advanced(self, face: Face, turn: PendingStep, motion: np.ndarray, kept: Any, rewind: int) -> SessionState:
        """After a turn: its frames (T, D), and the state before it where that was to be kept. An interruption can go
        back `rewind` frames."""
        frames = len(turn.heard.user_seen)
        reach = max(self.reach, min(self.taken, (self.taken - rewind) // frames * frames + frames))
        past = self.past
        if turn.keep:
            past = (*past, Checkpoint(self.taken, self.drawn.end, kept, turn.guidance))
        went_on = self if self.taken < self.replayed else self._followed(turn.heard)
        went_on = replace(
            went_on,
            system_state=None,
            taken=self.taken + frames,
            past=past[_last_until(past, reach) :],
            reach=reach,
            drawn=self.drawn.followed_by(motion),
        )._given(face)
        first = went_on.past[0]
        return went_on if first in self.past[:1] else went_on._forgetting(first)

    def interrupted(self, at: int, frames: int) -> SessionState:
        """Back to the sample `at`: the agent's speech and the frames from there on are gone, to be drawn again in turns
        of so many frames.

        Raises `VisavisError` for a place before all states that are kept.
        """
        agent = self.agent_speech.cut(at)
        if at >= samples_in(self.shown.end):
            return replace(self, agent_speech=agent)
        if frames_in(at) < self.reach:
            raise VisavisError(
                f"sample {at} is too long ago to go back to; the session reaches back to sample "
                f"{samples_in(self.reach)} (its option rewind_s)"
            )
        head = -(-at // samples_in(1))
        turn = frames_in(at) // frames * frames
        past = self.past[: _last_until(self.past, turn) + 1]
        before = past[-1]
        waiting = Strip(self.pulled, np.concatenate([self.shown.values[:0], *self.ready])).until(head)
        return replace(
            self,
            agent_speech=agent,
            system_state=before.state,
            taken=before.taken,
            past=past,
            replayed=turn,
            drawn=self.drawn.until(before.drawn),
            shown=self.shown.until(head),
            pulled=min(self.pulled, head),
            ready=(waiting.values,),
            blend=None,
            joining=True,
            counters=replace(self.counters, dropped=self.counters.dropped + self.shown.end - head),
        )

    def closed(self) -> SessionState:
        """No more input comes; the last turn ends with the longer voice."""
        spoken = max(self.user_speech.end, self.agent_speech.end)
        return replace(self, ended=max(frames_in(spoken), self.shown.end))

    def emptied(self, face: Face) -> tuple[Frames, SessionState]:
        """The frames that are ready, and the session's state without them."""
        values = np.concatenate([self.shown.values[:0], *self.ready])
        frames = Frames(self.pulled, values, face.space)
        return frames, replace(self, ready=(), pulled=self.pulled + len(values))

    def _followed(self, heard: Heard) -> SessionState:
        """With what a turn heard counted, and not waited for any more what it was without."""
        frames = len(heard.user_seen)
        came = heard.user_heard.any(), heard.agent_spoke, heard.user_seen.any()
        user, agent, motion = (
            track.followed(self.taken + frames, bool(any_)) for track, any_ in zip(self.tracks, came, strict=True)
        )
        counters = self._counted(heard, frames)
        return replace(self, user_speech=user, agent_speech=agent, user_motion=motion, counters=counters)

    def _counted(self, heard: Heard, frames: int) -> Counters:
        lost_speech = int((~heard.user_heard).sum()) if self.user_speech.end else 0
        lost_motion = int((~heard.user_seen).sum()) if self.user_motion.end else 0
        overdue = self.ended is None and not self.covered(frames)
        counters = self.counters
        return replace(
            counters,
            turns=counters.turns + 1,
            overdue=counters.overdue + overdue,
            lost_speech=counters.lost_speech + lost_speech,
            lost_motion=counters.lost_motion + lost_motion,
        )

    def _given(self, face: Face) -> SessionState:
        """With the frames that are drawn and not yet shown made ready."""
        start, stop = self.shown.end, self.drawn.end
        if self.ended is not None:
            stop = min(stop, self.ended)
        if stop <= start:
            return self
        blend = self._blend(face) if self.joining else self.blend
        values = self.postprocessing.apply(face, self.drawn.between(start, stop), start)
        if blend is not None:
            values = values + blend.at(start, stop - start)
        values = face.bounded(values)
        shown = self.shown.followed_by(values)
        return replace(self, shown=shown, ready=(*self.ready, values), blend=blend, joining=False)

    def _blend(self, face: Face) -> Blend | None:
        head = self.shown.end
        if head == 0:
            return None
        new = face.bounded(self.postprocessing.apply(face, self.drawn.between(head - 1, head), head - 1))
        return Blend(head, self.shown.values[-1].astype(np.float64) - new[0])

    def _forgetting(self, first: Checkpoint) -> SessionState:
        """Without what lies before the first checkpoint, but for one frame that was drawn."""
        user, agent, motion = (track.without_before(first.taken) for track in self.tracks)
        frame = first.drawn - 1
        return replace(
            self,
            user_speech=user,
            agent_speech=agent,
            user_motion=motion,
            drawn=self.drawn.since(frame),
            shown=self.shown.since(frame),
            postprocessing=self.postprocessing.without_before(frame),
        )


def _last_until(past: tuple[Checkpoint, ...], frame: int) -> int:
    """The place of the last checkpoint at or before a frame."""
    return max(number for number, before in enumerate(past) if before.taken <= frame)
