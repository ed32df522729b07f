from __future__ import annotations

import numpy as np

from visavis.data.simulate.meetings import two_person_windows


def test_windows_leave_out_talk_of_three() -> None:
    two = {"a": np.array([[0.0, 20.0], [40.0, 60.0]]), "b": np.array([[20.5, 39.5]])}
    three = {**two, "c": np.array([[20.0, 40.0]])}
    (window,) = two_person_windows({"meeting": two})
    assert window.length_s == 55.0
    assert two_person_windows({"meeting": three}) == []


def test_windows_are_joined_and_keep_whole_utterances() -> None:
    a = np.array([[0.0, 4.0], [50.0, 60.0], [64.0, 70.0], [99.0, 120.0]])
    b = np.array([[61.0, 63.0], [71.0, 80.0], [84.0, 90.0]])
    (window,) = two_person_windows({"meeting": {"b": b, "a": a}})
    assert window.length_s == 115 - 35, "from where b speaks for two seconds in thirty to the last whole window"
    np.testing.assert_array_equal(window.spans[0], a[1:3] - 35)
    np.testing.assert_array_equal(window.spans[1], b - 35)
    assert two_person_windows({"meeting": {"a": a}}) == []
