from tests.analysis.gesturing import still, swing
from visavis.core.motion import Motion
from visavis.core.spaces import space_named
from visavis.validate.metrics.reactions import answered, score_reaction

ARKIT = space_named("arkit61")


def test_scores_against_a_log_and_against_true_motion_agree() -> None:
    values = still()
    for onset in (100, 500):
        swing(values[:, ARKIT.indices("HeadPitch")[0]], onset, 2.0, 1, 0.1)
    motion = Motion(values, ARKIT)
    assert score_reaction("nod", motion, motion).f1 == 1
    assert score_reaction("nod", motion, [100, 500]).f1 == 1
    assert score_reaction("nod", motion, [100, 800]).f1 == 0.5
    assert score_reaction("nod", Motion(still(), ARKIT), motion).f1 == 0


def test_an_answer_begins_within_a_second() -> None:
    assert answered([24, 110, 300], [0, 100, 200, 301]) == 2
    assert answered([25], [0]) == 0
    assert answered([5, 10], [0]) == 1
    assert answered([], [3]) == 0
