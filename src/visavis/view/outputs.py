"""The files that motion can become, chosen by their ending."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from visavis.core.builtin_spaces import ARKIT61
from visavis.core.errors import VisavisError, missing_extra
from visavis.core.motion import Motion
from visavis.core.spaces import MotionSpace
from visavis.data.motion_files import write_motion

ENDINGS = (".npz", ".npy", ".csv", ".mp4")


@dataclass(frozen=True, eq=False)
class Take:
    """What one person did, as far as it is known: motion, and the voice (S,) at 16 kHz."""

    motion: Motion | None
    speech: np.ndarray | None = None


def require_outputs(paths: Sequence[Path], space: MotionSpace | None = None) -> None:
    """Raise `VisavisError` if one of `paths` could not be written; to be asked before a long computation.

    With `space` also if a format cannot hold motion of that space.
    """
    for path in paths:
        if path.suffix.lower() not in ENDINGS:
            raise VisavisError(
                f"{path}: motion cannot be written to {path.suffix or 'a name without ending'}; "
                f"use {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}"
            )
        if path.suffix.lower() == ".csv" and space not in (None, ARKIT61):
            raise VisavisError(f"{path}: .csv holds {ARKIT61.name} only, the motion is in {space.name}; use .npz")
        if path.suffix.lower() == ".mp4":
            _require_film()
        require_place(path)


def require_place(path: Path) -> None:
    """Raise `VisavisError` if no file can be made at `path` (missing folders would be made)."""
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    if path.is_dir():
        problem = "is a folder"
    elif not folder.is_dir():
        problem = f"{folder} is not a folder"
    elif not os.access(folder, os.W_OK | os.X_OK):
        problem = f"{folder} may not be written to"
    else:
        return
    raise VisavisError(f"cannot write {path}: {problem}; choose another place")


def write_outputs(
    paths: Sequence[Path], agent: Take, user: Take | None = None, progress: Callable[[int, int], None] | None = None
) -> None:
    """Write the agent's motion to each path; a film shows and lets hear the user, too.

    `progress(done, frames)` follows a film. Raises `VisavisError` where a format cannot hold the motion, a place
    cannot be written or the agent's motion is unknown.
    """
    if agent.motion is None:
        raise VisavisError("there is no motion of the agent to write")
    for path in paths:
        if path.suffix.lower() == ".mp4":
            _film(path, [agent] if user is None else [user, agent], progress)
        else:
            write_motion(agent.motion, path)


def _film(path: Path, people: Sequence[Take], progress: Callable[[int, int], None] | None) -> None:
    from visavis.view.film import write_film

    silence = np.zeros(0, dtype=np.float32)
    write_film(
        path,
        [person.motion for person in people],
        [silence if person.speech is None else person.speech for person in people],
        ("user", "agent")[-len(people) :],
        progress=progress,
    )


def _require_film() -> None:
    for package in ("matplotlib", "av"):
        if importlib.util.find_spec(package) is None:
            raise missing_extra(package, "view", "making a film")
