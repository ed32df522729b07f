"""Studies: a recipe and its ablations, trained on the same data, scored on the same conversations, side by side.

    python -m visavis.validate.study together-tiny --data DIR --out STUDY [--limit N] [--workers N]

trains every recipe whose name begins so in STUDY/RECIPE, scores it into STUDY/RECIPE.json, and writes STUDY/study.md.
What is there already stays: run again, it goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from visavis.core.errors import VisavisError
from visavis.core.files import require_place, write_json, written_whole
from visavis.core.local_processes import LOCAL, LocalProcesses
from visavis.core.program import exit_status
from visavis.core.work import Engine
from visavis.system.shipped import load
from visavis.training.recipes import RECIPES
from visavis.training.run import train
from visavis.training.run_folder import REPORT_FILE
from visavis.validate.benchmark.benchmark import Benchmark, held_out, run_benchmark
from visavis.validate.report.benchmark_report import json_of
from visavis.validate.report.compare_models import compare_models, overview, read_scored


@dataclass(frozen=True)
class Study:
    """Learned from `data`'s train and scored on its other splits (`limit` conversations of each at most), in `out`.

    `overrides`: keys of all recipes, as `train` takes them. `teacher`: what another model expects, for recipes that
    learn from it. `engine` scores.
    """

    data: Path
    out: Path
    limit: int | None = None
    overrides: Mapping[str, str] = field(default_factory=dict)
    teacher: Path | None = None
    engine: Engine = LOCAL


def family(name: str) -> list[str]:
    """A recipe and those named after it, `NAME-...`; raises `VisavisError` where there is none."""
    found = [recipe for recipe in RECIPES if recipe == name or recipe.startswith(f"{name}-")]
    if name not in found:
        raise VisavisError(f"there is no recipe {name!r} to study; known: {', '.join(RECIPES)}")
    return found


def run_study(recipes: Sequence[str], study: Study) -> str:
    """Train and score what is not there yet; gives an overview and all tables, and writes them to OUT/study.md.

    Raises what `train` and `run_benchmark` raise.
    """
    scores = [_scored(name, study) for name in recipes]
    scored = [one for path in scores for one in read_scored(path)]
    tables = f"## Overview\n\n{overview(scored)}\n## All measures\n\n{compare_models(scored)}"
    with written_whole(study.out / "study.md") as path:
        path.write_text(tables, encoding="utf-8")
    return tables


def _scored(name: str, study: Study) -> Path:
    run, scores = study.out / name, study.out / f"{name}.json"
    if not (run / REPORT_FILE).is_file():
        train(name, study.data, run, resume=True, overrides=study.overrides, teacher=study.teacher)
    if not scores.is_file():
        asked = Benchmark(study.data, held_out(study.data), limit=study.limit, engine=study.engine)
        results = list(run_benchmark(load(run), name, asked))
        write_json(scores, {result.title: json_of(result) for result in results})
    return scores


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 2 for what cannot be, told in one line."""
    parser = argparse.ArgumentParser(description="A recipe and its ablations, trained and scored side by side.")
    parser.add_argument("recipe", metavar="RECIPE", help="studied with all recipes named RECIPE-...")
    parser.add_argument(
        "--data", type=Path, required=True, metavar="DIR", help="learned from its train, scored on the rest"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="STUDY", help="runs, scores and tables go here")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these recipes of the family; unset: all")
    parser.add_argument("--limit", type=int, metavar="N", help="at most so many conversations of a split")
    parser.add_argument("--teacher", type=Path, metavar="DIR", help="for recipes that learn from another model")
    parser.add_argument("--workers", type=int, metavar="N", help="processes that score; unset: one for each core")
    chosen = parser.parse_args(arguments)
    return exit_status(lambda: print(_run(chosen)))


def _run(chosen: argparse.Namespace) -> str:
    recipes = family(chosen.recipe)
    unknown = [name for name in chosen.only or () if name not in recipes]
    if unknown:
        raise VisavisError(f"{unknown[0]} is not of the family {chosen.recipe}; choose of: {', '.join(recipes)}")
    require_place(chosen.out / "study.md")
    engine = LocalProcesses(chosen.workers)
    study = Study(chosen.data, chosen.out, chosen.limit, teacher=chosen.teacher, engine=engine)
    return run_study([name for name in recipes if name in (chosen.only or recipes)], study)


if __name__ == "__main__":
    sys.exit(main())
