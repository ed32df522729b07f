from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from visavis.core.errors import VisavisError
from visavis.data.simulate.rttm import read_rttm, two_person_windows


def test_windows_leave_out_talk_of_three() -> None:
    two = {"a": np.array([[0.0, 20.0], [40.0, 60.0]]), "b": np.array([[20.5, 39.5]])}
    three = {**two, "c": np.array([[20.0, 40.0]])}
    (window,) = two_person_windows({"meeting": two})
    assert window.length_s == 55.0
    assert two_person_windows({"meeting": three}) == []


def test_bad_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(VisavisError, match="no RTTM file"):
        read_rttm(tmp_path / "none.rttm")
    (tmp_path / "bad.rttm").write_text("SPEAKER one 1 zero 2 <NA> <NA> a\n")
    with pytest.raises(VisavisError, match="line 1"):
        read_rttm(tmp_path / "bad.rttm")
    for start, length in (("nan", "1"), ("1e300", "1"), ("-1", "1"), ("1", "-1"), ("0", "inf")):
        (tmp_path / "bad.rttm").write_text(f"SPEAKER one 1 {start} {length} <NA> <NA> a\n")
        with pytest.raises(VisavisError, match="line 1: not an RTTM SPEAKER line"):
            read_rttm(tmp_path / "bad.rttm")
    (tmp_path / "bad.rttm").write_bytes(b"SPEAKER \xff")
    with pytest.raises(VisavisError, match="is not UTF-8 text"):
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


def test_windows_are_joined_and_keep_whole_utterances() -> None:
    a = np.array([[0.0, 4.0], [50.0, 60.0], [64.0, 70.0], [99.0, 120.0]])
    b = np.array([[61.0, 63.0], [71.0, 80.0], [84.0, 90.0]])
    (window,) = two_person_windows({"meeting": {"b": b, "a": a}})
    assert window.length_s == 115 - 35, "from where b speaks for two seconds in thirty to the last whole window"
    np.testing.assert_array_equal(window.spans[0], a[1:3] - 35)
    np.testing.assert_array_equal(window.spans[1], b - 35)
    assert two_person_windows({"meeting": {"a": a}}) == []
