from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from visavis.core.errors import VisavisError
from visavis.data.broken import BrokenFile, listed, read_array, read_arrays, require_file, shown


def test_a_broken_file_says_which_what_and_what_to_do() -> None:
    error = BrokenFile("a/b.npz", "holds no frames", "record it again")
    assert isinstance(error, VisavisError)
    assert str(error) == f"{Path('a/b.npz')}: holds no frames; record it again"
    assert (error.path, error.problem, error.remedy) == (Path("a/b.npz"), "holds no frames", "record it again")


def test_what_a_file_holds_is_quoted_on_one_printable_line_and_not_a_long_one() -> None:
    error = BrokenFile("a.glb", "no shape is known (shapes: a\nb\x1b[31m\u202ec" + "x" * 100_000, "rename it")
    assert str(error).startswith("a.glb: no shape is known (shapes: a b [31m cxxx")
    assert str(error).isprintable()
    assert len(str(error)) < 2100
    assert shown("a\tb" * 100) == "a ba ba ba ba ba ba ba ba ba ba ba ba ba ba ba ba ba ba b..."


def test_lists_of_names_are_cut() -> None:
    assert listed([]) == "none"
    assert listed(["a", "b\nc"]) == "a, b c"
    assert listed(str(number) for number in range(23)).endswith("18, 19 and 3 more")
    assert len(listed(["x" * 10**6] * 100)) < 1500


def test_it_survives_the_way_back_from_another_process() -> None:
    error = pickle.loads(pickle.dumps(BrokenFile("a", "is torn", "mend it")))
    assert (str(error), error.remedy) == ("a: is torn; mend it", "mend it")


def test_other_errors_are_pinned_to_the_file() -> None:
    error = BrokenFile.because("a.npz", VisavisError("motion: NaN; first in frame 3; cut it"))
    assert (error.problem, error.remedy) == ("motion: NaN; first in frame 3", "cut it")
    assert BrokenFile.because("a.npz", VisavisError("is odd")).problem == "is odd"


def test_a_file_must_be_there_and_have_content(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    for name, reason in {"empty": "0 bytes", "missing": "no such file", ".": "is a folder"}.items():
        with pytest.raises(BrokenFile, match=reason):
            require_file(tmp_path / name)


def test_the_first_complete_set_of_arrays_is_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", a=np.arange(3), b=np.ones(2), c=np.zeros(1))
    assert set(read_arrays(tmp_path / "a.npz", [("a", "x"), ("b", "c"), ("a",)])) == {"b", "c"}
    with pytest.raises(BrokenFile, match=r"holds the arrays a, b, c; it needs x or y \+ z"):
        read_arrays(tmp_path / "a.npz", [("x",), ("y", "z")])


def test_archives_and_single_arrays_are_not_taken_for_each_other(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", a=np.arange(3))
    np.save(tmp_path / "a.npy", np.arange(3))
    np.testing.assert_array_equal(read_array(tmp_path / "a.npy"), np.arange(3))
    with pytest.raises(BrokenFile, match="not one array"):
        read_array((tmp_path / "a.npz").rename(tmp_path / "b.npy"))
    with pytest.raises(BrokenFile, match="not an archive"):
        read_arrays((tmp_path / "a.npy").rename(tmp_path / "b.npz"), [("a",)])


def test_arrays_that_may_be_missing_come_along_where_they_are(tmp_path: Path) -> None:
    for names in (("a", "b"), ("a", "b", "extra")):
        np.savez(tmp_path / "x.npz", **{name: np.zeros(2) for name in names})
        assert tuple(read_arrays(tmp_path / "x.npz", [("a", "b")], ("extra",))) == names
