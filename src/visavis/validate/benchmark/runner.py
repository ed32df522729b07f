"""The runner of an evaluation: every generated case is scored, many at a time, and the scores are aggregated."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from visavis.core.clock import FPS
from visavis.core.motion import Motion
from visavis.core.work import Engine, in_order
from visavis.validate.benchmark.aggregation import Evaluation, Tally
from visavis.validate.benchmark.case_scores import (
    ROWS,
    ControlSettings,
    GeneratedMotions,
    ScoringJob,
    ScoringSetup,
    VariantMotions,
    job_name,
    score_case,
)
from visavis.validate.benchmark.cases import Case, others_of
from visavis.validate.benchmark.corruption import Corruption
from visavis.validate.benchmark.dataset_statistics import DatasetStatistics, nothing_left
from visavis.validate.metrics.pair_tables import Vertices
from visavis.validate.metrics.pooled import pooled_clusters

Progress = Callable[[int, int], None]
"""Told how many steps are done, of how many."""


@dataclass(frozen=True, eq=False)
class VariantSettings:
    """How what one variant made is judged."""

    controls: ControlSettings
    corruption: Corruption | None = None


@dataclass(frozen=True, eq=False)
class GeneratedCase:
    """A case and what every variant made of it; `problem`: why it cannot be scored; `rules`: see `ScoringJob`."""

    case: Case
    motions: Mapping[str, GeneratedMotions]
    problem: str | None = None
    rules: Mapping[str, np.ndarray] = field(default_factory=dict)


class StepCounter:
    """Counts what is done and tells it."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self.count, self.total, self.progress = 0, total, progress

    def done(self) -> None:
        """One more."""
        self.count += 1
        if self.progress is not None:
            self.progress(self.count, self.total)


def score_cases(
    cases: Iterable[GeneratedCase],
    dataset: DatasetStatistics,
    variants: Mapping[str, VariantSettings],
    *,
    seeds: Sequence[int],
    engine: Engine,
    done: Callable[[], None],
    vertices: Vertices | None = None,
) -> dict[str, Evaluation]:
    """Score what every variant made of the cases that `dataset` found usable, in their order.

    Cases are scored by `engine` while the next ones are made. `done` is told of each variant and case. Nothing is kept
    of a case but its scores. Cases with a problem are named in the evaluations' problems; raises `VisavisError` where
    no other is left.
    """
    settings = _distinct(variant.controls for variant in variants.values())
    setup = ScoringSetup(
        replace(dataset, truths=()), pooled_clusters(dataset.truths, dataset.space, dataset.groups), settings, vertices
    )
    tallies: dict[str, Tally] = {name: Tally() for name in variants}
    controls = [Tally() for _ in settings]
    names: list[str] = []
    taken = _Taken(len(variants), done)
    jobs = _jobs(cases, dataset, variants, settings, taken)
    scored = engine.map(partial(score_case, setup=setup), jobs, named=job_name)
    for number, compared in enumerate(in_order(scored)):
        names.append(compared.name)
        for name, scores in compared.variants.items():
            tallies[name].add(number, scores)
            done()
        for tally, scores in zip(controls, compared.controls, strict=True):
            tally.add(number, scores)
    if not names:
        raise nothing_left(taken.problems)
    dataset = replace(
        dataset,
        clips=tuple(dataset.clips[number] for number in taken.numbers),
        usable=tuple(dataset.usable[number] for number in taken.numbers),
        frames=sum(len(dataset.truths[number]) for number in taken.numbers),
        problems=(*dataset.problems, *dict.fromkeys(taken.problems)),
    )
    beside = [tally.closed(dataset.clips) for tally in controls]
    common = Evaluation(
        rows={},
        clips=len(set(dataset.clips)),
        minutes=dataset.frames / FPS / 60,
        seeds=tuple(seeds),
        logged=tuple(sorted(dataset.logged)),
        clip_names=tuple(names),
        cases=dataset.usable,
        problems=dataset.problems,
    )
    sources = _sources(names)
    found: dict[str, Evaluation] = {}
    for name, variant in variants.items():
        rows = tallies[name].closed(dataset.clips)
        parts = {source: tallies[name].part(dataset.clips, numbers) for source, numbers in sources.items()}
        if variant.corruption is None:
            place = settings.index(variant.controls)
            rows |= beside[place]
            for source, numbers in sources.items():
                parts[source] |= controls[place].part(dataset.clips, numbers)
        rows = {row: rows[row] for row in ROWS if row in rows}
        found[name] = replace(
            common,
            rows={row: closed.estimates for row, closed in rows.items()},
            per_clip={row: closed.per_clip for row, closed in rows.items()},
            pooled={row: closed.pooled for row, closed in rows.items() if closed.pooled},
            confusions={row: closed.confusions for row, closed in rows.items() if closed.confusions},
            parts={source: {row: part[row] for row in ROWS if row in part} for source, part in parts.items()},
            corruption=variant.corruption,
        )
    return found


