"""The error for a file that cannot be used, and arrays read safely from NumPy archives."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from visavis.core.clock import LEAST_FPS, MOST_FPS
from visavis.core.errors import VisavisError

_LONGEST_PROBLEM = 2000
_LONGEST_NAME = 60
_MOST_NAMES = 20


class BrokenFile(VisavisError):
    """A file that cannot be used: which file, what is wrong with it, and what to do.

    Problems often quote what a file holds: they are kept to one line of printable characters, and not a long one.
    """

    def __init__(self, path: str | os.PathLike[str], problem: str, remedy: str) -> None:
        problem = shown(problem, _LONGEST_PROBLEM)
        super().__init__(path, problem, remedy)
        self.path = Path(path)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}; {self.remedy}"

    @classmethod
    def because(cls, path: str | os.PathLike[str], error: VisavisError) -> BrokenFile:
        """Another error said about this file; its words after the last semicolon are what to do."""
        problem, _, remedy = str(error).rpartition("; ")
        return cls(path, problem, remedy) if problem else cls(path, remedy, "write the file again")


def shown(text: str, longest: int = _LONGEST_NAME) -> str:
    """A text out of a file as one line of printable characters, cut where it is longer than `longest`."""
    cut = text if len(text) <= longest else text[: longest - 3] + "..."
    return " ".join("".join(letter if letter.isprintable() else " " for letter in cut).split())


def listed(names: Iterable[str]) -> str:
    """Names out of a file for an error, the first twenty of them; "none" where there are none."""
    held = list(names)
    more = f" and {len(held) - _MOST_NAMES} more" if len(held) > _MOST_NAMES else ""
    return (", ".join(shown(name) for name in held[:_MOST_NAMES]) or "none") + more


def require_file(path: str | os.PathLike[str]) -> Path:
    """The path of an existing file; raises `BrokenFile` when there is none or it has no content."""
    place = Path(path)
    try:
        there = place.is_file()
    except (OSError, ValueError) as error:
        raise BrokenFile(shown(str(place)), getattr(error, "strerror", None) or str(error), "check the path") from error
    if not there:
        problem = "is a folder, not a file" if place.is_dir() else "there is no such file"
        raise BrokenFile(place, problem, "check the path")
    if place.stat().st_size == 0:
        raise BrokenFile(place, "the file is empty (0 bytes)", "record or copy it again")
    return place


def read_array(path: str | os.PathLike[str]) -> np.ndarray:
    """The array of an `.npy` file. Never unpickles; raises `BrokenFile`."""
    with _loaded(path) as loaded:
        if not isinstance(loaded, np.ndarray):
            raise BrokenFile(path, "holds an archive of arrays, not one array", "name it .npz")
        return loaded


def read_arrays(
    path: str | os.PathLike[str], choices: Sequence[tuple[str, ...]], optional: tuple[str, ...] = ()
) -> dict[str, np.ndarray]:
    """The arrays of the first of `choices` (sets of names) that an `.npz` archive holds completely.

    Those of `optional` that are there come with them.
    Never unpickles; raises `BrokenFile` when the archive is damaged or holds none of the sets.
    """
    with _loaded(path) as archive:
        if isinstance(archive, np.ndarray):
            raise BrokenFile(path, "holds a single array, not an archive of arrays", "name it .npy")
        for names in choices:
            if set(names) <= set(archive.files):
                return {name: archive[name] for name in (*names, *optional) if name in archive.files}
        needed = " or ".join(" + ".join(names) for names in choices)
        raise BrokenFile(path, f"holds the arrays {', '.join(archive.files) or '(none)'}", f"it needs {needed}")


@contextmanager
def _loaded(path: str | os.PathLike[str]) -> Iterator[np.ndarray | np.lib.npyio.NpzFile]:
    try:
        with require_file(path).open("rb") as file:
            yield np.load(file, allow_pickle=False)
    except BrokenFile:
        raise
    except Exception as error:  # a damaged archive raises whatever its damage leads to
        problem = "cannot be read as NumPy arrays (cut short, damaged, or holding Python objects)"
        raise BrokenFile(path, problem, "save or copy it again") from error


def require_stored_rate(path: str | os.PathLike[str], fps: np.ndarray) -> None:
    """Refuses what a file stores as `fps` unless it is one number that motion may have as its rate."""
    if fps.shape != () or fps.dtype.kind not in "iuf" or not LEAST_FPS <= fps <= MOST_FPS:
        raise BrokenFile(path, f"`fps` is {shown(str(fps))}", f"write a frame rate from {LEAST_FPS} to {MOST_FPS:,}")
