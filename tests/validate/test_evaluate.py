from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from visavis.core.clock import frames_in, samples_in
from visavis.core.conversation import Conversation, Event, Person
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.spaces import MotionSpace, space_named
from visavis.encode.activity import loudness, runs, speech_activity
from visavis.validate import evaluate as rows
from visavis.validate.cases import Case, cases_of
from visavis.validate.evaluate import Evaluation, evaluate_cases

pytest.importorskip("sklearn")

ARKIT = space_named("arkit61")
FRAMES = 750


def voice(spans: list[tuple[int, int]], seed: int) -> np.ndarray:
    sound = np.zeros(samples_in(FRAMES), dtype=np.float32)
    time = np.arange(len(sound)) / 16000
    for first, stop in spans:
        sound[samples_in(first) : samples_in(stop)] = 0.2
    carrier = np.random.default_rng(seed).normal(size=len(sound)).astype(np.float32)
    return (sound * carrier * (0.6 + 0.4 * np.sin(2 * np.pi * (3 + seed % 3) * time))).astype(np.float32)


def nods_after(user_speech: np.ndarray, agent_speech: np.ndarray) -> list[int]:
    """The rule of this little world: an agent that is silent nods 0.4 s after the user stops."""
    ends = [stop + 10 for _, stop in runs(speech_activity(user_speech))]
    silent = ~speech_activity(agent_speech)
    return [end for end in ends if end + 15 < len(silent) and silent[end - 5 : end + 5].all()]


def acted(user_speech: np.ndarray, agent_speech: np.ndarray, seed: int, unrest: float = 0.01) -> Motion:
    frames = frames_in(len(agent_speech))
    values = unrest * np.random.default_rng(seed).normal(size=(frames, ARKIT.width))
    values[:, ARKIT.indices("pose")] *= 0.2
    jaw = np.clip((loudness(agent_speech) + 40) / 40, 0, 1)
    values[:, ARKIT.indices("JawOpen")] += jaw[:, None]
    for onset in nods_after(user_speech, agent_speech):
        nod = 0.06 * (1 - np.cos(2 * np.pi * 2 * np.arange(13) / 25))
        values[onset : onset + 13, ARKIT.indices("HeadPitch")[0]] += nod
    return Motion(values, ARKIT)


def little_world(clips: int = 3) -> list[Case]:
    cases: list[Case] = []
    for clip in range(clips):
        shift = 37 * clip
        first = voice([(40 + shift, 140 + shift), (330 - shift, 400 - shift), (600, 660)], clip)
        second = voice([(190 + shift, 260 + shift), (430, 520), (690, 730)], clip + 10)
        events = [
            Event("nod", number, onset, 13, "partner phrase end")
            for number, user, agent in ((1, second, first), (2, first, second))
            for onset in nods_after(user, agent)
        ]
        people = (Person(first, acted(second, first, clip), 1), Person(second, acted(first, second, clip + 5), 2))
        talk = Conversation(f"clip{clip}", user=people[1], agent=people[0], events=tuple(events))
        oracle = acted(second, first, 0, unrest=0)
        cases += cases_of(clip, talk, (oracle, None))
    return cases


@dataclass
class Knowing:
    """A system that knows the rule of the little world and has noise of its own."""

    space: MotionSpace = ARKIT
    frames_per_step: int = 10
    mean_face: np.ndarray | None = None
    asked: list[int] = field(default_factory=list)

    def generate(
        self, user_speech: np.ndarray, agent_speech: np.ndarray, user_motion: Motion | None = None, *, seed: int = 0
    ) -> Motion:
        assert user_motion is not None
        assert len(user_motion) == frames_in(len(user_speech)) == frames_in(len(agent_speech))
        self.asked.append(seed)
        return acted(user_speech, agent_speech, seed + 100)


class KnowingMean(Knowing):
    def mean_motion(
        self, user_speech: np.ndarray, agent_speech: np.ndarray, user_motion: Motion | None = None
    ) -> Motion:
        assert user_motion is not None
        return acted(user_speech, agent_speech, 0, unrest=0)


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    return evaluate_cases(KnowingMean(), little_world(), seeds=(0, 1))


def value(evaluation: Evaluation, row: str, metric: str) -> float:
    return evaluation.rows[row][metric].value


