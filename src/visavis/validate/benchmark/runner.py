"""From what was made of every case to evaluations: one pass over the cases, scored side by side, tallied by row."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from visavis.core.clock import FPS
from visavis.core.motion import Motion
from visavis.core.work import Engine, in_order
from visavis.validate.benchmark.aggregation import Evaluation, Tally
from visavis.validate.benchmark.case_scores import ROWS, Drawn, Ruler, Scene, Setup, Take, compare, name_of
from visavis.validate.benchmark.cases import Case, others_of
from visavis.validate.benchmark.corruption import Corruption
from visavis.validate.benchmark.dataset_statistics import Survey
from visavis.validate.metrics.pooled import pooled_clusters

Progress = Callable[[int, int], None]
"""Told how many steps are done, of how many."""


@dataclass(frozen=True, eq=False)
class Plan:
    """How what one variant made is judged."""

    ruler: Ruler
    corruption: Corruption | None = None


@dataclass(frozen=True, eq=False)
class Made:
    """A case and what every variant made of it."""

    case: Case
    drawn: Mapping[str, Drawn]


class Steps:
    """Counts what is done and tells it."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self.count, self.total, self.progress = 0, total, progress

    def done(self) -> None:
        """One more."""
        self.count += 1
        if self.progress is not None:
            self.progress(self.count, self.total)


def gather(
    made: Iterable[Made],
    known: Survey,
    plans: Mapping[str, Plan],
    *,
    seeds: Sequence[int],
    engine: Engine,
    done: Callable[[], None],
) -> dict[str, Evaluation]:
    """Score what every variant made of the cases that `known` found usable, in their order.

    Cases are scored by `engine` while the next ones are made. `done` is told of each variant and case. Nothing is kept
    of a case but its scores.
    """
    rulers = _distinct(plan.ruler for plan in plans.values())
    setup = Setup(replace(known, truths=()), pooled_clusters(known.truths, known.space, known.groups), rulers)
    tallies: dict[str, Tally] = {name: Tally() for name in plans}
    controls = [Tally() for _ in rulers]
    names: list[str] = []
    scored = engine.map(partial(compare, setup=setup), _scenes(made, known, plans, rulers), named=name_of)
    for number, compared in enumerate(in_order(scored)):
        names.append(compared.name)
        for variant, scores in compared.variants.items():
            tallies[variant].add(number, scores)
            done()
        for tally, scores in zip(controls, compared.controls, strict=True):
            tally.add(number, scores)
    beside = [tally.closed(known.clips) for tally in controls]
    common = Evaluation(
        rows={},
        clips=len(set(known.clips)),
        minutes=known.frames / FPS / 60,
        seeds=tuple(seeds),
        logged=tuple(sorted(known.logged)),
        clip_names=tuple(names),
        cases=known.usable,
        problems=known.problems,
    )
    sources = _sources(names)
    found: dict[str, Evaluation] = {}
    for name, plan in plans.items():
        rows = tallies[name].closed(known.clips)
        parts = {source: tallies[name].part(known.clips, numbers) for source, numbers in sources.items()}
        if plan.corruption is None:
            ruler = rulers.index(plan.ruler)
            rows |= beside[ruler]
            for source, numbers in sources.items():
                parts[source] |= controls[ruler].part(known.clips, numbers)
        rows = {row: rows[row] for row in ROWS if row in rows}
        found[name] = replace(
            common,
            rows={row: closed.estimates for row, closed in rows.items()},
            per_clip={row: closed.per_clip for row, closed in rows.items()},
            pooled={row: closed.pooled for row, closed in rows.items() if closed.pooled},
            parts={source: {row: part[row] for row in ROWS if row in part} for source, part in parts.items()},
            corruption=plan.corruption,
        )
    return found


@dataclass(frozen=True, eq=False)
class _Lent:
    """What the scenes of another conversation need of a case: its true motion and the first sample of each variant."""

    truth: Motion
    samples: Mapping[str, Motion]


def _scenes(made: Iterable[Made], known: Survey, plans: Mapping[str, Plan], rulers: Sequence[Ruler]) -> Iterator[Scene]:
    """A scene for each case, in their order, as soon as what it borrows from another conversation is drawn."""
    others = others_of(known.clips)
    last_reader = {other: number for number, other in enumerate(others) if other is not None}
    lent: dict[int, _Lent] = {}
    waiting: deque[tuple[int, Made]] = deque()
    for arrived, new in enumerate(made):
        waiting.append((arrived, new))
        if arrived in last_reader:
            clean = {name: drawn.samples[0] for name, drawn in new.drawn.items() if plans[name].corruption is None}
            lent[arrived] = _Lent(new.case.truth, clean)
        while waiting and (others[waiting[0][0]] is None or others[waiting[0][0]] in lent):
            number, one = waiting.popleft()
            other = others[number]
            borrowed = None if other is None else lent[other]
            samples = {} if borrowed is None else borrowed.samples
            takes = {
                name: Take(drawn, samples.get(name), rulers.index(plans[name].ruler))
                for name, drawn in one.drawn.items()
            }
            yield Scene(one.case, None if borrowed is None else borrowed.truth, takes)
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


def _distinct(rulers: Iterable[Ruler]) -> tuple[Ruler, ...]:
    found: list[Ruler] = []
    for ruler in rulers:
        if ruler not in found:
            found.append(ruler)
    return tuple(found)
