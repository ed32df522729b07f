"""Buffers of timestamped input, one for each stream: what has come, on the audio clock; what has not come is lost.

The audio clock counts samples at 16 kHz from the session's start; frame k lasts from sample 640 k to 640 (k + 1).
Shapes: N items (samples of sound, or frames of motion), T frames, D motion channels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from visavis.core.clock import SAMPLES_PER_FRAME
from visavis.core.contract import InputSpec
from visavis.core.errors import VisavisError
from visavis.core.spaces import MotionSpace
from visavis.streaming.intake import Arrival, Intake, begun


@dataclass(frozen=True, eq=False)
class Piece:
    """Items (N,) or (N, D) one after another; `start` is the first one's number."""

    start: int
    items: np.ndarray

    @property
    def end(self) -> int:
        """The number after the last item's."""
        return self.start + len(self.items)


@dataclass(frozen=True)
class Pushed:
    """Where a push put its input: for each, by name, the samples of the audio clock at which it begins and ends.

    late: of which inputs something was for steps that are drawn already; that was dropped.
    """

    start: Mapping[str, int]
    end: Mapping[str, int]
    late: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Track:
    """One input of a model as it comes: sound, of which an item is a sample, or frames of numbers (width,).

    width: the shape of an item. own: whether it is of somebody whom the model moves. end: the item after the last that
    came. awaited: whether a step waits for it. intake: the stream that it comes in, if that has a rate of its own.
    """

    spec: InputSpec
    width: tuple[int, ...] = ()
    own: bool = False
    end: int = 0
    awaited: bool = True
    pieces: tuple[Piece, ...] = ()
    intake: Intake | None = None

    @property
    def name(self) -> str:
        """Of the input."""
        return self.spec.name

    @property
    def per_frame(self) -> int:
        """Items a frame."""
        return SAMPLES_PER_FRAME if self.spec.kind == "speech" else 1

    @property
    def is_own_voice(self) -> bool:
        """Whether it is the voice of somebody whom the model moves: it may come ahead of its time, and where it does
        not come they are silent."""
        return self.own and self.spec.kind == "speech"

    @property
    def leads(self) -> bool:
        """Whether it is a voice that is heard as it is spoken, so that it tells how far the conversation is."""
        return not self.own and self.spec.kind == "speech"

    def given_before(self, first: int) -> int:
        """How many frames of it steps were given that drew all frames before `first`."""
        return max(0, first + self.spec.ahead) if first else 0

    def needed_for(self, stop: int) -> int:
        """How many frames of it must have come to draw all frames before `stop`."""
        return max(0, stop + self.spec.ahead)

    def covers(self, frame: int) -> bool:
        """Whether everything up to a frame has come, or will not come any more."""
        return self.end >= frame * self.per_frame

    @property
    def reached(self) -> int:
        """The sample of the audio clock up to which it came."""
        return self.sample(self.end)

    def nearest(self, sample: int) -> int:
        """The item that begins nearest to a sample of the audio clock."""
        return (sample * self.per_frame + SAMPLES_PER_FRAME // 2) // SAMPLES_PER_FRAME

    def place(self, at: int | None, taken: int) -> int:
        """The item that pushed items begin at: `at`, or right after what came last, at the frame `taken` if later."""
        return max(self.end, taken * self.per_frame) if at is None else at

    @property
    def lag(self) -> int:
        """How long after its time what comes at its time is there, for being resampled [samples]."""
        return 0 if self.intake is None else self.intake.lag

    def arrived(self, arrival: Arrival, at: int | None, taken: int, space: MotionSpace) -> Placed:
        """The track with what a push brings, from the sample `at` of the audio clock on, without what lies before the
        frame `taken`.

        At a rate of its own it goes on with the stream that came last, or begins another: at another rate, and where
        the stamp, or what was taken since, leaves a gap. Raises `VisavisError` like `pushed`.
        """
        if not len(arrival.items) and self.intake is not None:
            return Placed(self, round(self.intake.reached), round(self.intake.reached))
        track = self if self._goes_on(arrival, at, taken) else self.ended(taken, space)
        if track.intake is None:
            place = None if at is None else track.nearest(at)
            start = track.place(place, taken)
            if arrival.rate is None or not len(arrival.items):
                stop = start + len(arrival.items)
                late = stop > start and start < taken * track.per_frame
                return Placed(track.pushed(arrival.items, place, taken), track.sample(start), track.sample(stop), late)
            track._require_after(start)
            track = replace(track, end=start, intake=begun(arrival, start, space))
        return track._streamed(arrival, taken, space)

    def _streamed(self, arrival: Arrival, taken: int, space: MotionSpace) -> Placed:
        """With more of the stream that it comes in."""
        assert self.intake is not None
        made, intake = self.intake.converted(arrival.items, space)
        track = replace(self.pushed(made, self.end, taken), awaited=True, intake=intake)
        start = round(self.intake.reached)
        return Placed(track, start, round(intake.reached), start < taken * SAMPLES_PER_FRAME)

    def _goes_on(self, arrival: Arrival, at: int | None, taken: int) -> bool:
        """Whether what arrives comes right after what came of the stream; raises `VisavisError` if it comes before."""
        if self.intake is None or self.intake.rate != arrival.rate:
            return False
        if at is None:
            return self.end >= taken * self.per_frame
        if at < self.intake.reached - self.intake.tolerance:
            raise self._out_of_order(at, round(self.intake.reached))
        return at <= self.intake.reached + self.intake.tolerance

    def ended(self, taken: int, space: MotionSpace) -> Track:
        """The track with all of the stream that it comes in, which ends; without what lies before the frame `taken`."""
        if self.intake is None:
            return self
        return replace(self.pushed(self.intake.owed(space), self.end, taken), awaited=self.awaited, intake=None)

    def _out_of_order(self, start: int, end: int) -> VisavisError:
        return VisavisError(
            f"{self.name} from sample {start} on came after {self.name} up to sample {end}; push each stream in the "
            "order of its stamps, or leave `at` out"
        )

    def _require_after(self, start: int) -> None:
        if start < self.end:
            raise self._out_of_order(self.sample(start), self.sample(self.end))

    def pushed(self, items: np.ndarray, at: int | None, taken: int) -> Track:
        """The track with more items at `place(at, taken)`, without what lies before the frame `taken`.

        Raises `VisavisError` for items that begin before the end of those that came.
        """
        first = taken * self.per_frame
        start = self.place(at, taken)
        self._require_after(start)
        if not len(items):
            return self
        kept = items[max(0, first - start) :]
        pieces = (*self.pieces, Piece(start + len(items) - len(kept), kept)) if len(kept) else self.pieces
        return replace(self, end=start + len(items), awaited=True, pieces=pieces)

    def between(self, start: int, stop: int, else_: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Items of the frames from `start` to `stop`, and which frames are whole (T,).

        Where none came they are those of `else_` (N,), zero if that is None.
        """
        first, last = start * self.per_frame, stop * self.per_frame
        items = np.zeros((last - first, *self.width), dtype=np.float32) if else_ is None else else_.copy()
        came = np.zeros(last - first, dtype=bool)
        for piece in reversed(self.pieces):
            if piece.end <= first:
                break
            low, high = max(piece.start, first), min(piece.end, last)
            if low < high:
                items[low - first : high - first] = piece.items[low - piece.start : high - piece.start]
                came[low - first : high - first] = True
        return items, np.asarray(came.reshape(-1, self.per_frame).all(axis=1))

    def without_before(self, frame: int) -> Track:
        """The track without the pieces that lie wholly before a frame."""
        start = frame * self.per_frame
        if not self.pieces or self.pieces[0].end > start:
            return self
        return replace(self, pieces=tuple(piece for piece in self.pieces if piece.end > start))

    def trimmed(self, frame: int) -> Track:
        """The track without what lies before a frame, in as few pieces as there are gaps."""
        start, runs = frame * self.per_frame, list[list[Piece]]()
        for piece in self.pieces:
            if piece.end <= start:
                continue
            kept = Piece(max(piece.start, start), piece.items[max(0, start - piece.start) :])
            if runs and runs[-1][-1].end == kept.start:
                runs[-1].append(kept)
            else:
                runs.append([kept])
        pieces = (Piece(run[0].start, np.concatenate([piece.items for piece in run])) for run in runs)
        return replace(self, pieces=tuple(pieces))

    def followed(self, frame: int, came: bool) -> Track:
        """The track after a step up to a frame; what stayed away for the whole step is waited for no more."""
        stays = self.awaited and (came or self.end > frame * self.per_frame)
        return self if stays == self.awaited else replace(self, awaited=stays)

    def cut(self, at: int) -> Track:
        """The track up to the item `at`, not waited for until more comes; the stream that it comes in is cut off."""
        kept = tuple(Piece(piece.start, piece.items[: at - piece.start]) for piece in self.pieces if piece.start < at)
        return replace(self, end=at, awaited=False, pieces=kept, intake=None)

    def sample(self, item: int) -> int:
        """The sample of the audio clock at which an item begins."""
        return item * SAMPLES_PER_FRAME // self.per_frame


@dataclass(frozen=True, eq=False)
class Placed:
    """A track with what was pushed, which begins and ends at those samples of the audio clock. late: whether some of it
    was for steps that are drawn already."""

    track: Track
    start: int
    end: int
    late: bool = False
