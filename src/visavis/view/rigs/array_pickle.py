"""Pickles of arrays, such as FLAME's, read without running what they hold.

A pickle may name any function and call it. Here it may only rebuild NumPy arrays, SciPy's csc matrices and chumpy's
arrays, the last two by stand-ins; SciPy and chumpy are not imported. Everything else is refused by name.
"""

from __future__ import annotations

import os
import pickle
from typing import Any

import numpy as np

from visavis.data.broken import BrokenFile, require_file

_BUILTINS = ("builtins", "__builtin__")
_COPYREG = ("copyreg", "copy_reg")
_NUMPY = ("numpy.core.multiarray", "numpy._core.multiarray")
_CSC = ("scipy.sparse.csc", "scipy.sparse._csc")


class Chumpy:
    """What is left of a chumpy array: the array it stood for."""

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.array = state["x"]


class SparseColumns:
    """What is left of a SciPy csc matrix: the dense matrix."""

    def __setstate__(self, state: dict[str, Any]) -> None:
        rows, columns = state.get("_shape", state.get("shape"))  # type: ignore[misc]
        self.array = np.zeros((rows, columns))
        column = np.repeat(np.arange(columns), np.diff(state["indptr"]))
        np.add.at(self.array, (state["indices"], column), state["data"])


def read_array_pickle(path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """The arrays of a pickled dictionary by name; entries that are not numbers are left out.

    Raises `BrokenFile` where the file is none, or asks for anything but arrays.
    """
    place = require_file(path)
    try:
        with place.open("rb") as file:
            held = _ArraysOnly(file, encoding="latin1").load()
    except BrokenFile:
        raise
    except Exception as error:  # a damaged pickle raises whatever its damage leads to
        detail = f"{type(error).__name__}: {error}"
        raise BrokenFile(place, f"cannot be read as a pickle of arrays ({detail})", "copy it again") from error
    if not isinstance(held, dict):
        raise BrokenFile(place, f"holds a {type(held).__name__}, not named arrays", "check which file it is")
    arrays: dict[str, np.ndarray] = {}
    for name, value in held.items():
        array = value.array if isinstance(value, (Chumpy, SparseColumns)) else value
        if isinstance(name, str) and isinstance(array, np.ndarray) and array.dtype.kind in "iuf":
            arrays[name] = array
    return arrays


class _ArraysOnly(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _ALLOWED:
            return _ALLOWED[module, name]
        raise pickle.UnpicklingError(f"it asks for {module}.{name}, which is not an array")


def _rebuilt(kind: type, base: type, state: object) -> Any:
    """What copyreg._reconstructor does, for the two stand-ins only."""
    if kind not in (Chumpy, SparseColumns) or base is not object or state is not None:
        raise pickle.UnpicklingError(f"it rebuilds a {kind}")
    return kind()


def _encoded(text: str, encoding: str) -> bytes:
    if encoding not in ("latin1", "latin-1"):
        raise pickle.UnpicklingError(f"it encodes as {encoding}")
    return text.encode("latin1")


_ALLOWED: dict[tuple[str, str], Any] = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("_codecs", "encode"): _encoded,
    ("chumpy.ch", "Ch"): Chumpy,
    **{(module, "csc_matrix"): SparseColumns for module in _CSC},
    **{(module, "_reconstruct"): np.zeros(0).__reduce__()[0] for module in _NUMPY},
    **{(module, "scalar"): np.float64(0).__reduce__()[0] for module in _NUMPY},
    **{(module, "_reconstructor"): _rebuilt for module in _COPYREG},
    **{(module, "object"): object for module in _BUILTINS},
}
