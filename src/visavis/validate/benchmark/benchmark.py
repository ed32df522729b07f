"""All that one command asks of a model: on each part of the data, with each context, clean and corrupted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from visavis.core.local_processes import LOCAL
from visavis.core.work import Engine
from visavis.data.folder import HELD_OUT, list_clips
from visavis.system.system import System
from visavis.validate.benchmark.aggregation import Evaluation
from visavis.validate.benchmark.batch_generation import Variant, draw
from visavis.validate.benchmark.cases import FolderCases
from visavis.validate.benchmark.corruption import CLEAN, parse_corruptions
from visavis.validate.benchmark.evaluate import evaluate_variants
from visavis.validate.benchmark.published_scores import DUALTALK_CLIPS
from visavis.validate.benchmark.runner import Progress
from visavis.validate.benchmark.worst_clips import WorstClip, worst_clips


@dataclass(frozen=True)
class Study:
    """What is asked. `splits` (None in it: all clips), `contexts` in turns (None in it: as trained), `corrupt` the
    words of corruptions, `limit` clips of a split at most; `engine` scores."""

    data: Path
    splits: tuple[str | None, ...] = (None,)
    contexts: tuple[int | None, ...] = (None,)
    corrupt: tuple[str, ...] = ()
    seeds: tuple[int, ...] = (0,)
    limit: int | None = None
    engine: Engine = LOCAL


@dataclass(frozen=True)
class Finding:
    """One context on one split: the evaluation, those under corrupted input by its words, and the worst clips."""

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


def run_study(
    system: System, name: str, study: Study, *, worst: bool = False, progress: Progress | None = None
) -> Iterator[Finding]:
    """Each split in one pass over its clips; `worst`: also look for the worst clips.

    Raises `VisavisError` for corruptions, contexts and data that do not fit; clips that cannot be used are named in
    the evaluations' problems.
    """
    corruptions = parse_corruptions(study.corrupt)
    for split in study.splits:
        clips = list_clips(study.data, split)
        systems = {turns: system if turns is None else system.with_options(context=turns) for turns in study.contexts}
        variants = {
            f"{turns} {word}": Variant(drawn, corruption)
            for turns, drawn in systems.items()
            for word, corruption in corruptions.items()
        }
        found = evaluate_variants(
            variants, clips, seeds=study.seeds, limit=study.limit, engine=study.engine, progress=progress
        )
        cases = FolderCases(clips[: study.limit])
        for turns, drawn in systems.items():
            clean = found[f"{turns} {CLEAN}"]
            yield Finding(
                title=", ".join([name, split or study.data.name, *([] if turns is None else [f"context {turns}"])]),
                model=Path(name).name,
                split=split or "",
                turns=turns,
                clean=clean,
                corrupted={word: found[f"{turns} {word}"] for word in corruptions if word != CLEAN},
                worst=_worst(drawn, clean, cases, study.seeds) if worst else (),
                dualtalk=DUALTALK_CLIPS.get(split or "") == len(clips) and system.space.name == "flame56",
            )


def _worst(system: System, clean: Evaluation, cases: FolderCases, seeds: Sequence[int]) -> tuple[WorstClip, ...]:
    return worst_clips(clean, cases, lambda number: draw(system, [(cases[number], None)], seeds[:1])[0].samples[0])
