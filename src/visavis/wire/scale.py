"""What a conversation-hour costs on this machine: simulated, scored and served, in CPU seconds and memory.

    python -m visavis.wire.scale --minutes 30 --workers 1 2 4 --engines local ray --clients 4 --seconds 30

Everything runs as a command of its own, whose CPU time (of user and system, of all its processes) and largest resident
process the operating system counts; a server is asked before and after so many people have talked with it. For Linux.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from visavis.core.clock import SAMPLE_RATE
from visavis.core.errors import VisavisError
from visavis.core.program import exit_status
from visavis.core.threads import child_environment
from visavis.data.folder import list_clips
from visavis.data.sound import read_sound
from visavis.wire.server.load import free_port, wait_for_server

_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_HEADER = """| work | CPU seconds per conversation-hour | wall seconds, conversation-hours | largest process [MiB] |
|---|---|---|---|"""


@dataclass(frozen=True)
class Cost:
    """What work on so many hours of conversation took: CPU time and waiting [s], the largest process [MiB]."""

    hours: float
    cpu_s: float
    wall_s: float
    largest_mib: float

    @property
    def row(self) -> str:
        """A row of a table, without its name."""
        each = self.cpu_s / self.hours
        return f"{each:,.0f} | {self.wall_s:,.1f} s for {self.hours:.2f} h | {self.largest_mib:,.0f}"


def cost_of(command: Sequence[str], hours: float) -> Cost:
    """What a command of visavis takes, with its processes. Raises `VisavisError` where it fails."""
    began_s = time.perf_counter()
    started = subprocess.Popen(
        [sys.executable, "-m", "visavis", *command], env=child_environment(), stdout=subprocess.DEVNULL
    )
    _, status, used = os.wait4(started.pid, 0)
    started.returncode = os.waitstatus_to_exitcode(status)
    if started.returncode:
        raise VisavisError(f"visavis {' '.join(command)} ended with status {started.returncode}; see what it printed")
    return Cost(hours, used.ru_utime + used.ru_stime, time.perf_counter() - began_s, used.ru_maxrss / 1024)


def cost_of_serving(model: str, clients: int, seconds: float) -> tuple[Cost, Cost]:
    """What a server takes while nobody is there, for `seconds`, and then while so many people talk with it."""
    port = free_port()
    command = ["serve", "--model", model, "--port", str(port), "--most", str(max(clients, 1))]
    server = subprocess.Popen([sys.executable, "-m", "visavis", *command], env=child_environment())
    try:
        wait_for_server(port, server)
        time.sleep(2)
        before_s, began_s = _cpu_s(server.pid), time.perf_counter()
        time.sleep(seconds)
        idle = Cost(seconds / 3600, _cpu_s(server.pid) - before_s, time.perf_counter() - began_s, _mib(server.pid))
        before_s, began_s = _cpu_s(server.pid), time.perf_counter()
        own = ["-m", "visavis.wire.server.load", "--url", f"ws://127.0.0.1:{port}/live", "--clients", str(clients)]
        told = subprocess.run([sys.executable, *own, "--seconds", str(seconds)], env=child_environment(), check=False)
        if told.returncode:
            raise VisavisError("the clients of the server failed; see what they printed")
        wall_s = time.perf_counter() - began_s
        # A client talks three seconds longer than it is measured.
        hours = clients * (seconds + 3) / 3600
        return idle, Cost(hours, _cpu_s(server.pid) - before_s, wall_s, _mib(server.pid))
    finally:
        server.terminate()
        server.wait(30)


def _cpu_s(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _mib(process: int) -> float:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the measurement; see the module. Gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m visavis.wire.scale", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0, help="of conversation that is simulated and scored")
    parser.add_argument("--voices", nargs="*", default=["espeak"], help="of the simulator; none: not done")
    parser.add_argument("--workers", type=int, nargs="+", default=[1])
    parser.add_argument("--engines", nargs="+", default=["local"], help="local, ray, ray:ADDRESS")
    parser.add_argument("--models", nargs="*", default=["arig-small", "timar-small-200ms"], help="that are served")
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=30.0)
    asked = parser.parse_args(arguments)

    def run() -> None:
        print(_HEADER, flush=True)
        with tempfile.TemporaryDirectory() as folder:
            _data(Path(folder), asked.minutes, asked.voices, asked.engines, asked.workers)
        for model in asked.models:
            idle, busy = cost_of_serving(model, asked.clients, asked.seconds)
            print(f"| {model}, nobody there | {idle.row} |\n| {model}, {asked.clients} talk | {busy.row} |", flush=True)

    return exit_status(run)


def _data(folder: Path, minutes: float, voices: Sequence[str], engines: Sequence[str], workers: Sequence[int]) -> None:
    for voice in voices:
        for engine in engines:
            for count in workers:
                shutil.rmtree(folder / voice, ignore_errors=True)
                where = ["--engine", engine, "--workers", str(count)]
                made = ["simulate", str(folder / voice), "--minutes", str(minutes), "--split", "test"]
                cost = cost_of([*made, "--voices", voice, *where], minutes / 60)
                cost = replace(cost, hours=_hours(folder / voice))
                print(f"| simulated, {voice}, {engine}, {count} workers | {cost.row} |", flush=True)
        _predict_the_truth(folder / voice)
        for engine in engines:
            for count in workers:
                where = ["--engine", engine, "--workers", str(count)]
                cost = cost_of(
                    ["score", str(folder / "predicted"), "--data", str(folder / voice), *where], minutes / 60
                )
                print(f"| scored, {voice}, {engine}, {count} workers | {cost.row} |", flush=True)


def _hours(data: Path) -> float:
    """How long the conversations are that were made, of which there are about as many minutes as were asked for."""
    return (
        sum(len(read_sound(sound)) for clip in list_clips(data, None) if (sound := clip.sides[0].sound))
        / SAMPLE_RATE
        / 3600
    )


def _predict_the_truth(data: Path) -> None:
    """Predictions of both people of every clip, which are what they did."""
    place = data.parent / "predicted"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    for clip in list_clips(data, None):
        for side in clip.sides:
            if side.motion is not None:
                shutil.copy(side.motion, place / f"{clip.name.split('/')[-1]}_speaker{side.number}.npz")


if __name__ == "__main__":
    sys.exit(main())
