"""Pickles of arrays, such as FLAME's, read without building or running anything that they describe."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from visavis.core.errors import VisavisError
from visavis.data.broken import BrokenFile, require_file
from visavis.view.rigs.pickle_machine import PickledArray, PickledObject, Word, unpickled

_MOST_DENSE = 4_000_000
"""Numbers of a file's sparse matrices, written out. FLAME's has 25,115."""


def read_array_pickle(path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """The arrays of a pickled dictionary by name, read-only; entries that are not numbers are left out.

    Raises `BrokenFile` where the file is none, or asks for anything but arrays.
    """
    place = require_file(path)
    try:
        held = unpickled(place.read_bytes())
        if not isinstance(held, dict):
            raise BrokenFile(place, f"holds {_called(held)}, not named arrays", "check which file it is")
        return _arrays(held)
    except BrokenFile:
        raise
    except VisavisError as error:
        raise BrokenFile(place, f"cannot be read as a pickle of arrays ({error})", "copy it again") from error


def _arrays(held: dict[str, Any]) -> dict[str, np.ndarray]:
    found: dict[str, np.ndarray] = {}
    left = _MOST_DENSE
    for name, value in held.items():
        given = value.state.get("x") if isinstance(value, PickledObject) and value.word is Word.CHUMPY else value
        if isinstance(given, PickledArray) and given.values is not None:
            found[name] = given.values
        elif isinstance(given, PickledObject) and given.word is Word.SPARSE:
            found[name] = _dense(given.state, left)
            left -= found[name].size
    return found


def _dense(state: Mapping[str, Any], most: int) -> np.ndarray:
    """The matrix (rows, columns) of a csc matrix's state."""
    match state.get("_shape", state.get("shape")):
        case (int() as rows, int() as columns) if rows >= 0 and columns >= 0 and rows * columns <= most:
            matrix = np.zeros((rows, columns))
        case _:
            raise VisavisError(f"a sparse matrix of it has no shape, or more than {_MOST_DENSE:,} numbers")
    parts = [state.get(name) for name in ("indptr", "indices", "data")]
    starts, places, numbers = (part.values if isinstance(part, PickledArray) else None for part in parts)
    if starts is None or places is None or numbers is None or {starts.ndim, places.ndim, numbers.ndim} != {1}:
        raise VisavisError("a sparse matrix of it lacks its numbers")
    steps = np.diff(starts)
    fits = (
        {starts.dtype.kind, places.dtype.kind} <= {"i", "u"}
        and len(starts) == columns + 1
        and starts[0] == 0
        and starts[-1] == len(places) == len(numbers)
        and bool(np.all(starts[1:] >= starts[:-1]))
        and bool(np.all((places >= 0) & (places < rows)))
    )
    if not fits:
        raise VisavisError("the numbers of a sparse matrix of it do not fit its shape")
    np.add.at(matrix, (places, np.repeat(np.arange(columns), steps)), numbers)
    return matrix


def _called(held: object) -> str:
    kinds = {list: "a list", tuple: "a tuple", str: "a text", bytes: "a text", PickledArray: "an array"}
    return kinds.get(type(held), "something else")
