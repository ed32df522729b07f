from __future__ import annotations

from dataclasses import replace

import pytest

from visavis.streaming.latency import latency


def test_a_step_waits_for_its_own_end_or_for_what_the_model_looks_ahead() -> None:
    assert latency(10, [], 0.0).algorithmic_s == pytest.approx(0.4)
    assert latency(5, [], 0.0).algorithmic_s == pytest.approx(0.2)
    assert latency(0, [], 0.0).algorithmic_s == 0, "nothing that comes later reaches the frame"


def test_resampling_counts() -> None:
    told = replace(latency(10, [0.05], 0.03), resampling_s=0.006)
    assert told.total_s == pytest.approx(0.4 + 0.05 + 0.03 + 0.006)


def test_the_total_is_the_sum_of_the_parts() -> None:
    told = latency(10, [0.01] * 90 + [0.05] * 10, 0.03)
    assert (told.compute_p50_s, told.compute_p95_s) == (pytest.approx(0.01), pytest.approx(0.05))
    assert told.total_s == pytest.approx(0.4 + 0.05 + 0.03)
    assert latency(5, [], 0.04).total_s == pytest.approx(0.24)
