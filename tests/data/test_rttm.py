from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from visavis.core.clock import samples_in
from visavis.core.errors import VisavisError
from visavis.data.rttm import read_masks, read_rttm, voices_in, write_rttm


def written(path: Path, *spans: tuple[str, str, float, float]) -> Path:
    lines = [f"SPEAKER {name} 1 {start} {length} <NA> <NA> {who} <NA> <NA>" for name, who, start, length in spans]
    path.write_text("\n".join(lines))
    return path


def test_bad_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(VisavisError, match="no RTTM file"):
        read_rttm(tmp_path / "none.rttm")
    (tmp_path / "bad.rttm").write_text("SPEAKER one 1 zero 2 <NA> <NA> a\n")
    with pytest.raises(VisavisError, match="line 1"):
        read_rttm(tmp_path / "bad.rttm")


def test_what_is_written_is_read_in_time_order(tmp_path: Path) -> None:
    path = tmp_path / "talk.rttm"
    spans = [("one", "b", 4.0, 1.5), ("one", "a", 2.0, 0.5), ("two", "a", 1.0, 1.0), ("one", "a", 0.25, 1.0)]
    lines = [f"SPEAKER {name} 1 {start} {length} <NA> <NA> {who} <NA>" for name, who, start, length in spans]
    path.write_text("\n".join(["SPKR-INFO one 1 <NA>", "", *lines]))
    found = read_rttm(path)
    assert {name: set(people) for name, people in found.items()} == {"one": {"a", "b"}, "two": {"a"}}
    np.testing.assert_array_equal(found["one"]["a"], [[0.25, 1.25], [2.0, 2.5]])
    np.testing.assert_array_equal(found["one"]["b"], [[4.0, 5.5]])


def test_masks_are_of_both_people_by_name_in_frames(tmp_path: Path) -> None:
    path = written(tmp_path / "m.rttm", ("x", "b", 0.1, 0.2), ("x", "a", 0.2, 0.2), ("x", "a", 9.0, 1.0))
    masks = read_masks(path, "mix", 12)
    assert (masks.shape, masks.dtype) == ((12, 2), np.float32)
    assert np.flatnonzero(masks[:, 0]).tolist() == [5, 6, 7, 8, 9]
    assert np.flatnonzero(masks[:, 1]).tolist() == [2, 3, 4, 5, 6, 7]


def test_of_several_recordings_the_one_of_that_name_counts(tmp_path: Path) -> None:
    some = ("x", "a", 0.0, 1.0), ("x", "b", 1.0, 1.0), ("mix", "a", 0.0, 0.2), ("mix", "b", 0.2, 0.2)
    path = written(tmp_path / "m.rttm", *some)
    assert read_masks(path, "mix", 10).tolist() == [[1, 0]] * 5 + [[0, 1]] * 5
    with pytest.raises(VisavisError, match=r"tells of 2 recordings \(mix, x\), not of 'other'"):
        read_masks(path, "other", 10)
    with pytest.raises(VisavisError, match=r"tells of 1 speakers \(a\); two are needed"):
        read_masks(written(tmp_path / "one.rttm", some[0]), "x", 10)


def test_both_voices_add_up_to_the_recording() -> None:
    mix = np.random.default_rng(0).normal(size=samples_in(40) + 7).astype(np.float32)
    masks = np.zeros((40, 2), dtype=np.float32)
    masks[:20, 0], masks[15:30, 1] = 1, 1
    first, second = voices_in(mix, masks)
    np.testing.assert_allclose(first + second, mix, atol=1e-6)
    for start, stop, share in ((0, 14, 1.0), (16, 19, 0.5), (21, 29, 0.0), (31, 40, 0.5)):
        part = slice(samples_in(start) + 400, samples_in(stop) - 400)
        np.testing.assert_allclose(first[part], share * mix[part], atol=1e-6)
    assert all((half == mix / 2).all() for half in voices_in(mix, None))


def test_of_a_long_recording_little_more_than_both_voices_is_held() -> None:
    mix = np.ones(samples_in(10_000), np.float32)
    masks = np.tile(np.array([[1, 0]], np.float32), (10_000, 1))
    tracemalloc.start()
    voices_in(mix, masks)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * mix.nbytes


def test_lines_that_no_recording_has_and_foreign_encodings_are_named(tmp_path: Path) -> None:
    bad = tmp_path / "bad.rttm"
    for start, length in (("nan", "1"), ("1e300", "1"), ("-1", "1"), ("1", "-1"), ("0", "inf")):
        bad.write_text(f"SPEAKER one 1 {start} {length} <NA> <NA> a\n")
        with pytest.raises(VisavisError, match="line 1: not an RTTM SPEAKER line"):
            read_rttm(bad)
    bad.write_bytes(b"SPEAKER \xff")
    with pytest.raises(VisavisError, match="is not UTF-8 text"):
        read_rttm(bad)


def test_what_write_rttm_writes_is_read_again(tmp_path: Path) -> None:
    people = {"b": np.array([[0.04, 1.0], [3.5, 3.52]]), "a": np.array([[0.5, 2.125]]), "nobody": np.zeros((0, 2))}
    write_rttm(tmp_path / "talk.rttm", "talk", people)
    found = read_rttm(tmp_path / "talk.rttm")
    assert list(found) == ["talk"]
    assert list(found["talk"]) == ["b", "a"]
    for name in ("a", "b"):
        np.testing.assert_allclose(found["talk"][name], people[name], atol=5e-4)
    with pytest.raises(VisavisError, match="'my talk' cannot be named in an RTTM file"):
        write_rttm(tmp_path / "talk.rttm", "my talk", people)