def test_real_motion_is_perfect(evaluation: Evaluation) -> None:
    for group in ARKIT.groups:
        for key in ("fd", "pfd", "mse", "zmse", "rpcc", "sts"):
            assert value(evaluation, rows.REAL, f"{key}_{group}") == pytest.approx(0, abs=1e-9)
    assert value(evaluation, rows.REAL, "head_speed_ratio") == pytest.approx(1)
    assert value(evaluation, rows.REAL, "lip_jaw_correlation") == pytest.approx(1)
    assert value(evaluation, rows.REAL, "react_f1_nod") == 1


def test_a_model_that_knows_the_rule_is_good_and_needs_its_user(evaluation: Evaluation) -> None:
    assert evaluation.logged == ("nod",)
    assert value(evaluation, rows.MODEL, "react_f1_nod") == 1
    assert value(evaluation, rows.MODEL, "react_absolute_s_nod") < 0.15
    assert value(evaluation, rows.MODEL_SWAPPED, "react_f1_nod") < 0.6
    assert value(evaluation, rows.MODEL_SWAPPED, "reactivity_pose") > 0.5
    assert value(evaluation, rows.MODEL, "lip_jaw_correlation") > 0.95
    assert value(evaluation, rows.MODEL, "head_speed_ratio") == pytest.approx(1, abs=0.1)
    assert value(evaluation, rows.MODEL, "seam_speed") == pytest.approx(1, abs=0.1)


def test_controls_fail_where_they_should(evaluation: Evaluation) -> None:
    for row in (rows.MODEL_OTHER, rows.REAL_OTHER):
        assert value(evaluation, row, "fd_exp") < value(evaluation, rows.MEAN_FACE, "fd_exp")
        assert value(evaluation, row, "react_f1_nod") < 0.6
        assert value(evaluation, row, "lip_jaw_correlation") < 0.6
    assert value(evaluation, rows.MEAN_FACE, "react_f1_nod") == 0
    assert value(evaluation, rows.MEAN_FACE, "head_speed_ratio") == 0
    assert value(evaluation, rows.MEAN_FACE, "zmse_exp") == pytest.approx(1, abs=0.1)
    assert value(evaluation, rows.FIRST_FRAME, "sid_exp") == pytest.approx(0, abs=1e-4)


def test_the_mean_beats_the_sample_in_squared_error_and_loses_in_distribution(evaluation: Evaluation) -> None:
    assert value(evaluation, rows.MODEL_MEAN, "zmse_exp") < value(evaluation, rows.MODEL, "zmse_exp")
    assert value(evaluation, rows.MODEL_MEAN, "fd_exp") > value(evaluation, rows.MODEL, "fd_exp")
    assert value(evaluation, rows.ORACLE, "mse_jaw") < value(evaluation, rows.MEAN_FACE, "mse_jaw")
    assert evaluation.rows[rows.ORACLE]["mse_jaw"].clips == 3


def test_intervals_hold_their_values(evaluation: Evaluation) -> None:
    for row in evaluation.rows.values():
        for estimate in row.values():
            assert estimate.low - 1e-9 <= estimate.value <= estimate.high + 1e-9


def test_each_case_is_generated_once_a_seed_and_once_with_another_user() -> None:
    system, told = Knowing(), []
    found = evaluate_cases(
        system, little_world(2), seeds=(3, 4), progress=lambda done, total: told.append((done, total))
    )
    assert sorted(system.asked) == [3] * 8 + [4] * 4
    assert told == [(step, 8) for step in range(1, 9)]
    assert rows.MODEL_MEAN not in found.rows


def test_a_single_clip_has_no_foreign_controls() -> None:
    found = evaluate_cases(Knowing(), little_world(1))
    assert not {rows.MODEL_SWAPPED, rows.MODEL_OTHER, rows.REAL_OTHER} & set(found.rows)


def test_nothing_to_evaluate_and_foreign_spaces_are_refused() -> None:
    with pytest.raises(VisavisError, match="nothing to evaluate"):
        evaluate_cases(Knowing(), [])
    with pytest.raises(VisavisError, match="seed"):
        evaluate_cases(Knowing(), little_world(1), seeds=())
    with pytest.raises(VisavisError, match="clip0: motion in space arkit61"):
        evaluate_cases(Knowing(space_named("flame56")), little_world(1))
