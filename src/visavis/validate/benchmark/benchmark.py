"""The benchmark of a model: an evaluation on each split, with each length of context and number of denoising steps, on
clean and corrupted input."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from visavis.core.local_processes import LOCAL
from visavis.core.work import Engine
from visavis.data.folder import HELD_OUT, list_clips
from visavis.system.system import System
from visavis.validate.benchmark.aggregation import Evaluation
from visavis.validate.benchmark.batch_generation import Variant, generate_motions
from visavis.validate.benchmark.cases import FolderCases, first_clips
from visavis.validate.benchmark.corruption import CLEAN, parse_corruptions
from visavis.validate.benchmark.evaluate import evaluate_variants
from visavis.validate.benchmark.published_scores import DUALTALK_CLIPS
from visavis.validate.benchmark.runner import Progress
from visavis.validate.benchmark.worst_clips import WorstClip, worst_clips
from visavis.validate.metrics.pair_tables import Vertices


@dataclass(frozen=True)
class Benchmark:
    """What is asked. `splits` (None in it: all clips), `contexts` in turns (None in it: as trained), `corrupt` the
    words of corruptions, `limit` clips of a split at most; `engine` scores. `vertices`: of any head, for errors of
    vertices of people in one room; other processes must be able to import it. `steps`: denoising steps of a draw (None
    in it: as the recipe says)."""

    data: Path
    splits: tuple[str | None, ...] = (None,)
    contexts: tuple[int | None, ...] = (None,)
    corrupt: tuple[str, ...] = ()
    seeds: tuple[int, ...] = (0,)
    limit: int | None = None
    engine: Engine = LOCAL
    vertices: Vertices | None = None
    steps: tuple[int | None, ...] = (None,)


@dataclass(frozen=True)
class _Way:
    """One of the ways in which a model is asked to draw."""

    turns: int | None
    steps: int | None

    @property
    def words(self) -> list[str]:
        """What differs from how the model draws unasked."""
        turns = [] if self.turns is None else [f"context {self.turns}"]
        return turns + ([] if self.steps is None else [f"steps {self.steps}"])


@dataclass(frozen=True)
class BenchmarkResult:
    """One context and number of steps on one split: the evaluation, those under corrupted input by its words, and the
    worst clips."""

    title: str
    model: str
    split: str
    turns: int | None
    clean: Evaluation
    corrupted: Mapping[str, Evaluation]
    worst: tuple[WorstClip, ...]
    dualtalk: bool


def held_out(data: Path) -> tuple[str | None, ...]:
    """The splits of a data folder that no training saw; where there are none, everything."""
    present = {clip.split for clip in list_clips(data)}
    return tuple(split for split in HELD_OUT if split in present) or (None,)


def run_benchmark(
    system: System, name: str, benchmark: Benchmark, *, worst: bool = False, progress: Progress | None = None
) -> Iterator[BenchmarkResult]:
    """Each split in one pass over its clips; `worst`: also look for the worst clips.

    Raises `VisavisError` for corruptions, contexts, steps and data that do not fit; clips that cannot be used are named
    in the evaluations' problems.
    """
    corruptions = parse_corruptions(benchmark.corrupt)
    for split in benchmark.splits:
        clips = list_clips(benchmark.data, split)
        ways = [_Way(turns, steps) for turns in benchmark.contexts for steps in benchmark.steps]
        systems = {way: system.with_options(context=way.turns, steps=way.steps) for way in ways}
        variants = {
            f"{way} {word}": Variant(drawn_so, corruption)
            for way, drawn_so in systems.items()
            for word, corruption in corruptions.items()
        }
        found = evaluate_variants(
            variants,
            clips,
            seeds=benchmark.seeds,
            limit=benchmark.limit,
            engine=benchmark.engine,
            progress=progress,
            vertices=benchmark.vertices,
        )
        cases = FolderCases(first_clips(clips, benchmark.limit))
        for way, drawn_so in systems.items():
            clean = found[f"{way} {CLEAN}"]
            model = Path(name).name
            yield BenchmarkResult(
                title=", ".join([name, split or benchmark.data.name, *way.words]),
                model=model if way.steps is None else f"{model}, steps {way.steps}",
                split=split or "",
                turns=way.turns,
                clean=clean,
                corrupted={word: found[f"{way} {word}"] for word in corruptions if word != CLEAN},
                worst=_worst(drawn_so, clean, cases, benchmark.seeds) if worst else (),
                dualtalk=DUALTALK_CLIPS.get(split or "") == len(clips) and system.space.name == "flame56",
            )


def _worst(system: System, clean: Evaluation, cases: FolderCases, seeds: Sequence[int]) -> tuple[WorstClip, ...]:
    return worst_clips(
        clean, cases, lambda number: generate_motions(system, [(cases[number], None)], seeds[:1])[0].samples[0]
    )
