from dataclasses import replace

import numpy as np
import pytest

from tests.validate.made_up import evaluation
from visavis.core.clock import FPS, samples_in
from visavis.core.conversation import Conversation, Person
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.spaces import space_named
from visavis.validate.benchmark.case_scores import MODEL
from visavis.validate.benchmark.cases import Case, cases_of
from visavis.validate.benchmark.worst_clips import SHOWN, Rank, badness, rank_clips, show_clip, worst_clips

FLAME = space_named("flame56")
FRAMES = 40 * FPS


def case(space_name: str = "flame56") -> Case:
    """Still people; the agent speaks in seconds 10 to 16, the user never."""
    space = space_named(space_name)
    still = Motion(np.zeros((FRAMES, space.width)), space)
    sound = np.zeros(samples_in(FRAMES), dtype=np.float32)
    said = slice(samples_in(10 * FPS), samples_in(16 * FPS))
    sound[said] = 0.2 * np.random.default_rng(0).normal(size=samples_in(6 * FPS))
    talk = Conversation("talk", Person(np.zeros_like(sound), still, 2), Person(sound, still, 1))
    return cases_of(0, talk)[0]


def test_the_worst_come_first_with_their_case_name_and_the_median() -> None:
    ranks = rank_clips(evaluation(), "fd_exp", 3)
    assert [(rank.case, rank.clip) for rank in ranks] == [
        (2, "talk2_speaker1"),
        (5, "talk3_speaker1"),
        (1, "talk1_speaker1"),
    ]
    assert [rank.value for rank in ranks] == [1.5, 1.25, 1.0]
    assert {rank.median for rank in ranks} == {1.125}


def test_where_more_is_better_the_least_is_worst() -> None:
    assert rank_clips(evaluation(), "sid_exp", 1)[0].value == 0.5
    assert badness("sid_exp", 1) > badness("sid_exp", 2)
    assert badness("fd_exp", 1) < badness("fd_exp", 2)


def test_clips_without_a_score_have_no_rank() -> None:
    scored = replace(evaluation(), per_clip={MODEL: {"fd_exp": (None, 2.0, None, 1.0), "fd_jaw": (None,) * 4}})
    assert [rank.case for rank in rank_clips(scored, "fd_exp", 9)] == [1, 5]
    assert rank_clips(scored, "fd_jaw") == ()


def test_an_unknown_metric_is_refused() -> None:
    with pytest.raises(VisavisError, match="fd_exp"):
        rank_clips(evaluation(), "fd_ex")


def test_the_part_in_which_the_metrics_channels_differ_most_is_shown() -> None:
    values = np.zeros((FRAMES, FLAME.width))
    values[30 * FPS : 31 * FPS, FLAME.indices("jaw")[0]] = 0.3
    values[: 2 * FPS, FLAME.indices("exp")] = 5.0
    jaw, exp = (
        show_clip(Rank(0, "talk_speaker1", metric, 1.0, 1.0), case(), Motion(values, FLAME))
        for metric in ("fd_jaw", "fd_exp")
    )
    assert exp.start_s == 0
    assert exp.start_s < jaw.start_s <= 30
    assert jaw.start_s + SHOWN / FPS >= 31
    opening = jaw.signals[0]
    assert opening.unit == "rad"
    assert opening.prediction.max() == pytest.approx(0.3)
    assert opening.target.max() == 0
    assert [len(signal.prediction) for signal in jaw.signals] == [SHOWN] * 3
    spoken = exp.voices["agent"]
    assert exp.voices["user"] == ()
    assert spoken[0][0] == pytest.approx(10 * FPS, abs=5)
    assert spoken[-1][1] == pytest.approx(16 * FPS, abs=10)


def test_short_predictions_and_spaces_with_a_named_jaw_are_shown_whole() -> None:
    arkit = space_named("arkit61")
    values = np.zeros((90, arkit.width))
    values[:, arkit.indices("HeadPitch")] = np.radians(10)
    shown = show_clip(Rank(0, "talk_speaker1", "react_f1_nod", 0.0, 0.5), case("arkit61"), Motion(values, arkit))
    assert {signal.title: signal.unit for signal in shown.signals}["Jaw opening"] == ""
    pitch = next(signal for signal in shown.signals if signal.unit == "degrees")
    assert pitch.prediction == pytest.approx(np.full(90, 10), abs=1e-3)


def test_each_case_is_asked_for_once_and_unknown_metrics_are_skipped() -> None:
    asked: list[int] = []

    def predicted(number: int) -> Motion:
        asked.append(number)
        return Motion(np.zeros((FRAMES, FLAME.width)), FLAME)

    found = worst_clips(evaluation(), [case()] * 6, predicted, metrics=("fd_exp", "fd_jaw", "fd_gaze"), count=2)
    assert asked == [2, 5]
    assert [(worst.rank.metric, worst.rank.case) for worst in found] == [
        ("fd_exp", 2),
        ("fd_exp", 5),
        ("fd_jaw", 2),
        ("fd_jaw", 5),
    ]
