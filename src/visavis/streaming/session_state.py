"""The state of one live conversation as a value: what came, what was drawn, and what is needed to go back.

Shapes: T frames, D motion channels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from visavis.core.clock import SAMPLE_RATE, frames_in, samples_in
from visavis.core.contract import Interface
from visavis.core.errors import VisavisError
from visavis.core.spaces import MotionSpace
from visavis.streaming.blend import Blend
from visavis.streaming.face import Face
from visavis.streaming.frames import Frames, Strip, joined
from visavis.streaming.intake import Arrival
from visavis.streaming.pending_step import Checkpoint, DrawnStep, InputSlice, PendingStep, sliced, stage
from visavis.streaming.postprocessing import Postprocessing
from visavis.streaming.timeline import Pushed, Track


@dataclass(frozen=True)
class Counters:
    """turns: steps drawn, those drawn again included. overdue: of these, drawn without input that was waited for.

    lost_speech, lost_motion: frames drawn without the user's speech, or motion and other inputs, once that had come at
    all. late: inputs of pushes of which something was for steps already drawn. dropped: frames that interruptions took
    back.
    """

    turns: int = 0
    overdue: int = 0
    lost_speech: int = 0
    lost_motion: int = 0
    late: int = 0
    dropped: int = 0


@dataclass(frozen=True, eq=False)
class SessionState:
    """hop: frames of a step. tracks: the input, one for each that the model takes. system_state: the system's, before
    the next step, None while the session's group has it. drawn: the last frames as the model made them; the next step
    draws from their end on. shown: the last frames as they were given. ready: frames to be pulled, from the frame
    `pulled` on. joining: the next frames continue an interruption. ended: the frame at which all input ends, when that
    is known.
    past: checkpoints, the first of them at or before the frame `reach`, up to which an interruption can go back. It
    goes on from a checkpoint; the steps before the frame `replayed` are drawn once more from what they were given.
    """

    hop: int
    tracks: tuple[Track, ...]
    system_state: Any
    postprocessing: Postprocessing
    drawn: Strip
    shown: Strip
    pulled: int = 0
    ready: tuple[Strip, ...] = ()
    past: tuple[Checkpoint, ...] = ()
    reach: int = 0
    replayed: int = 0
    blend: Blend | None = None
    joining: bool = False
    ended: int | None = None
    counters: Counters = Counters()

    def track(self, name: str) -> Track:
        """The track of an input."""
        return next(track for track in self.tracks if track.name == name)

    def pushed(
        self, given: Mapping[str, Arrival], at: int | None, first: int, space: MotionSpace
    ) -> tuple[Pushed, SessionState]:
        """With more input, by name, from the sample `at` on, and where it was put; `first` is the first frame of which
        no step is drawn or begun: what steps before would have taken is late.

        Raises `VisavisError` for input that begins before the end of what came.
        """
        placed = {
            track.name: track.arrived(given[track.name], at, track.given_before(first), space)
            for track in self.tracks
            if track.name in given
        }
        tracks = tuple(placed[track.name].track if track.name in placed else track for track in self.tracks)
        late = tuple(name for name, one in placed.items() if one.late)
        starts, ends = ({name: getattr(one, side) for name, one in placed.items()} for side in ("start", "end"))
        counters = replace(self.counters, late=self.counters.late + len(late)) if late else self.counters
        return Pushed(starts, ends, late), replace(self, tracks=tracks, counters=counters)

    def given_up(self, space: MotionSpace) -> SessionState:
        """With what came in streams that the next step waited for in vain, which end there."""
        first = self.drawn.end
        tracks = tuple(
            track if track.covers(track.needed_for(first + self.hop)) else track.ended(track.given_before(first), space)
            for track in self.tracks
        )
        return self if tracks == self.tracks else replace(self, tracks=tracks)

    @property
    def covered(self) -> bool:
        """Whether everything that the next step waits for has come."""
        stop = self.drawn.end + self.hop
        return all(track.covers(track.needed_for(stop)) for track in self.tracks if track.awaited)

    def due(self, now: int | None, patience: int) -> bool:
        """Whether the next step is to be drawn; `now` and `patience` [samples], `now` None before the clock starts.

        Each input that is waited for has until `patience` after it should have come on the clock and be resampled. A
        voice that is heard as it is spoken lets a step be drawn before that time; while it is not heard, the clock
        leads in its place.
        """
        if self.ended is not None:
            return self.shown.end < self.ended
        if self.drawn.end < self.replayed:
            return True
        until = None
        for track in self.tracks:
            needed = track.needed_for(self.drawn.end + self.hop)
            if (track.awaited or track.leads) and not track.covers(needed):
                until = max(until or 0, samples_in(needed) + (patience + track.lag if track.awaited else 0))
        return until is None or (now is not None and now >= until)

    def next_step(self, guidance: float | None, spacing: int) -> PendingStep:
        """The next step, with a guidance unless it is drawn once more; checkpoints are `spacing` frames apart."""
        first = self.drawn.end
        inputs = {track.name: sliced(track, first, first + self.hop, self.ended) for track in self.tracks}
        last, at = self.past[-1] if self.past else None, stage(self.tracks, first)
        if last is not None and first < self.replayed:
            return PendingStep(inputs, last.guidance, self.system_state, keep=False, stage=at)
        keep = last is None or last.guidance != guidance or first - last.frame >= spacing
        return PendingStep(inputs, guidance, self.system_state, keep, at)

    def advanced(self, face: Face, step: PendingStep, drawn: DrawnStep, rewind: int) -> SessionState:
        """After a step; an interruption can go back `rewind` frames."""
        first = self.drawn.end
        farthest = (first - rewind - max(0, self._own_ahead)) // self.hop * self.hop + self.hop
        reach = max(self.reach, min(first, farthest))
        past = (*self.past, Checkpoint(first, drawn.before, step.guidance)) if step.keep else self.past
        went_on = self if first < self.replayed else self._counted(step.inputs)
        went_on = replace(
            went_on,
            system_state=drawn.after,
            past=past[last_until(past, reach) :],
            reach=reach,
            drawn=self.drawn.followed_by(drawn.values, drawn.labels),
        )._given(face)
        kept = went_on.past[0]
        return went_on if kept in self.past[:1] else went_on._forgetting(kept)

    def interrupted(self, at: int, space: MotionSpace) -> SessionState:
        """Back to the sample `at`: the agent's speech and the frames from there on are gone, to be drawn again.

        Raises `VisavisError` for a place before all states that are kept.
        """
        tracks = tuple(
            track.ended(track.given_before(self.drawn.end), space).cut(at) if track.is_own_voice else track
            for track in self.tracks
        )
        head = -(-at // samples_in(1))
        step = max(0, min(frames_in(at) - self._own_ahead, head) // self.hop * self.hop)
        if step >= self.drawn.end and head >= self.shown.end:
            return replace(self, tracks=tracks)
        if step < self.reach:
            raise VisavisError(
                f"sample {at} is too long ago to go back to; the session reaches back to sample "
                f"{samples_in(self.reach + max(0, self._own_ahead))} (its option rewind_s)"
            )
        head = min(head, self.shown.end)
        past = self.past[: last_until(self.past, step) + 1]
        return replace(
            self,
            tracks=tracks,
            system_state=past[-1].held,
            past=past,
            replayed=step,
            drawn=self.drawn.until(past[-1].frame),
            shown=self.shown.until(head),
            pulled=min(self.pulled, head),
            ready=(self._waiting().until(head),),
            blend=None,
            joining=True,
            counters=replace(self.counters, dropped=self.counters.dropped + self.shown.end - head),
        )

    def closed(self, first: int, space: MotionSpace) -> SessionState:
        """No more input comes; the last step ends with the longest voice. first: as in `pushed`."""
        tracks = tuple(track.ended(track.given_before(first), space) for track in self.tracks)
        spoken = max((track.end for track in tracks if track.spec.kind == "speech"), default=0)
        return replace(self, tracks=tracks, ended=max(frames_in(spoken), self.shown.end))

    @property
    def lag_s(self) -> float:
        """By how much resampling delays what a step waits for [s]."""
        usual = max(samples_in(track.spec.ahead) for track in self.tracks)
        return (max(samples_in(track.spec.ahead) + track.lag for track in self.tracks) - usual) / SAMPLE_RATE

    def emptied(self, face: Face, interface: Interface) -> tuple[Frames, SessionState]:
        """The frames that are ready, and the session's state without them."""
        waiting = self._waiting()
        told = interface.states(waiting.labels)
        frames = Frames(self.pulled, waiting.values, face.space, waiting.labels, told)
        return frames, replace(self, ready=(), pulled=self.pulled + len(frames))

    @property
    def _own_ahead(self) -> int:
        """How far the voices of those whom the model moves reach beyond the end of a step [frames]."""
        return max((track.spec.ahead for track in self.tracks if track.is_own_voice), default=0)

    def _waiting(self) -> Strip:
        """The frames that are ready."""
        nothing = self.shown.between(0, 0)
        return joined([Strip(self.pulled, nothing.values, nothing.labels), *self.ready])

    def _counted(self, inputs: Mapping[str, InputSlice]) -> SessionState:
        """With what a step was given counted, and not waited for any more what it was without."""
        stop = self.drawn.end + self.hop
        counters = replace(
            self.counters,
            turns=self.counters.turns + 1,
            overdue=self.counters.overdue + (self.ended is None and not self.covered),
            lost_speech=self.counters.lost_speech + self._lost(inputs, speech=True),
            lost_motion=self.counters.lost_motion + self._lost(inputs, speech=False),
        )
        tracks = tuple(
            track.followed(track.needed_for(stop), inputs[track.name].came) if len(inputs[track.name].known) else track
            for track in self.tracks
        )
        return replace(self, tracks=tracks, counters=counters)

    def _lost(self, inputs: Mapping[str, InputSlice], speech: bool) -> int:
        """Frames of others' voices, or of everything else, that a step was not given though some had come before."""
        lost = (track for track in self.tracks if track.end and (track.spec.kind == "speech") is speech)
        return sum(int((~inputs[track.name].known).sum()) for track in lost)

    def _given(self, face: Face) -> SessionState:
        """With the frames that are drawn and not yet shown made ready."""
        start, stop = self.shown.end, self.drawn.end
        if self.ended is not None:
            stop = min(stop, self.ended)
        if stop <= start:
            return self
        blend = self._blend(face) if self.joining else self.blend
        new = self.drawn.between(start, stop)
        values = self.postprocessing.apply(face, new.values, start)
        if blend is not None:
            values = values + blend.at(start, stop - start)
        new = Strip(start, face.bounded(values), new.labels)
        shown = self.shown.followed_by(new.values, new.labels)
        return replace(self, shown=shown, ready=(*self.ready, new), blend=blend, joining=False)

    def _blend(self, face: Face) -> Blend | None:
        head = self.shown.end
        if head == 0:
            return None
        before = self.drawn.between(head - 1, head).values
        new = face.bounded(self.postprocessing.apply(face, before, head - 1))
        return Blend(head, self.shown.values[-1].astype(np.float64) - new[0])

    def going_back_to(self, past: tuple[Checkpoint, ...]) -> SessionState:
        """With other checkpoints, and without what lies before the first of them."""
        return replace(self, past=past)._forgetting(past[0])

    def alone(self) -> SessionState:
        """With checkpoints that hold nothing of other conversations."""
        return replace(self, past=tuple(checkpoint.alone() for checkpoint in self.past))

    def _forgetting(self, first: Checkpoint) -> SessionState:
        """Without what lies before the first checkpoint, but for one frame that was drawn."""
        frame = first.frame - 1
        return replace(
            self,
            tracks=tuple(track.without_before(track.given_before(first.frame)) for track in self.tracks),
            drawn=self.drawn.since(frame),
            shown=self.shown.since(frame),
            postprocessing=self.postprocessing.without_before(frame),
        )


def last_until(past: tuple[Checkpoint, ...], frame: int) -> int:
    """The place of the last checkpoint at or before a frame."""
    return max(number for number, checkpoint in enumerate(past) if checkpoint.frame <= frame)
