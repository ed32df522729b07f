"""Commands that measure: evaluate, score, compare, bench."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import Positional, arg

from visavis.cli.shared import (
    EngineChoice,
    Folder,
    History,
    Json,
    Precision,
    SpeechEncoder,
    Split,
    Workers,
    bar,
    engine_of,
    loaded,
    name_problems,
    require_places,
    write_json,
)
from visavis.system import DEFAULT_MODEL


def evaluate(
    model: Annotated[Positional[str], arg(metavar="MODEL")],
    /,
    *,
    data: Folder,
    speech_encoder: SpeechEncoder = None,
    split: Annotated[tuple[Split, ...], arg(metavar="SPLIT [SPLIT ...]")] = (),
    context: Annotated[tuple[int, ...], arg(metavar="TURNS [TURNS ...]")] = (),
    steps: Annotated[tuple[int, ...], arg(metavar="N [N ...]")] = (),
    history: History = None,
    precision: Precision = "float32",
    corrupt: Annotated[tuple[str, ...], arg(metavar="STREAM:KIND:SHARE [...]")] = (),
    limit: Annotated[int | None, arg(metavar="N")] = None,
    seeds: Annotated[tuple[int, ...], arg(metavar="N [N ...]")] = (0,),
    workers: Workers = None,
    engine: EngineChoice = "local",
    brief: bool = False,
    json: Json = None,
    report: Annotated[Path | None, arg(metavar="F.html")] = None,
) -> int:
    """Score a model on a data folder beside its controls, as Markdown tables. Exit status 2 if clips were left out.

    Args:
        model: A model's name (see `visavis models`), run folder, TIMAR.pth or DualTalk.pth, or an address with the
            checksum of one that does not ship (docs/models.md).
        data: Data folder.
        speech_encoder: Hub name or folder of the wav2vec 2.0 that the model hears with; unset: as its recipe says.
        split: Which parts of it; unset: all but train, as far as they are there.
        context: Score with this many turns of the past, each in turn; unset: as trained.
        steps: Score with this many denoising steps a draw, each in turn; unset: as its recipe says.
        history: Recompute the window each turn (exact) or keep keys and values (cached); unset: as the model says.
        precision: What large layers multiply in, with weights packed for this processor.
        corrupt: Also with bursts in the input, such as motion:hold:0.3, user-speech:noise:0.5:10, or all.
        limit: At most this many conversations of a split.
        seeds: Draw each conversation with each of these.
        workers: Processes that score; unset: one for each core.
        engine: Where they are: this machine or a Ray cluster, at its address, RAY_ADDRESS or, without both, here.
        brief: Print the questions most asked instead of every metric.
        json: Also write the scores here.
        report: Also write a page with tables, distributions, worst clips and curves.
    """
    from visavis.validate.benchmark.benchmark import Benchmark, held_out, run_benchmark
    from visavis.validate.report.benchmark_report import json_of, tables_of, write_benchmark_report
    from visavis.validate.report.report_data import Origin
    from visavis.view.people.skin_in_room import has_skin_in_room, skin_in_room

    require_places(json, report)
    system = loaded(model, precision, history, speech_encoder)
    results = []
    with engine_of(engine, workers) as scoring, bar(f"evaluating {model}") as progress:
        asked = Benchmark(
            data=data,
            splits=split or held_out(data),
            contexts=context or (None,),
            steps=steps or (None,),
            corrupt=corrupt,
            seeds=seeds,
            limit=limit,
            engine=scoring,
            vertices=skin_in_room if has_skin_in_room(system.space) else None,
        )
        for result in run_benchmark(system, model, asked, worst=report is not None, progress=progress):
            print(f"## {result.title}\n\n{tables_of(result, brief)}", flush=True)
            results.append(result)
    write_json(json, {result.title: json_of(result) for result in results})
    if report is not None:
        write_benchmark_report(results, system, model, asked, Origin.of_command(sys.argv[1:]), report)
    return name_problems([problem for result in results for problem in result.clean.problems])


def score(
    predictions: Annotated[Positional[Path], arg(metavar="PREDICTIONS")],
    /,
    *,
    data: Folder,
    split: Split | None = None,
    workers: Workers = None,
    engine: EngineChoice = "local",
    json: Json = None,
) -> int:
    """Score saved motion, arrays in DualTalk's layout, beside the controls. Exit status 2 if some were left out.

    Args:
        predictions: Folder with NAME_speakerK.npy or .npz for clips of the data folder.
        data: Data folder.
        split: Which part of it; unset: all.
        workers: Processes that score; unset: one for each core.
        engine: Where they are: this machine or a Ray cluster, at its address, RAY_ADDRESS or, without both, here.
        json: Also write the scores here.
    """
    from visavis.data.folder import list_clips
    from visavis.validate.benchmark.predictions import score_predictions
    from visavis.validate.report.markdown_tables import markdown, plain

    require_places(json)
    with engine_of(engine, workers) as scoring, bar("scoring") as progress:
        evaluation = score_predictions(predictions, list_clips(data, split), engine=scoring, progress=progress)
    print(markdown(evaluation))
    write_json(json, plain(evaluation))
    return name_problems(evaluation.problems)


def compare(
    evaluations: Annotated[Positional[tuple[Path, ...]], arg(metavar="F.json [F.json ...]")],
    /,
    *,
    engine: EngineChoice = "local",
) -> None:
    """Models side by side, as Markdown tables in the layout of TIMAR's.

    Args:
        evaluations: What `visavis evaluate --json` wrote, a file or more for each model.
        engine: Where the files are read: here, or on a Ray cluster, as for evaluate.
    """
    from visavis.core.work import in_order
    from visavis.validate.report.compare_models import compare_models, read_scored

    with engine_of(engine, 1) as reading:
        scored = list(in_order(reading.map(read_scored, evaluations)))
    print(compare_models([one for several in scored for one in several]))


def bench(
    model: Annotated[Positional[str], arg(metavar="MODEL")] = DEFAULT_MODEL,
    *,
    minutes: Annotated[float, arg(metavar="M")] = 60.0,
    turns: Annotated[int, arg(metavar="N")] = 40,
    crowds: Annotated[tuple[int, ...], arg(metavar="N [N ...]")] = (1, 4, 16, 64),
    sessions: Annotated[tuple[int, ...], arg(metavar="N [N ...]")] = (1, 64, 200),
    conversations: Annotated[int, arg(metavar="N")] = 1,
    device: Literal["cpu", "cuda"] = "cpu",
    json: Json = None,
) -> None:
    """Measure speed, memory and steadiness on this machine, as Markdown tables.

    Args:
        model: A model's name (see `visavis models`), run folder or checkpoint; or a recipe's name, with random weights.
        minutes: Length of the conversation over which time, memory and motion are watched.
        turns: Turns over which each variant (recomputed, cached, each precision) is measured.
        crowds: How many conversations go through one forward pass.
        sessions: How many live sessions share a pool.
        conversations: How many are watched over these minutes, in one pass; more tell drift from chance.
        device: Where to compute.
        json: Also write the numbers here.
    """
    from visavis.system.bench.report import bench
    from visavis.system.bench.tables import markdown
    from visavis.system.shipped import known_models
    from visavis.system.untrained import untrained
    from visavis.training.recipes import RECIPES, recipe_named

    require_places(json)
    known = model in known_models() or model not in RECIPES
    measured = model if known else untrained(recipe_named(model).system)
    report = bench(
        measured,
        minutes=minutes,
        turns=turns,
        crowds=crowds,
        sessions=sessions,
        conversations=conversations,
        device=device,
    )
    print(markdown(report))
    write_json(json, report.as_json())
