"""The folder of a run: who may write into it, and where a resumed run goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from visavis.core.config import to_dict
from visavis.core.errors import VisavisError
from visavis.core.files import read_json, require_place, write_json
from visavis.training.checkpoints import checkpoints, sweep
from visavis.training.loop_config import differences, plain
from visavis.training.processes import Processes

RECIPE_FILE = "recipe.json"
REPORT_FILE = "report.json"
"""What a run that is over has."""
BEFORE = "before"
"""The run, inside another one, of its recipe's earlier part."""


def check_run_folder(out: Path, recipe: Any, resume: bool) -> bool:
    """Whether a run of `recipe` that may use `out` has begun there before; writes nothing.

    Raises `VisavisError` when `out` is in use and `resume` is off, holds something else, or was begun with another
    recipe (the differing keys are named), and where nothing can be written.
    """
    require_place(out / RECIPE_FILE)
    if not out.is_dir() or all(path.name.startswith(".") or path.name == BEFORE for path in out.iterdir()):
        return False
    if not resume:
        raise VisavisError(f"{out} is not empty; continue the run in it with --resume, or choose another --out")
    kept = out / RECIPE_FILE
    if not kept.is_file():
        raise VisavisError(f"{out} is not empty but holds no run ({kept.name} is missing); choose another --out")
    changed = differences(read_json(kept), plain(recipe))
    if changed:
        raise VisavisError(
            f"{out} was begun with another recipe ({'; '.join(changed)}); "
            "resume with the recipe it was begun with, or choose another --out"
        )
    return True


def open_run(out: Path, recipe: Any, resume: bool, processes: Processes) -> Path | None:
    """Make `out` the folder of this run; gives the checkpoint to go on from, or None at the beginning.

    Resuming where nothing is yet begins at the beginning, so the same command can always be repeated. Raises
    `VisavisError` as `check_run_folder` does, and when the folder cannot be written.
    """
    begun = check_run_folder(out, recipe, resume)
    processes.wait()
    if processes.first:
        sweep(out)
        if not begun:
            write_json(out / RECIPE_FILE, to_dict(recipe))
    processes.wait()
    found = checkpoints(out)
    return found[-1] if found else None
