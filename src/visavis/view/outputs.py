"""The files that motion can become, chosen by their ending."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from visavis.core.builtin_spaces import ARKIT61, FLAME56
from visavis.core.errors import VisavisError, missing_extra
from visavis.core.motion import Motion
from visavis.core.rate import at_rate
from visavis.core.spaces import MotionSpace
from visavis.data.motion_files import write_motion
from visavis.view.exports.bvh import write_bvh
from visavis.view.exports.dualtalk import write_dualtalk
from visavis.view.exports.glb import write_glb
from visavis.view.exports.usd import write_usd
from visavis.view.mesh import Mesh
from visavis.view.retarget import to_arkit

FLAME = ".flame.npz"
"""The ending that asks for DualTalk's layout."""
_USD = (".usd", ".usda", ".usdc")
ENDINGS = (".npz", FLAME, ".npy", ".csv", ".glb", ".bvh", *_USD, ".mp4")
_HOLDS = {".csv": ARKIT61, FLAME: FLAME56}
_SHOWS = (".glb", ".bvh", *_USD)


@dataclass(frozen=True, eq=False)
class Take:
    """What one person did, as far as it is known: motion, and the voice (S,) at 16 kHz."""

    motion: Motion | None
    speech: np.ndarray | None = None


def ending_of(path: Path) -> str:
    """What a file's name asks for: its suffix, or `.flame.npz`."""
    return FLAME if path.name.lower().endswith(FLAME) else path.suffix.lower()


def require_outputs(paths: Sequence[Path], space: MotionSpace | None = None, head: Mesh | None = None) -> None:
    """Raise `VisavisError` if one of `paths` could not be written; to be asked before a long computation.

    With `space` also if a format cannot hold motion of that space; `head` is what a .glb or USD is to show.
    """
    for path in paths:
        ending = ending_of(path)
        if ending not in ENDINGS:
            raise VisavisError(
                f"{path}: motion cannot be written to {path.suffix or 'a name without ending'}; "
                f"use {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}"
            )
        if space is not None:
            _require_space(path, ending, space)
        if ending in (".glb", *_USD) and head is None:
            _require_packages("view", ("numba",), "making a head")
        if ending in _USD:
            _require_packages("usd", ("pxr",), "writing USD")
        if ending == ".mp4":
            _require_packages("view", ("matplotlib", "av", "numba"), "making a film")
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
    paths: Sequence[Path],
    agent: Take,
    user: Take | None = None,
    progress: Callable[[int, int], None] | None = None,
    *,
    fps: float | None = None,
    head: Mesh | None = None,
) -> None:
    """Write the agent's motion to each path; a film shows and lets hear the user, too.

    fps: Frames a second of motion files [1/s]; unset: as the motion is. A film has its own rate.
    head: What .glb and USD show, and where a .bvh has its joints; unset: the project's own, and a common head's.
    `progress(done, frames)` follows a film. Raises `VisavisError` where a format cannot hold the motion, a place
    cannot be written or the agent's motion is unknown.
    """
    if agent.motion is None:
        raise VisavisError("there is no motion of the agent to write")
    motion = agent.motion if fps is None else at_rate(agent.motion, fps)
    for path in paths:
        ending = ending_of(path)
        if ending == ".mp4":
            _film(path, [agent] if user is None else [user, agent], progress)
        elif ending == ".glb":
            write_glb(path, own_head() if head is None else head, motion)
        elif ending in _USD:
            write_usd(path, own_head() if head is None else head, motion)
        elif ending == ".bvh":
            write_bvh(path, motion, head)
        elif ending == FLAME:
            write_dualtalk(path, motion)
        else:
            write_motion(motion, path)


def own_head() -> Mesh:
    """The first of the project's own heads; making it takes some seconds."""
    from visavis.view.people.build import build_head
    from visavis.view.people.looks import LOOKS
    from visavis.view.people.own_mesh import mesh_of

    return mesh_of(build_head(LOOKS[0]))


def _require_space(path: Path, ending: str, space: MotionSpace) -> None:
    held = _HOLDS.get(ending, space)
    if held is not space:
        raise VisavisError(f"{path}: {ending} holds {held.name} only, the motion is in {space.name}; use .npz")
    if ending in _SHOWS:
        to_arkit(Motion(np.zeros((1, space.width), np.float32), space))


def _film(path: Path, people: Sequence[Take], progress: Callable[[int, int], None] | None) -> None:
    from visavis.view.picture.film import write_film

    silence = np.zeros(0, dtype=np.float32)
    write_film(
        path,
        [person.motion for person in people],
        [silence if person.speech is None else person.speech for person in people],
        ("user", "agent")[-len(people) :],
        progress=progress,
    )


def _require_packages(extra: str, packages: Sequence[str], purpose: str) -> None:
    for package in packages:
        if importlib.util.find_spec(package) is None:
            raise missing_extra(package, extra, purpose)
