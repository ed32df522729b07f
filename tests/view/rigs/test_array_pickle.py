from __future__ import annotations

import copyreg
import io
import os
import pickle
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from visavis.data.broken import BrokenFile
from visavis.view.rigs.array_pickle import read_array_pickle


def foreign(module: str, name: str, monkeypatch: pytest.MonkeyPatch) -> type:
    """A class as another package would pickle it."""
    kind = type(name, (), {"__module__": module})
    parts = module.split(".")
    for end in range(1, len(parts) + 1):
        holder = types.ModuleType(".".join(parts[:end]))
        monkeypatch.setitem(sys.modules, holder.__name__, holder)
    setattr(holder, name, kind)
    return kind


def write(place: Path, held: Any, protocol: int = 2) -> Path:
    place.write_bytes(pickle.dumps(held, protocol))
    return place


@pytest.mark.parametrize("protocol", [0, 1, 2, 4])
def test_arrays_come_back(tmp_path: Path, protocol: int) -> None:
    given = {"a": np.arange(6.0).reshape(2, 3), "f": np.array([[1, 2]], np.uint32), "name": "text", "n": np.float64(2)}
    found = read_array_pickle(write(tmp_path / "a.pkl", given, protocol))
    assert set(found) == {"a", "f"}
    np.testing.assert_array_equal(found["a"], given["a"])


@pytest.mark.parametrize("protocol", [0, 2])
def test_chumpy_and_sparse_arrays_become_plain_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, protocol: int
) -> None:
    shapes = foreign("chumpy.ch", "Ch", monkeypatch)()
    shapes.__dict__ = {"x": np.ones((2, 3)), "dirty": [1]}
    matrix = foreign("scipy.sparse.csc", "csc_matrix", monkeypatch)()
    matrix.__dict__ = {
        "_shape": (2, 3),
        "data": np.array([1.0, 2.0, 4.0]),
        "indices": np.array([1, 0, 1]),
        "indptr": np.array([0, 1, 1, 3]),
    }
    found = read_array_pickle(write(tmp_path / "a.pkl", {"shapes": shapes, "matrix": matrix}, protocol))
    np.testing.assert_array_equal(found["shapes"], np.ones((2, 3)))
    np.testing.assert_array_equal(found["matrix"], [[0, 0, 2], [1, 0, 4]])


def test_arrays_of_python_2_are_read(tmp_path: Path) -> None:
    """As NumPy 1 wrote them under Python 2: texts and raw numbers alike are byte strings."""
    numbers = np.array([1.5, -2.0])
    data = (
        b"\x80\x02}U\x0av_template"
        b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
        b"(K\x01K\x02\x85cnumpy\ndtype\nU\x02f8K\x00K\x01\x87R"
        b"(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89U\x10" + numbers.tobytes() + b"tbs."
    )
    (tmp_path / "a.pkl").write_bytes(data)
    np.testing.assert_array_equal(read_array_pickle(tmp_path / "a.pkl")["v_template"], numbers)


class Evil:
    """What a pickle must not be able to do."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("harm",)


class EvilRebuilt:
    def __reduce__(self) -> tuple[Any, ...]:
        return copyreg._reconstructor, (dict, dict, {"a": 1})  # type: ignore[attr-defined]


def test_nothing_a_pickle_names_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BrokenFile, match=r"it asks for (posix|nt)\.mkdir, which is not an array"):
        read_array_pickle(write(tmp_path / "a.pkl", {"v": Evil()}))
    assert not (tmp_path / "harm").exists()
    with pytest.raises(BrokenFile, match=r"it asks for (__builtin__|builtins)\.dict"):
        read_array_pickle(write(tmp_path / "a.pkl", {"v": EvilRebuilt()}))
    text = io.BytesIO(b"cbuiltins\neval\n(S'1'\ntR.")
    (tmp_path / "a.pkl").write_bytes(text.getvalue())
    with pytest.raises(BrokenFile, match=r"builtins\.eval"):
        read_array_pickle(tmp_path / "a.pkl")


@pytest.mark.parametrize("data", [b"not a pickle", b"\x80\x04", pickle.dumps([1, 2])])
def test_other_files_are_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.pkl").write_bytes(data)
    with pytest.raises(BrokenFile, match=r"cannot be read as a pickle of arrays|holds a list"):
        read_array_pickle(tmp_path / "a.pkl")
