"""Simulating many conversations: parallel over processes, resumable, the same bytes for the same seed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import get_args

from visavis.core.clock import FPS
from visavis.core.errors import VisavisError, unknown
from visavis.core.files import written_whole
from visavis.core.threads import worker_environment
from visavis.data.simulate.conversation import conversation_name
from visavis.data.simulate.simulation import Simulation
from visavis.data.simulate.store import is_finished
from visavis.data.simulate.voices.cast import ESPEAK_ALONE, Casting, Split

VERSION = 1
_USUAL_S = 85.0
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
    workers: int = 2,
    progress: Callable[[int, int], None] | None = None,
    casting: Casting = ESPEAK_ALONE,
) -> SimulationReport:
    """Write about `minutes` of simulated conversations to `out/split`; finished ones are kept.

    `progress(done, all)` is called after each conversation. More minutes under the same seed add conversations.
    Recorded people are read, and their words aligned, before anything is written.
    Raises `VisavisError` when the folder belongs to another simulation, an option makes no sense, espeak-ng is
    missing, or a worker process dies (run again: it goes on where it stopped).
    """
    if split not in get_args(Split):
        raise unknown("split", split, get_args(Split))
    if minutes <= 0 or workers < 1 or seed < 0:
        raise VisavisError(
            f"minutes {minutes}, workers {workers}, seed {seed}: need minutes > 0, workers >= 1, seed >= 0"
        )
    began = time.perf_counter()
    folder = Path(out) / split
    simulation = Simulation(seed, split, casting)
    casting.recorded_people(split)
    _claim(folder, simulation)
    count = max(1, round(minutes * 60 / _USUAL_S))
    waiting = [i for i in range(count) if not is_finished(folder, conversation_name(seed, split, i))]
    frames = _spread(folder, simulation, waiting, workers, count, progress) if waiting else 0
    return SimulationReport(folder, len(waiting), count - len(waiting), frames / FPS, time.perf_counter() - began)


def _claim(folder: Path, simulation: Simulation) -> None:
    wanted = {"version": VERSION, **simulation.identity()}
    record = folder / _RECORD
    if record.is_file():
        found = json.loads(record.read_text())
        if found != wanted:
            raise VisavisError(f"{folder} holds another simulation {found}, asked was {wanted}; choose another folder")
    elif folder.is_dir() and any(folder.iterdir()):
        raise VisavisError(f"{folder} holds files that are not from a simulation; choose another folder")
    else:
        with written_whole(record) as path:
            path.write_text(json.dumps(wanted) + "\n")


def _spread(
    folder: Path,
    simulation: Simulation,
    waiting: list[int],
    workers: int,
    count: int,
    progress: Callable[[int, int], None] | None,
) -> int:
    tasks: SimpleQueue[int] = SimpleQueue()
    for index in waiting:
        tasks.put(index)
    done: SimpleQueue[int | None] = SimpleQueue()
    running = min(workers, len(waiting))
    frames = finished = 0
    with ThreadPoolExecutor(running) as pool:
        threads = [pool.submit(_serve, folder, simulation, tasks, done) for _ in range(running)]
        try:
            while running:
                made = done.get()
                if made is None:
                    running -= 1
                    continue
                frames += made
                finished += 1
                if progress is not None:
                    progress(count - len(waiting) + finished, count)
        finally:
            _drop(tasks)
        for thread in threads:
            thread.result()
    return frames


def _drop(tasks: SimpleQueue[int]) -> None:
    """Let the workers stop after what they are doing."""
    with suppress(Empty):
        while True:
            tasks.get_nowait()


def _serve(folder: Path, simulation: Simulation, tasks: SimpleQueue[int], done: SimpleQueue[int | None]) -> None:
    """Feed one worker process until the tasks run out; `done` gets frames per conversation and None at the end."""
    command = [sys.executable, "-m", "visavis.data.simulate.worker", str(folder), simulation.text()]
    try:
        with subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=worker_environment(),
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            while (index := _next(tasks)) is not None:
                with suppress(BrokenPipeError):
                    os.write(process.stdin.fileno(), f"{index}\n".encode())
                line = process.stdout.readline()
                if not line:
                    raise VisavisError(_last_words(process) + "; run again, finished conversations are kept")
                answer = json.loads(line)
                if "error" in answer:
                    raise VisavisError(answer["error"])
                done.put(answer["frames"])
    except (VisavisError, OSError):
        _drop(tasks)
        raise
    finally:
        done.put(None)


def _last_words(process: subprocess.Popen[str]) -> str:
    """Why a worker ended early, as far as it said."""
    said = process.stderr.read().strip().splitlines() if process.stderr else []
    return f"a simulation worker ended early ({said[-1] if said else f'status {process.wait()}'})"


def _next(tasks: SimpleQueue[int]) -> int | None:
    with suppress(Empty):
        return tasks.get_nowait()
    return None
