"""The evaluation: a system's samples and predicted mean beside every control, per clip, with intervals.

Shapes: S sound samples at 16 kHz, T frames, D channels. Every clip is generated once per seed for each of its two
people, and once more with the user replaced; everything else is scored on what was generated. Several variants of a
system (turns of context, corrupted input) are made and scored in one pass over the clips.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from visavis.core.errors import VisavisError
from visavis.core.local_processes import LOCAL
from visavis.core.motion import Motion
from visavis.core.work import Engine
from visavis.data.folder import Clip
from visavis.system.generate import Request
from visavis.validate.benchmark.batch_generation import Generator, make
from visavis.validate.benchmark.case_scores import MODEL, Drawn, Ruler
from visavis.validate.benchmark.cases import Case, FolderCases, others_of, with_user_of
from visavis.validate.benchmark.corruption import MOTION, Corruption, corrupted
from visavis.validate.benchmark.dataset_statistics import Chosen, Survey, survey
from visavis.validate.benchmark.runner import Evaluation, Made, Plan, Progress, Steps, gather
from visavis.validate.metrics.diversity import require_extra

CASES_AT_ONCE = 16
"""Cases that are read and generated together."""


@dataclass(frozen=True, eq=False)
class Variant:
    """A system and what its input goes through; None: nothing, and the controls are scored beside it."""

    system: Generator
    corruption: Corruption | None = None


def evaluate(
    system: Generator,
    clips: Sequence[Clip],
    *,
    seeds: Sequence[int] = (0,),
    limit: int | None = None,
    engine: Engine = LOCAL,
    progress: Progress | None = None,
) -> Evaluation:
    """Evaluate one system on the first `limit` clips of a data folder (`data.folder.list_clips`)."""
    variants = {MODEL: Variant(system)}
    found = evaluate_variants(variants, clips, seeds=seeds, limit=limit, engine=engine, progress=progress)
    return found[MODEL]


def evaluate_variants(
    variants: Mapping[str, Variant],
    clips: Sequence[Clip],
    *,
    seeds: Sequence[int] = (0,),
    limit: int | None = None,
    engine: Engine = LOCAL,
    progress: Progress | None = None,
) -> dict[str, Evaluation]:
    """Evaluate several variants on the first `limit` clips of a data folder; see `evaluate_cases`."""
    return evaluate_cases(variants, FolderCases(clips[:limit]), seeds=seeds, engine=engine, progress=progress)


def evaluate_cases(
    variants: Mapping[str, Variant],
    cases: Sequence[Case],
    *,
    seeds: Sequence[int] = (0,),
    engine: Engine = LOCAL,
    progress: Progress | None = None,
) -> dict[str, Evaluation]:
    """Generate every case with every variant and score it beside the controls, which are scored once.

    Cases that are broken, shorter than a turn or of another space are named in `Evaluation.problems`, all others are
    scored. `engine` scores while this process generates (`LocalProcesses(1)`: this one scores, too).
    `progress` is told of two steps for each variant and case: generated, scored.
    Raises `VisavisError` without variants, seeds or a case that can be used, and where the variants or a corruption
    do not fit the data.
    """
    if not seeds or not variants:
        raise VisavisError("an evaluation needs at least one seed and one variant")
    require_extra()
    systems = [variant.system for variant in variants.values()]
    if len({system.space.name for system in systems}) > 1:
        raise VisavisError("variants of different motion spaces cannot be evaluated together; evaluate one at a time")
    known = survey(cases, systems[0].space, max(2, *(system.frames_per_step for system in systems)))
    _require_motion(variants, known)
    steps = Steps(2 * len(known.clips) * len(variants), progress)
    return gather(
        _made(variants, Chosen(cases, known.usable), known, seeds, steps.done),
        known,
        {name: _plan(variant, known) for name, variant in variants.items()},
        seeds=seeds,
        engine=engine,
        done=steps.done,
    )


def draw(system: Generator, pairs: Sequence[tuple[Case, Case | None]], seeds: Sequence[int]) -> list[Drawn]:
    """Everything the system is asked for in some cases, each with the case whose user is put in its user's place."""
    requests: list[Request] = []
    for case, other in pairs:
        for number, seed in enumerate(seeds):
            requests.append(Request(case.user_speech, case.agent_speech, case.user_motion, seed, mean=number == 0))
        if other is not None:
            speech, motion = with_user_of(case, other)
            requests.append(Request(speech, case.agent_speech, motion, seeds[0]))
    made = iter(make(system, requests))
    drawn: list[Drawn] = []
    for case, other in pairs:
        first, *more = [next(made) for _ in seeds]
        swapped = None if other is None else _fitting(next(made).sample, case)
        mean = None if first.mean is None else _fitting(first.mean, case)
        drawn.append(Drawn(tuple(_fitting(one.sample, case) for one in (first, *more)), swapped, mean))
    return drawn


def _made(
    variants: Mapping[str, Variant],
    cases: Sequence[Case],
    known: Survey,
    seeds: Sequence[int],
    done: Callable[[], None],
) -> Iterator[Made]:
    """What every variant makes of each case, in their order."""
    others = others_of(known.clips)
    for start in range(0, len(cases), CASES_AT_ONCE):
        numbers = range(start, min(start + CASES_AT_ONCE, len(cases)))
        pairs = [(cases[number], _case(cases, others[number])) for number in numbers]
        made: dict[str, list[Drawn]] = {}
        for name, variant in variants.items():
            made[name] = draw(variant.system, _heard(pairs, variant.corruption, known.spread), seeds)
            for _ in numbers:
                done()
        for at, (case, _) in enumerate(pairs):
            yield Made(case, {name: drawn[at] for name, drawn in made.items()})


def _heard(
    pairs: Sequence[tuple[Case, Case | None]], corruption: Corruption | None, spread: float
) -> Sequence[tuple[Case, Case | None]]:
    """What goes into the model; under corruption the user is not replaced as well."""
    if corruption is None:
        return pairs
    return [(corrupted(case, corruption, spread), None) for case, _ in pairs]


def _plan(variant: Variant, known: Survey) -> Plan:
    system = variant.system
    face = known.mean if system.mean_face is None else system.mean_face
    return Plan(Ruler(face, system.frames_per_step), variant.corruption)


def _require_motion(variants: Mapping[str, Variant], known: Survey) -> None:
    moved = [name for name, variant in variants.items() if variant.corruption and variant.corruption.stream == MOTION]
    if moved and not known.seen:
        raise VisavisError(f"{moved[0]}: no clip knows its user's motion, so there is none to corrupt; leave it out")


def _case(cases: Sequence[Case], number: int | None) -> Case | None:
    return None if number is None else cases[number]


def _fitting(motion: Motion, case: Case) -> Motion:
    return motion.cut(0, len(case.truth))
