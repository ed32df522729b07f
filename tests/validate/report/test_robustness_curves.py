from dataclasses import replace

from tests.validate.made_up import estimate, evaluation
from visavis.validate.benchmark.case_scores import MODEL
from visavis.validate.benchmark.corruption import Corruption
from visavis.validate.report.charts import Point
from visavis.validate.report.robustness_curves import robustness_curves


def test_every_kind_is_a_series_from_the_clean_run_on() -> None:
    worse = [
        evaluation(3.0, Corruption("motion", "hold", 0.5)),
        evaluation(2.0, Corruption("motion", "hold", 0.1)),
        evaluation(5.0, Corruption("motion", "laplace", 0.3)),
        evaluation(4.0, Corruption("user-speech", "noise", 0.3, snr_db=5.0)),
    ]
    curves = robustness_curves(evaluation(1.0), worse, metrics=("fd_jaw", "lip_lag_ms"), where="Test")
    assert [curve.title for curve in curves] == [
        "Test, user motion: FD jaw \u00d710³",
        "Test, user speech: FD jaw \u00d710³",
    ]
    motion, speech = (curve.series for curve in curves)
    assert [(point.x, round(point.y, 6)) for point in motion["hold"]] == [(0, 1), (0.1, 2), (0.5, 3)]
    assert [(point.x, round(point.y, 6)) for point in motion["laplace"]] == [(0, 1), (0.3, 5)]
    assert list(speech) == ["noise, 5 dB"]


def test_metrics_without_a_printed_unit_stay_as_they_are() -> None:
    corruption = Corruption("agent-speech", "silence", 1.0)
    silent = replace(evaluation(1.0, corruption), rows={MODEL: {"react_f1_nod": estimate(0.1)}})
    (curve,) = robustness_curves(evaluation(), [silent], metrics=("fd_exp", "react_f1_nod"))
    assert curve.title == "agent speech: react_f1_nod"
    found = estimate(0.1)
    assert curve.series["silence"][1] == Point(1.0, found.value, found.low, found.high)


def test_clean_runs_alone_make_no_curve() -> None:
    assert robustness_curves(evaluation(), [evaluation()]) == ()
