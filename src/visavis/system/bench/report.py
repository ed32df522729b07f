"""How fast a system draws on this machine, how long one turn takes, and whether a long conversation needs memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import torch

import visavis
from visavis.core.clock import FPS, frames_of, samples_in
from visavis.core.motion import Motion
from visavis.core.protocols import Chunk
from visavis.system import DEFAULT_MODEL
from visavis.system.shipped import load
from visavis.system.system import System

THREADS = 2
_SPOKEN_S = 20
_TURNS = 40
_LOOKS = 30


@dataclass(frozen=True)
class BenchReport:
    """Times are of this machine with `threads` threads; ratios compare within this run.

    speed: seconds of motion drawn in a second, the median of `speeds`. turn_p50_ms, turn_p95_ms: time of a step that
    draws one turn of `turn_ms`, over a conversation of `streamed_minutes`. recomputed_p50_ms: the same when the
    history is computed anew each turn; cache_gain: how often the cached turn fits into it. memory_mib: resident
    memory, evenly spaced over the conversation (empty where the system does not tell); memory_growth_mib: how much
    its second half needs beyond its first. help_s, import_s: time of `visavis --help` and of `import visavis`.
    """

    model: str
    parameters: int
    threads: int
    speed: float
    speeds: tuple[float, ...]
    turn_ms: int
    turn_p50_ms: float
    turn_p95_ms: float
    recomputed_p50_ms: float
    cache_gain: float
    streamed_minutes: float
    memory_mib: tuple[float, ...]
    memory_growth_mib: float | None
    help_s: float
    import_s: float


def bench(model: str | Path | System = DEFAULT_MODEL, *, minutes: float = 30.0, runs: int = 5) -> BenchReport:
    """Measure a model by its name or folder, or a system.

    minutes: length of the conversation, which is streamed as fast as it goes. runs: repeats of the short measurements.
    Raises `VisavisError` for a model that `load` does not find.
    """
    system = model if isinstance(model, System) else load(model)
    with _threads(THREADS):
        speeds = _speeds(system, runs)
        recomputed = system.with_options(context=system.room.history_turns)
        again = _stream(recomputed, _TURNS, 1)
        cached = _stream(system, _TURNS, 1)
        turns = max(_LOOKS, round(frames_of(minutes * 60) / system.frames_per_step))
        live = _stream(system, turns, turns // _LOOKS)
    half = len(live.memory_mib) // 2
    return BenchReport(
        model=system.config.name,
        parameters=sum(weights.numel() for weights in system.parameters()),
        threads=THREADS,
        speed=median(speeds),
        speeds=tuple(speeds),
        turn_ms=system.frames_per_step * 1000 // FPS,
        turn_p50_ms=float(np.median(live.turn_ms)),
        turn_p95_ms=float(np.quantile(live.turn_ms, 0.95)),
        recomputed_p50_ms=median(again.turn_ms),
        cache_gain=median(again.turn_ms) / median(cached.turn_ms),
        streamed_minutes=turns * system.frames_per_step / FPS / 60,
        memory_mib=live.memory_mib,
        memory_growth_mib=max(live.memory_mib[half:]) - max(live.memory_mib[:half]) if half else None,
        help_s=median(_seconds_of("-m", "visavis", "--help") for _ in range(runs)),
        import_s=median(_seconds_of("-c", "import visavis") for _ in range(runs)),
    )


@dataclass(frozen=True)
class _Stream:
    """What a streamed conversation took: each turn [ms], and looks at the resident memory [MiB]."""

    turn_ms: tuple[float, ...]
    memory_mib: tuple[float, ...]


def _speeds(system: System, runs: int) -> list[float]:
    sound = _voices(2, frames_of(_SPOKEN_S)).numpy()
    motion = Motion(np.tile(system.mean_face, (frames_of(_SPOKEN_S), 1)), system.space)
    seconds = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        system.generate(sound[0], sound[1], motion)
        seconds.append(time.perf_counter() - start)
    return [_SPOKEN_S / spent for spent in seconds[1:]]


def _stream(system: System, turns: int, look_every: int) -> _Stream:
    frames = system.frames_per_step
    voices = _voices(8, frames)
    motion = torch.from_numpy(system.mean_face).expand(1, frames, -1)
    state = system.init_state(1)
    turn_ms: list[float] = []
    memory_mib: list[float] = []
    for turn in range(turns):
        chunk = Chunk(voices[None, turn % 8], voices[None, (turn + 1) % 8], motion)
        start = time.perf_counter()
        _, state = system.step(chunk, state)
        turn_ms.append(1000 * (time.perf_counter() - start))
        if turn % look_every == look_every - 1:
            memory_mib += _resident_mib()
    return _Stream(tuple(turn_ms), tuple(memory_mib))


def _voices(rows: int, frames: int) -> torch.Tensor:
    return 0.05 * torch.randn(rows, samples_in(frames), generator=torch.Generator().manual_seed(0))


def _resident_mib() -> list[float]:
    """Memory that this process holds [MiB]; nothing where /proc does not tell."""
    told = Path("/proc/self/statm")
    if not told.is_file():
        return []
    return [int(told.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20]


def _seconds_of(*arguments: str) -> float:
    """Time of a fresh interpreter with these arguments [s]."""
    home = str(Path(visavis.__file__).parents[1])
    paths = os.pathsep.join([home, os.environ["PYTHONPATH"]]) if "PYTHONPATH" in os.environ else home
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, *arguments], env={**os.environ, "PYTHONPATH": paths}, stdout=subprocess.DEVNULL, check=True
    )
    return time.perf_counter() - start


@contextmanager
def _threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
