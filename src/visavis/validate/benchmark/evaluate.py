"""Evaluation of a model on a dataset: generate every clip, score it beside every baseline, with intervals.

Shapes: S sound samples at 16 kHz, T frames, D channels. Every clip is generated once per seed for each of its two
people, and once more with the user replaced; everything else is scored on what was generated. Several variants of a
system (turns of context, corrupted input) are made and scored in one pass over the clips.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from visavis.core.bounds import SEEDS
from visavis.core.errors import VisavisError
from visavis.core.local_processes import LOCAL
from visavis.core.work import Engine
from visavis.data.folder import Clip
from visavis.validate.benchmark.aggregation import Evaluation
from visavis.validate.benchmark.batch_generation import Generator, Variant, generate_cases
from visavis.validate.benchmark.case_scores import MODEL, ControlSettings
from visavis.validate.benchmark.cases import Case, FolderCases, first_clips
from visavis.validate.benchmark.corruption import MOTION
from visavis.validate.benchmark.dataset_statistics import DatasetStatistics, SelectedCases, dataset_statistics
from visavis.validate.benchmark.runner import Progress, StepCounter, VariantSettings, score_cases
from visavis.validate.metrics.diversity import require_extra
from visavis.validate.metrics.pair_tables import Vertices


def evaluate(
    system: Generator,
    clips: Sequence[Clip],
    *,
    seeds: Sequence[int] = (0,),
    limit: int | None = None,
    engine: Engine = LOCAL,
    progress: Progress | None = None,
    vertices: Vertices | None = None,
) -> Evaluation:
    """Evaluate one system on the first `limit` clips of a data folder (`data.folder.list_clips`)."""
    variants = {MODEL: Variant(system)}
    found = evaluate_variants(
        variants, clips, seeds=seeds, limit=limit, engine=engine, progress=progress, vertices=vertices
    )
    return found[MODEL]


def evaluate_variants(
    variants: Mapping[str, Variant],
    clips: Sequence[Clip],
    *,
    seeds: Sequence[int] = (0,),
    limit: int | None = None,
    engine: Engine = LOCAL,
    progress: Progress | None = None,
    vertices: Vertices | None = None,
) -> dict[str, Evaluation]:
    """Evaluate several variants on the first `limit` clips of a data folder; see `evaluate_cases`."""
    cases = FolderCases(first_clips(clips, limit))
    return evaluate_cases(variants, cases, seeds=seeds, engine=engine, progress=progress, vertices=vertices)


def evaluate_cases(
    variants: Mapping[str, Variant],
    cases: Sequence[Case],
    *,
    seeds: Sequence[int] = (0,),
    engine: Engine = LOCAL,
    progress: Progress | None = None,
    vertices: Vertices | None = None,
) -> dict[str, Evaluation]:
    """Generate every case with every variant and score it beside the controls, which are scored once.

    Cases that are broken, shorter than a turn, of another space, or of which a variant makes NaN are named in
    `Evaluation.problems`, all others are scored.
    `engine` scores while this process generates (`LocalProcesses(1)`: this one scores, too).
    `progress` is told of two steps for each variant and case: generated, scored. `vertices` gives vertices (T, V, 3) of
    motion, such as a rig's, for the vertex errors of people in one room; other processes must be able to import it.
    Raises `VisavisError` without variants, seeds or a case that can be used, and where the variants or a corruption
    do not fit the data.
    """
    if not seeds or not variants:
        raise VisavisError("an evaluation needs at least one seed and one variant")
    for seed in seeds:
        SEEDS.require("seed", seed)
    require_extra()
    systems = [variant.system for variant in variants.values()]
    if len({system.space.name for system in systems}) > 1:
        raise VisavisError("variants of different motion spaces cannot be evaluated together; evaluate one at a time")
    dataset = dataset_statistics(cases, systems[0].space, max(2, *(system.frames_per_step for system in systems)))
    _require_motion(variants, dataset)
    steps = StepCounter(2 * len(dataset.clips) * len(variants), progress)
    return score_cases(
        generate_cases(variants, SelectedCases(cases, dataset.usable), dataset, seeds, steps.done),
        dataset,
        {name: _settings(variant, dataset) for name, variant in variants.items()},
        seeds=seeds,
        engine=engine,
        done=steps.done,
        vertices=vertices,
    )


def _settings(variant: Variant, dataset: DatasetStatistics) -> VariantSettings:
    system = variant.system
    face = dataset.mean if system.mean_face is None else system.mean_face
    return VariantSettings(ControlSettings(face, system.frames_per_step), variant.corruption)


def _require_motion(variants: Mapping[str, Variant], dataset: DatasetStatistics) -> None:
    moved = [name for name, variant in variants.items() if variant.corruption and variant.corruption.stream == MOTION]
    if moved and not dataset.seen:
        raise VisavisError(f"{moved[0]}: no clip knows its user's motion, so there is none to corrupt; leave it out")
