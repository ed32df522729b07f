"""The demonstration: a conversation that ships in the package, a model that does, everything that comes out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from visavis.core.clock import FPS
from visavis.core.conversation import Person
from visavis.data.shipped import shipped_conversation
from visavis.system.system import System
from visavis.view.outputs import not_installed, require_outputs, write_outputs
from visavis.view.presentation import Presentation, Style

_SHOWN = (".mp4", ".html", ".png")
SEED = 5
"""A performance in which the agent nods after three of the user's phrases; of twelve seeds eight nod at least once."""


@dataclass(frozen=True)
class DemoReport:
    """What a demonstration made, why not the rest, and how long drawing `seconds` of motion took [s]."""

    files: tuple[Path, ...]
    left_out: Mapping[Path, str]
    seconds: float
    wall_s: float

    @property
    def speed(self) -> float:
        """Seconds of motion drawn in a second."""
        return self.seconds / self.wall_s


def run_demo(system: System, out: Path, progress: Callable[[int, int], None] | None = None) -> DemoReport:
    """Animate the agent of the shipped conversation and write motion, Live Link CSV, film, player and plot into `out`.

    What needs an extra that is not installed is left out, and the report says which. `progress(done, frames)` follows
    the film, which takes longest. Raises `VisavisError` where `out` cannot be written.
    """
    wanted = [out / name for name in ("agent.npz", "agent.csv", *(f"conversation{kind}" for kind in _SHOWN))]
    lacking = {path: not_installed(path) for path in wanted}
    left_out = {path: str(reason) for path, reason in lacking.items() if reason is not None}
    files = tuple(path for path in wanted if path not in left_out)
    require_outputs(files, system.space)
    given = shipped_conversation(system.space)
    start = time.perf_counter()
    motion = system.generate(given.user_speech, given.agent_speech, given.user_motion, seed=SEED)
    wall_s = time.perf_counter() - start
    presentation = Presentation(Person(given.agent_speech, motion), Person(given.user_speech, given.user_motion))
    write_outputs(files, presentation, Style(strip=True), progress)
    return DemoReport(files, left_out, len(motion) / FPS, wall_s)