class _Taken:
    """Which of the cases are scored, by their numbers, and what is wrong with the others."""

    def __init__(self, variants: int, done: Callable[[], None]) -> None:
        self.numbers: list[int] = []
        self.problems: list[str] = []
        self._variants, self._done = variants, done

    def leave_out(self, problem: str) -> None:
        """A case that is not scored; its steps count as done."""
        self.problems.append(problem)
        for _ in range(self._variants):
            self._done()


@dataclass(frozen=True, eq=False)
class _Borrowed:
    """What the jobs of another conversation need of a case: its true motion and the first sample of each variant."""

    truth: Motion
    samples: Mapping[str, Motion]


def _jobs(
    cases: Iterable[GeneratedCase],
    dataset: DatasetStatistics,
    variants: Mapping[str, VariantSettings],
    settings: Sequence[ControlSettings],
    taken: _Taken,
) -> Iterator[ScoringJob]:
    """A job for each case without a problem, in their order, as soon as what it borrows from another conversation is
    generated; of one with a problem nothing is borrowed but the true motion."""
    others = others_of(dataset.clips)
    last_reader = {other: number for number, other in enumerate(others) if other is not None}
    lent: dict[int, _Borrowed] = {}
    waiting: deque[tuple[int, GeneratedCase]] = deque()
    for arrived, new in enumerate(cases):
        waiting.append((arrived, new))
        if arrived in last_reader:
            clean = {
                name: generated.samples[0]
                for name, generated in new.motions.items()
                if variants[name].corruption is None
            }
            lent[arrived] = _Borrowed(new.case.truth, clean)
        while waiting and (others[waiting[0][0]] is None or others[waiting[0][0]] in lent):
            number, one = waiting.popleft()
            other = others[number]
            borrowed = None if other is None else lent[other]
            samples = {} if borrowed is None else borrowed.samples
            motions = {
                name: VariantMotions(generated, samples.get(name), settings.index(variants[name].controls))
                for name, generated in one.motions.items()
            }
            if one.problem is not None:
                taken.leave_out(one.problem)
            else:
                taken.numbers.append(number)
                yield ScoringJob(one.case, None if borrowed is None else borrowed.truth, motions, one.rules)
            if other is not None and last_reader[other] == number:
                del lent[other]


def _sources(names: Sequence[str]) -> dict[str, set[int]]:
    """The numbers of the cases of each source, where there are several; their names begin with SOURCE and a dot."""
    found: dict[str, set[int]] = {}
    for number, name in enumerate(names):
        source, dot, _ = name.rpartition("_speaker")[0].partition(".")
        if dot:
            found.setdefault(source, set()).add(number)
    return found if len(found) > 1 else {}


def _distinct(settings: Iterable[ControlSettings]) -> tuple[ControlSettings, ...]:
    found: list[ControlSettings] = []
    for one in settings:
        if one not in found:
            found.append(one)
    return tuple(found)
