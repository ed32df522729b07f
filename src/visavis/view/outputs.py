"""The files that motion can become, chosen by their ending."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from visavis.core.errors import VisavisError, missing_extra
from visavis.core.motion import Motion
from visavis.core.spaces import MotionSpace
from visavis.view.formats import FORMATS
from visavis.view.performance import to_arkit
from visavis.view.presentation import Progress, Showing, Style


def ending_of(path: Path) -> str:
    """What a file's name asks for: its suffix, or the two of such as `.flame.npz`."""
    double = "".join(path.suffixes[-2:]).lower()
    return double if double in FORMATS else path.suffix.lower()


def require_outputs(paths: Sequence[Path], space: MotionSpace | None = None, style: Style | None = None) -> None:
    """Raise `VisavisError` if one of `paths` could not be written; to be asked before a long computation.

    With `space` also if a format cannot hold motion of that space, with `style` if it cannot be had.
    """
    style = style or Style()
    for path in paths:
        ending = ending_of(path)
        if ending not in FORMATS:
            *some, last = FORMATS
            raise VisavisError(
                f"{path}: motion cannot be written to {path.suffix or 'a name without ending'}; "
                f"use {', '.join(some)} or {last}"
            )
        form = FORMATS[ending]
        if space is not None and form.holds not in (None, space):
            assert form.holds is not None
            raise VisavisError(
                f"{path}: {ending} holds {form.holds.name} only, the motion is in {space.name}; use .npz"
            )
        if space is not None and form.shows:
            to_arkit(Motion(np.zeros((1, space.width), np.float32), space))
        if ending == ".mp4" and style.fps is not None:
            _require_film_rate(path, style.fps)
        needed = () if ending == ".glb" and style.head is not None else form.packages
        for package in needed:
            if importlib.util.find_spec(package) is None:
                raise missing_extra(package, form.extra, form.purpose)
        require_place(path)


def _require_film_rate(path: Path, fps: float) -> None:
    from visavis.view.film.film import RATES

    if fps not in RATES:
        raise VisavisError(
            f"{path}: a film has {RATES[0]} or {RATES[1]} frames a second, {fps:g} were asked for; choose one"
        )


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
    paths: Sequence[Path], showing: Showing, style: Style | None = None, progress: Progress | None = None
) -> None:
    """Write what is shown to each path, in the format of its ending.

    Motion files and exports hold the agent's motion; films, players, plots and sheets show all that is known.
    `progress(done, frames)` follows a film. Raises `VisavisError` where a format cannot hold the motion, a place
    cannot be written, or the style does not suit.
    """
    for path in paths:
        FORMATS[ending_of(path)].write(path, showing, style or Style(), progress)
