"""Simulating many conversations: parallel over processes, resumable, the same bytes for the same seed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import get_args

from visavis.core.bounds import MOST_SEED, Bounds
from visavis.core.clock import FPS
from visavis.core.errors import VisavisError, unknown
from visavis.core.files import read_json, written_whole
from visavis.core.local_processes import LocalProcesses
from visavis.core.work import Engine, WorkerLost
from visavis.data.simulate.conversation import conversation_name
from visavis.data.simulate.simulation import Simulation, Together
from visavis.data.simulate.store import is_finished, write_scene
from visavis.data.simulate.voices.cast import ESPEAK_ALONE, Casting, Split

VERSION = 2
TWO_PROCESSES = LocalProcesses(2)
_USUAL_S = 85.0
_MINUTES = Bounds(0, 10_000_000, without_least=True)
_SEEDS = Bounds(0, MOST_SEED)
_RECORD = "simulation.json"


@dataclass(frozen=True)
class SimulationReport:
    """What a run did: `made` conversations are new, `skipped` lay there finished; `simulated_s` is of the new ones."""

    folder: Path
    made: int
    skipped: int
    simulated_s: float
    wall_s: float

    @property
    def speed(self) -> float:
        """Simulated seconds per second of waiting."""
        return self.simulated_s / max(self.wall_s, 1e-9)


def simulate(
    out: Path,
    minutes: float,
    seed: int,
    split: Split = "train",
    engine: Engine = TWO_PROCESSES,
    progress: Callable[[int, int], None] | None = None,
    casting: Casting = ESPEAK_ALONE,
    together: Together | None = None,
) -> SimulationReport:
    """Write about `minutes` of simulated conversations to `out/split`; finished ones are kept.

    `progress(done, all)` is called after each conversation. More minutes under the same seed add conversations.
    People are each by themselves, or `together` in a room.
    Recorded people are read, and their words aligned, before anything is written.
    Raises `VisavisError` when the folder belongs to another simulation, an option makes no sense, espeak-ng is
    missing, or a process dies (run again: it goes on where it stopped).
    """
    if split not in get_args(Split):
        raise unknown("split", split, get_args(Split))
    _MINUTES.require("minutes", minutes)
    _SEEDS.require("seed", seed)
    began = time.perf_counter()
    folder = Path(out) / split
    simulation = Simulation(seed, split, casting, together)
    casting.recorded_people(split)
    _claim(folder, simulation)
    count = max(1, round(minutes * 60 / _USUAL_S))
    waiting = [i for i in range(count) if not is_finished(folder, conversation_name(seed, split, i))]
    frames, finished = 0, count - len(waiting)
    named = partial(conversation_name, seed, split)
    try:
        for done in engine.map(partial(write_scene, folder, simulation), waiting, named=named):
            frames += done.result
            finished += 1
            if progress is not None:
                progress(finished, count)
    except WorkerLost as error:
        raise WorkerLost(f"{error}; run again, finished conversations are kept") from error
    _require_here(folder, [named(index) for index in waiting])
    return SimulationReport(folder, len(waiting), count - len(waiting), frames / FPS, time.perf_counter() - began)


def _require_here(folder: Path, names: list[str]) -> None:
    """Other machines write to where they are: what they made must be seen from here."""
    elsewhere = [name for name in names if not is_finished(folder, name)]
    if elsewhere:
        raise VisavisError(
            f"{len(elsewhere)} of {len(names)} conversations, such as {elsewhere[0]}, were written where this machine "
            f"does not see them; {folder} must be a folder that all machines of the cluster share, at the same path"
        )


def _claim(folder: Path, simulation: Simulation) -> None:
    wanted = {"version": VERSION, **simulation.identity()}
    record = folder / _RECORD
    if record.is_file():
        found = read_json(record)
        if found != wanted:
            raise VisavisError(f"{folder} holds another simulation {found}, asked was {wanted}; choose another folder")
    elif folder.is_dir() and any(folder.iterdir()):
        raise VisavisError(f"{folder} holds files that are not from a simulation; choose another folder")
    else:
        with written_whole(record) as path:
            path.write_text(json.dumps(wanted) + "\n")
