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
from scipy import sparse

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


def test_arrays_of_python_2_as_text_are_read(tmp_path: Path) -> None:
    """Protocol 0 writes bytes as a quoted text with escapes."""
    numbers = np.array([1.5, -2.0])
    data = (
        b"(dp0\nS'v_template'\np1\n"
        b"cnumpy.core.multiarray\n_reconstruct\np2\n(cnumpy\nndarray\np3\n(I0\ntp4\nS'b'\np5\ntp6\nRp7\n"
        b"(I1\n(I2\ntp8\ncnumpy\ndtype\np9\n(S'f8'\np10\nI0\nI1\ntp11\nRp12\n"
        b"(I3\nS'<'\np13\nNNNI-1\nI-1\nI0\ntp14\nbI00\nS" + repr(numbers.tobytes())[1:].encode() + b"\np15\ntp16\nbs."
    )
    (tmp_path / "a.pkl").write_bytes(data)
    np.testing.assert_array_equal(read_array_pickle(tmp_path / "a.pkl")["v_template"], numbers)


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_chumpy_arrays_hold_sets_and_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, protocol: int) -> None:
    """What chumpy itself keeps beside the array."""
    shapes = foreign("chumpy.ch", "Ch", monkeypatch)()
    beside = {"_dirty_vars": {"x"}, "_itr": None, "_make_dense": False, "_depends_on_deps": {"r": {"deps": {"x"}}}}
    shapes.__dict__ = {"x": np.ones((2, 3)), **beside}
    found = read_array_pickle(write(tmp_path / "a.pkl", {"shapes": shapes}, protocol))
    np.testing.assert_array_equal(found["shapes"], np.ones((2, 3)))


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4])
def test_matrices_of_scipy_are_read(tmp_path: Path, protocol: int) -> None:
    dense = np.random.default_rng(0).normal(size=(5, 40)) * (np.random.default_rng(1).uniform(size=(5, 40)) < 0.1)
    held = {"J_regressor": sparse.csc_matrix(dense), "none": sparse.csc_matrix((3, 4))}
    found = read_array_pickle(write(tmp_path / "a.pkl", held, protocol))
    np.testing.assert_array_equal(found["J_regressor"], dense)
    np.testing.assert_array_equal(found["none"], np.zeros((3, 4)))


GOOD = {"data": np.ones(3), "indices": np.array([1, 0, 1]), "indptr": np.array([0, 1, 1, 3])}


@pytest.mark.parametrize(
    ("shape", "changes", "message"),
    [
        ((10**6, 10**6), {}, r"has no shape, or more than 4,000,000 numbers"),
        ((-2, 3), {}, "has no shape"),
        ("ab", {}, "has no shape"),
        ((2.0, 3), {}, "has no shape"),
        ((2, 3), {"data": None}, "lacks its numbers"),
        ((2, 3), {"data": np.ones((3, 1))}, "lacks its numbers"),
        ((2, 3), {"data": np.ones(3, bool)}, "lacks its numbers"),
        ((2, 3), {"data": np.ones(2)}, "do not fit its shape"),
        ((2, 2), {}, "do not fit its shape"),
        ((1, 3), {}, "do not fit its shape"),
        ((2, 3), {"indices": np.array([1, -1, 1])}, "do not fit its shape"),
        ((2, 3), {"indices": np.array([1.0, 0, 1])}, "do not fit its shape"),
        ((2, 3), {"indptr": np.array([0, 2**40, -(2**40), 3])}, "do not fit its shape"),
        ((2, 3), {"indptr": np.array([2**62, 2**63, 5, 3], np.uint64)}, "do not fit its shape"),
        ((2, 3), {"indptr": np.array([1, 1, 1, 3])}, "do not fit its shape"),
    ],
)
def test_sparse_matrices_whose_parts_do_not_fit_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shape: Any, changes: dict[str, Any], message: str
) -> None:
    matrix = foreign("scipy.sparse.csc", "csc_matrix", monkeypatch)()
    matrix.__dict__ = {"_shape": shape, **GOOD, **changes}
    with pytest.raises(BrokenFile, match=rf"cannot be read as a pickle of arrays \(.*{message}.*; copy it again"):
        read_array_pickle(write(tmp_path / "a.pkl", {"m": matrix}))


def test_many_sparse_matrices_are_as_much_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = foreign("scipy.sparse.csc", "csc_matrix", monkeypatch)
    held = {}
    for number in range(5):
        held[f"m{number}"] = matrix = kind()
        matrix.__dict__ = {"_shape": (1000, 1000), **GOOD, "indptr": np.minimum(np.arange(1001), 3)}
    with pytest.raises(BrokenFile, match="more than 4,000,000 numbers"):
        read_array_pickle(write(tmp_path / "a.pkl", held))


def test_a_pickle_that_gives_raw_bytes_the_parts_of_an_object_is_refused(shared: Path) -> None:
    with pytest.raises(
        BrokenFile, match=r"dtype_by_build\.pkl: cannot be read as a pickle of arrays \(it rebuilds an ob"
    ):
        read_array_pickle(shared / "hostile" / "dtype_by_build.pkl")


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
