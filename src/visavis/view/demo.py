"""The demonstration: a conversation that ships in the package, a model that does, everything that comes out."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from visavis.core.clock import FPS
from visavis.core.motion import Motion
from visavis.data.inputs import Inputs
from visavis.data.shipped import shipped_conversation
from visavis.encode.activity import hear
from visavis.system.system import System
from visavis.validate.reactions import listening_mask, nods
from visavis.view.outputs import Take, require_place, write_outputs
from visavis.view.picture.plot import plot_conversation

SEED = 5
"""A performance in which the agent nods after three of the user's phrases; of twelve seeds eight nod at least once."""


@dataclass(frozen=True)
class DemoReport:
    """What a demonstration made, and how long drawing `seconds` of motion took [s]."""

    files: tuple[Path, ...]
    seconds: float
    wall_s: float

    @property
    def speed(self) -> float:
        """Seconds of motion drawn in a second."""
        return self.seconds / self.wall_s


def run_demo(system: System, out: Path, progress: Callable[[int, int], None] | None = None) -> DemoReport:
    """Animate the agent of the shipped conversation and write motion, Live Link CSV, film and plot into `out`.

    `progress(done, frames)` follows the film, which takes longest. Raises `VisavisError` where `out` cannot be
    written or an extra is missing.
    """
    files = tuple(out / name for name in ("agent.npz", "agent.csv", "conversation.mp4", "conversation.png"))
    for path in files:
        require_place(path)
    given = shipped_conversation(system.space)
    start = time.perf_counter()
    motion = system.generate(given.user_speech, given.agent_speech, given.user_motion, seed=SEED)
    wall_s = time.perf_counter() - start
    user, agent = Take(given.user_motion, given.user_speech), Take(motion, given.agent_speech)
    *motions, plot = files
    write_outputs(motions, agent, user, progress)
    _plot(plot, given, motion)
    return DemoReport(files, len(motion) / FPS, wall_s)


def _plot(path: Path, given: Inputs, motion: Motion) -> None:
    assert given.user_motion is not None
    user, agent = hear(given.user_speech), hear(given.agent_speech)
    plot_conversation(
        path,
        given.user_motion,
        motion,
        given.user_speech,
        given.agent_speech,
        user_activity=user.speaking,
        agent_activity=agent.speaking,
        user_nods=nods(given.user_motion, listening_mask(user, len(given.user_motion))),
        agent_nods=nods(motion, listening_mask(agent, len(motion))),
    )
