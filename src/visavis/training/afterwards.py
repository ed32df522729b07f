"""What is fitted to a model after its training: the stretches of recordings it is fitted by, and the command of such a
program, `python -m visavis.training.NAME RUN --data DIR --out MODEL`.

Shapes: B stretches, T frames, D motion channels.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from visavis.core.clock import FPS, samples_in
from visavis.core.conversation import Person
from visavis.core.errors import VisavisError
from visavis.core.program import exit_status
from visavis.core.steps import Chunk
from visavis.data.folder import Clip, read_clip
from visavis.system.folder import save_system
from visavis.system.shipped import load_trainable
from visavis.system.system import System
from visavis.training.run import clips_to_learn_from

Fit = Callable[[System, Sequence[Clip]], str]
"""Fits a system in place to recordings, and says what that has changed."""


@dataclass(frozen=True, eq=False)
class Stretches:
    """The beginnings of recordings, each from both sides: what a system takes of them, the agents' true motion
    (B, T, D), and who each agent is: a clip and 1 or 2, the number of its speaker."""

    given: Chunk
    motion: Tensor
    agents: tuple[tuple[Clip, int], ...]


def stretches(system: System, clips: Sequence[Clip], frames: int, most: int) -> Stretches:
    """The first `frames` of as many recordings of two people in motion as give `most` agents.

    Raises `VisavisError` where there are none of that length.
    """
    heard: dict[str, list[np.ndarray]] = {"user_speech": [], "agent_speech": [], "user_motion": []}
    true: list[np.ndarray] = []
    agents: list[tuple[Clip, int]] = []
    for clip in clips:
        if len(agents) >= most:
            break
        talk = read_clip(clip)
        first, second = (_beginning(person, frames) for person in (talk.agent, talk.user))
        if first is None or second is None:
            continue
        for number, (agent, user) in enumerate(((first, second), (second, first)), start=1):
            heard["user_speech"].append(user.speech)
            heard["agent_speech"].append(agent.speech)
            heard["user_motion"].append(user.motion)
            true.append(agent.motion)
            agents.append((clip, number))
    if not agents:
        raise VisavisError(
            f"none of {len(clips)} clips is {frames / FPS:g} s of two people in motion; bring longer ones"
        )
    given = {one.name: torch.from_numpy(np.stack(heard[one.name])) for one in system.interface.inputs}
    return Stretches(Chunk(given), torch.from_numpy(np.stack(true)), tuple(agents))


@dataclass(frozen=True, eq=False)
class _Beginning:
    speech: np.ndarray
    motion: np.ndarray


def _beginning(person: Person, frames: int) -> _Beginning | None:
    """The first frames of somebody who is heard and seen for so long; None of others."""
    if person.speech is None or person.motion is None or len(person.motion) < frames:
        return None
    return _Beginning(person.speech[: samples_in(frames)], person.motion.values[:frames])


def fit_parser(description: str) -> argparse.ArgumentParser:
    """The arguments of such a program: RUN, --data, --out."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("model", metavar="RUN", help="a run or a model folder")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--out", type=Path, required=True, metavar="MODEL")
    return parser


def run_fit(chosen: argparse.Namespace, fit: Fit) -> int:
    """Fits RUN to DIR/train and leaves the model in OUT; 2 for what cannot be, told in one line."""

    def run() -> None:
        system = load_trainable(chosen.model)
        said = fit(system, clips_to_learn_from(chosen.data))
        chosen.out.mkdir(parents=True, exist_ok=True)
        save_system(system, chosen.out)
        print(f"{chosen.out}: {said}")

    return exit_status(run)
