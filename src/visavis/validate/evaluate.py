"""The evaluation: a system's samples and predicted mean beside every control, per clip, with intervals.

Shapes: S sound samples at 16 kHz, T frames, D channels. Every clip is generated once per seed for each of its two
people, and once more with the user replaced; everything else is scored on what was generated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from visavis.core.clock import FPS
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.data.folder import Clip
from visavis.validate.baselines import first_frame, mean_face, other_clip
from visavis.validate.cases import Case, FolderCases, Survey, others_of, survey, with_user_of
from visavis.validate.intervals import Estimate, Shares, estimate
from visavis.validate.making import Generator, Request, make
from visavis.validate.protocol import reference
from visavis.validate.scorecard import reaction_shares, reactivity_shares, score_motion
from visavis.validate.variety import require_extra

MODEL = "model"
MODEL_SWAPPED = "model, other user"
MODEL_MEAN = "model mean"
ORACLE = "oracle mean"
REAL = "real motion"
REAL_OTHER = "real motion of another clip"
MODEL_OTHER = "model on another clip"
MEAN_FACE = "mean face"
FIRST_FRAME = "first frame held"
PARTNER = "partner copied"

ROWS = (
    MODEL, MODEL_SWAPPED, MODEL_OTHER, MODEL_MEAN, ORACLE, MEAN_FACE, FIRST_FRAME, PARTNER, REAL_OTHER, REAL
)  # fmt: skip

CASES_AT_ONCE = 8
"""Cases that are read and generated together."""

Progress = Callable[[int, int], None]
"""Told how many steps are done, of how many."""


@dataclass(frozen=True)
class Evaluation:
    """Estimates by row and metric: `rows["model"]["fd_exp"].value`; see docs/metrics.md for the names.

    `logged` names the reactions whose true onsets come from an event log; others are detected in the true motion.
    """

    rows: Mapping[str, Mapping[str, Estimate]]
    clips: int
    minutes: float
    seeds: tuple[int, ...]
    logged: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Drawn:
    """What a model made of one case: a motion per seed, one with another user, its mean; none longer than the case."""

    samples: tuple[Motion, ...]
    swapped: Motion | None = None
    mean: Motion | None = None


def evaluate(
    system: Generator,
    clips: Sequence[Clip],
    *,
    seeds: Sequence[int] = (0,),
    limit: int | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Evaluate on the first `limit` clips of a data folder (`data.folder.list_clips`); see `evaluate_cases`."""
    return evaluate_cases(system, FolderCases(clips[:limit]), seeds=seeds, progress=progress)


def evaluate_cases(
    system: Generator, cases: Sequence[Case], *, seeds: Sequence[int] = (0,), progress: Progress | None = None
) -> Evaluation:
    """Generate every case and score it beside the controls; `progress` is told of two steps a case.

    Raises `VisavisError` without cases or seeds, or where the data's motion is not in the system's space.
    """
    if not seeds:
        raise VisavisError("an evaluation needs at least one seed")
    require_extra()
    known = survey(cases, system.space)
    steps = _Steps(2 * len(cases), progress)
    others = others_of(known.clips)
    drawn: list[Drawn] = []
    for start in range(0, len(cases), CASES_AT_ONCE):
        numbers = range(start, min(start + CASES_AT_ONCE, len(cases)))
        drawn += draw(system, [(cases[n], _case(cases, others[n])) for n in numbers], seeds)
        for _ in numbers:
            steps.done()
    face = known.mean if system.mean_face is None else system.mean_face
    return compare(cases, drawn, known, face, system.frames_per_step, seeds, steps.done)


def compare(
    cases: Sequence[Case],
    drawn: Sequence[Drawn],
    known: Survey,
    face: np.ndarray,
    frames_per_turn: int,
    seeds: Sequence[int],
    done: Callable[[], None],
) -> Evaluation:
    """Score what was drawn for each case beside all controls; `face` (D,) is the mean face."""
    shares: dict[str, dict[int, list[Shares]]] = {row: {} for row in ROWS}
    for number, (case, other) in enumerate(zip(cases, others_of(known.clips), strict=True)):
        truth = reference(case.truth, case.user_motion)
        rows = _own_rows(case, drawn[number], face)
        if other is not None:
            rows |= _foreign_rows(case, cases[other].truth, drawn[other].samples[0])
        for row, motions in rows.items():
            found = [score_motion(motion, case, truth, known, frames_per_turn) for motion in motions]
            shares[row].setdefault(case.clip, []).extend(found)
        swapped = drawn[number].swapped
        if swapped is not None:
            found = [reaction_shares(swapped, case, known) | reactivity_shares(drawn[number].samples[0], swapped)]
            shares[MODEL_SWAPPED].setdefault(case.clip, []).extend(found)
        done()
    return Evaluation(
        rows={row: estimate(list(clips.values())) for row, clips in shares.items() if clips},
        clips=len(set(known.clips)),
        minutes=known.frames / FPS / 60,
        seeds=tuple(seeds),
        logged=tuple(sorted(known.logged)),
    )


def draw(system: Generator, pairs: Sequence[tuple[Case, Case | None]], seeds: Sequence[int]) -> list[Drawn]:
    """Everything the system is asked for in some cases, each with the case whose user is put in its user's place."""
    requests: list[Request] = []
    for case, other in pairs:
        for number, seed in enumerate(seeds):
            mean = number == 0
            requests.append(Request(case.user_speech, case.agent_speech, case.user_motion, seed, mean))
        if other is not None:
            speech, motion = with_user_of(case, other)
            requests.append(Request(speech, case.agent_speech, motion, seeds[0]))
    made = iter(make(system, requests))
    drawn: list[Drawn] = []
    for case, other in pairs:
        frames = len(case.truth)
        first, *more = [next(made) for _ in seeds]
        samples = tuple(one.sample.cut(0, frames) for one in (first, *more))
        swapped = None if other is None else next(made).sample.cut(0, frames)
        drawn.append(Drawn(samples, swapped, None if first.mean is None else first.mean.cut(0, frames)))
    return drawn


def _case(cases: Sequence[Case], number: int | None) -> Case | None:
    return None if number is None else cases[number]


def _own_rows(case: Case, drawn: Drawn, face: np.ndarray) -> dict[str, list[Motion]]:
    rows: dict[str, list[Motion | None]] = {
        MODEL: [*drawn.samples],
        MODEL_MEAN: [drawn.mean],
        ORACLE: [case.oracle],
        MEAN_FACE: [mean_face(face, case.truth.space, len(case.truth))],
        FIRST_FRAME: [first_frame(case.truth)],
        PARTNER: [case.user_motion],
        REAL: [case.truth],
    }
    known = {row: [motion for motion in motions if motion is not None] for row, motions in rows.items()}
    return {row: motions for row, motions in known.items() if motions}


def _foreign_rows(case: Case, truth: Motion, generated: Motion) -> dict[str, list[Motion]]:
    frames = len(case.truth)
    return {REAL_OTHER: [other_clip(truth, frames)], MODEL_OTHER: [other_clip(generated, frames)]}


class _Steps:
    def __init__(self, total: int, progress: Progress | None) -> None:
        self.count, self.total, self.progress = 0, total, progress

    def done(self) -> None:
        self.count += 1
        if self.progress is not None:
            self.progress(self.count, self.total)
