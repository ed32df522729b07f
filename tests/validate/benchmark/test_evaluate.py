from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from visavis.core.clock import frames_in, samples_in
from visavis.core.conversation import Conversation, Event, Person
from visavis.core.errors import VisavisError
from visavis.core.local_processes import LocalProcesses
from visavis.core.motion import Motion
from visavis.core.spaces import MotionSpace, space_named
from visavis.data.folder import list_clips
from visavis.encode.activity import loudness, runs, speech_activity
from visavis.validate.benchmark import case_scores as rows
from visavis.validate.benchmark.aggregation import Evaluation
from visavis.validate.benchmark.batch_generation import Variant
from visavis.validate.benchmark.cases import Case, cases_of
from visavis.validate.benchmark.corruption import Corruption
from visavis.validate.benchmark.evaluate import evaluate, evaluate_cases
from visavis.validate.benchmark.runner import Progress

pytest.importorskip("sklearn")

ARKIT, FLAME = space_named("arkit61"), space_named("flame56")
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


def evaluated(
    system: Knowing, cases: list[Case], seeds: tuple[int, ...] = (0,), progress: Progress | None = None
) -> Evaluation:
    return evaluate_cases({"one": Variant(system)}, cases, seeds=seeds, engine=LocalProcesses(1), progress=progress)[
        "one"
    ]


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    return evaluated(KnowingMean(), little_world(), seeds=(0, 1))


class Stumbling(Knowing):
    """A system that makes NaN of one voice."""

    def __init__(self, agent_speech: np.ndarray) -> None:
        super().__init__()
        self.stumbles_at = agent_speech

    def generate(
        self, user_speech: np.ndarray, agent_speech: np.ndarray, user_motion: Motion | None = None, *, seed: int = 0
    ) -> Motion:
        if np.array_equal(agent_speech, self.stumbles_at):
            raise VisavisError("what it drew: 3 values are NaN or infinite; repair it")
        return super().generate(user_speech, agent_speech, user_motion, seed=seed)


def test_a_clip_that_draws_nan_is_named_and_the_rest_is_scored() -> None:
    cases = little_world()
    told: list[tuple[int, int]] = []
    variants = {"one": Variant(Knowing()), "two": Variant(Stumbling(cases[2].agent_speech))}
    found = evaluate_cases(
        variants, cases, engine=LocalProcesses(1), progress=lambda done, total: told.append((done, total))
    )
    for evaluation in found.values():
        assert evaluation.problems == ("clip1_speaker1: what it drew: 3 values are NaN or infinite; repair it",)
        assert evaluation.clip_names == (
            "clip0_speaker1", "clip0_speaker2", "clip1_speaker2", "clip2_speaker1", "clip2_speaker2"
        )  # fmt: skip
        assert evaluation.cases == (0, 1, 3, 4, 5)
        assert evaluation.clips == 3
        assert evaluation.minutes == pytest.approx(5 * FRAMES / 25 / 60)
        assert all(len(row["fd_exp"]) == 5 for row in evaluation.per_clip.values() if "fd_exp" in row)
    assert told[-1] == (24, 24)
    whole = evaluated(Knowing(), cases)
    kept = [whole.per_clip[rows.MODEL]["fd_exp"][case] for case in (0, 1, 3, 4, 5)]
    assert found["one"].per_clip[rows.MODEL]["fd_exp"] == pytest.approx(kept)
    with pytest.raises(VisavisError, match=r"^clip0_speaker1: what it drew: .* \(and 1 more clips cannot be used\)"):
        evaluated(Stumbling(cases[0].agent_speech), [cases[0], cases[0]])


def test_a_limit_that_leaves_nothing_and_seeds_beyond_bounds_are_refused() -> None:
    for limit in (0, -1):
        with pytest.raises(VisavisError, match=f"the limit {limit} leaves no clip"):
            evaluate(Knowing(), [], limit=limit)
    with pytest.raises(VisavisError, match="seed cannot be 1180591620717411303424"):
        evaluated(Knowing(), little_world(1), seeds=(0, 2**70))


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
    found = evaluated(system, little_world(2), seeds=(3, 4), progress=lambda done, total: told.append((done, total)))
    assert sorted(system.asked) == [3] * 8 + [4] * 4
    assert told == [(step, 8) for step in range(1, 9)]
    assert rows.MODEL_MEAN not in found.rows


def test_a_single_clip_has_no_foreign_controls() -> None:
    found = evaluated(Knowing(), little_world(1))
    assert not {rows.MODEL_SWAPPED, rows.MODEL_OTHER, rows.REAL_OTHER} & set(found.rows)


def test_nothing_to_evaluate_and_foreign_spaces_are_refused() -> None:
    with pytest.raises(VisavisError, match="nothing to evaluate"):
        evaluated(Knowing(), [])
    with pytest.raises(VisavisError, match="seed"):
        evaluated(Knowing(), little_world(1), seeds=())
    with pytest.raises(VisavisError, match="clip0: motion in space arkit61"):
        evaluated(Knowing(FLAME), little_world(1))


class CountedCases(list[Case]):
    """Cases that count how often each conversation is asked for."""

    def __init__(self, cases: list[Case]) -> None:
        super().__init__(cases)
        self.asked: list[int] = []

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        self.asked.append(index)
        return super().__getitem__(index)


@dataclass
class Shy(Knowing):
    """Knows the rule, and says what it was given."""

    heard: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)

    def generate(
        self, user_speech: np.ndarray, agent_speech: np.ndarray, user_motion: Motion | None = None, *, seed: int = 0
    ) -> Motion:
        assert user_motion is not None
        self.heard.append((agent_speech, user_motion.values))
        return super().generate(user_speech, agent_speech, user_motion, seed=seed)


def test_variants_made_together_score_as_if_alone() -> None:
    cases, told = CountedCases(little_world(2)), []
    variants = {"plain": Variant(KnowingMean()), "restless": Variant(Knowing(frames_per_step=25))}
    together = evaluate_cases(
        variants, cases, engine=LocalProcesses(1), progress=lambda done, total: told.append((done, total))
    )
    assert told == [(step, 16) for step in range(1, 17)]
    assert sorted(cases.asked) == sorted([*range(4)] * 3)
    for name, variant in variants.items():
        alone = evaluate_cases({name: variant}, cases, engine=LocalProcesses(1))[name]
        assert together[name].rows == alone.rows
        assert together[name].pooled == alone.pooled
        assert together[name].per_clip == alone.per_clip


def test_the_model_gets_corrupted_input_and_is_scored_against_clean_truth() -> None:
    cases = little_world(2)
    shy = Shy()
    variants = {
        "clean": Variant(Knowing()),
        "mute": Variant(Knowing(), Corruption("agent-speech", "silence", 1.0)),
        "deaf": Variant(Knowing(), Corruption("user-speech", "silence", 1.0)),
        "held": Variant(shy, Corruption("motion", "hold", 0.5)),
    }
    found = evaluate_cases(variants, cases, engine=LocalProcesses(1))
    mute, deaf, clean = (found[name].rows[rows.MODEL] for name in ("mute", "deaf", "clean"))
    assert clean["lip_jaw_correlation"].value > 0.95
    assert mute["lip_jaw_correlation"].value < 0.1
    assert deaf["lip_jaw_correlation"] == clean["lip_jaw_correlation"]
    assert deaf["react_f1_nod"].value == 0 < clean["react_f1_nod"].value == 1
    assert set(found["mute"].rows) == {rows.MODEL}
    assert found["held"].rows[rows.MODEL] == clean
    assert len(shy.heard) == len(cases)
    for (speech, moved), case in zip(shy.heard, cases, strict=True):
        assert case.user_motion is not None
        assert (speech == case.agent_speech).all()
        assert (moved != case.user_motion.values).any(axis=1).mean() > 0.1


def test_cases_that_cannot_be_used_are_named_and_the_others_scored() -> None:
    cases = little_world(3)
    short = cases_of(7, Conversation("brief", user=cases[0].talk.user.cut(5), agent=cases[0].talk.agent.cut(5)))
    found = evaluated(Knowing(), [*short, *cases[:4]])
    assert found.problems == ("brief: 5 frames are less than one turn (10); leave the clip out",)
    assert found.cases == (2, 3, 4, 5)
    assert found.clips == 2
    assert found.rows == evaluated(Knowing(), cases[:4]).rows


def test_variants_that_do_not_fit_are_refused() -> None:
    cases = little_world(1)
    mixed = {"a": Variant(Knowing()), "b": Variant(Knowing(FLAME))}
    with pytest.raises(VisavisError, match="different motion spaces"):
        evaluate_cases(mixed, cases)
    blind = cases_of(0, Conversation("blind", user=Person(cases[0].user_speech, None, 2), agent=cases[0].talk.agent))
    dropout = {"a": Variant(Knowing()), "motion:hold:0.5": Variant(Knowing(), Corruption("motion", "hold", 0.5))}
    with pytest.raises(VisavisError, match=r"motion:hold:0\.5: no clip knows its user's motion"):
        evaluate_cases(dropout, blind)


@dataclass
class Breathing:
    """Moves a little, whatever it hears."""

    space: MotionSpace = FLAME
    frames_per_step: int = 25
    mean_face: np.ndarray | None = None

    def generate(
        self, user_speech: np.ndarray, agent_speech: np.ndarray, user_motion: Motion | None = None, *, seed: int = 0
    ) -> Motion:
        assert user_motion is None
        frames = min(frames_in(len(user_speech)), frames_in(len(agent_speech)))
        return Motion(0.01 * np.random.default_rng(seed).normal(size=(frames, self.space.width)), self.space)


def test_a_real_folder_in_dualtalks_layout_is_evaluated_as_far_as_it_can_be_read(tmp_path: Path, shared: Path) -> None:
    for file in (shared / "data" / "dualtalk_clip").iterdir():
        (tmp_path / "test").mkdir(exist_ok=True)
        shutil.copy(file, tmp_path / "test")
        shutil.copy(file, tmp_path / "test" / f"cut_{file.name.rpartition('_')[2]}")
    (tmp_path / "test" / "cut_speaker2.wav").write_bytes(b"RIFF")
    found = evaluate(Breathing(), list_clips(tmp_path, "test"), engine=LocalProcesses(1))
    assert found.clip_names == ("xkHwlcDSOjc_sub_video_109_000_speaker1",)
    assert [line for line in found.problems if "cut_speaker2.wav" in line] == list(found.problems) != []
    assert found.minutes == pytest.approx(0.5, abs=0.01)
    assert found.rows[rows.REAL]["fd_exp"].value == pytest.approx(0, abs=1e-9)
    assert found.rows[rows.MODEL]["fd_exp"].value > 1
    assert "pfd_exp" not in found.rows[rows.MODEL]
    assert found.pooled[rows.MODEL]["pooled_fd_exp"] == pytest.approx(found.rows[rows.MODEL]["fd_exp"].value, rel=1e-6)
