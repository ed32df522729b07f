from dataclasses import replace

import numpy as np
import pytest

from visavis.core.clock import samples_in
from visavis.core.conversation import Conversation, Event, Person
from visavis.core.motion import Motion
from visavis.core.spaces import space_named
from visavis.validate.benchmark.cases import Case, cases_of
from visavis.validate.benchmark.dataset_statistics import dataset_statistics
from visavis.validate.benchmark.motion_scores import lip_scores, reaction_shares, score_motion, standard_errors
from visavis.validate.metrics.intervals import Share
from visavis.validate.metrics.per_clip import reference

ARKIT, FLAME = space_named("arkit61"), space_named("flame56")
FRAMES = 250


def case_of(space_name: str, events: tuple[Event, ...] = ()) -> Case:
    space = space_named(space_name)
    random = np.random.default_rng(0)
    people = [
        Person(
            (0.1 * random.normal(size=samples_in(FRAMES)) * (np.arange(samples_in(FRAMES)) < 64_000)).astype(
                np.float32
            ),
            Motion(np.cumsum(0.01 * random.normal(size=(FRAMES, space.width)), axis=0), space),
            number,
        )
        for number in (1, 2)
    ]
    return cases_of(0, Conversation("talk", user=people[1], agent=people[0], events=events))[0]


def test_errors_are_in_units_of_each_channels_variance() -> None:
    target = Motion(np.zeros((10, ARKIT.width)), ARKIT)
    variance = np.full(ARKIT.width, 4.0)
    still, pose = ARKIT.indices("gaze"), ARKIT.indices("pose")
    variance[still] = 0
    variance[pose] = 1
    scores = standard_errors(Motion(np.full((10, ARKIT.width), 2.0), ARKIT), target, variance)
    assert scores["zmse_exp"] == pytest.approx(1)
    assert scores["zmse_pose"] == pytest.approx(4)
    assert scores["zmse_blink"] == pytest.approx(1)
    assert "zmse_gaze" not in scores


@pytest.mark.parametrize("space_name", ["arkit61", "flame56", "colocated78"])
def test_every_space_is_scored_on_what_it_has(space_name: str) -> None:
    pytest.importorskip("sklearn")
    case = case_of(space_name)
    known = dataset_statistics([case], case.truth.space)
    shares = score_motion(case.truth, case, reference(case.truth, case.user_motion), known, 10)
    assert shares["mse_exp"] == Share(0.0)
    assert shares["head_speed_ratio"].above == shares["head_speed_ratio"].below > 0
    assert ("react_f1_smile" in shares) == (space_name == "arkit61")
    assert ("gaze_error_deg" in shares) == (space_name != "flame56")
    assert ("lip_correlation" in shares) == (space_name != "colocated78")
    assert "react_f1_nod" in shares
    assert "seam_speed" in shares


def test_one_frame_a_turn_has_no_seams_and_shorter_predictions_are_scored() -> None:
    pytest.importorskip("sklearn")
    case = case_of("arkit61")
    known = dataset_statistics([case], ARKIT)
    shares = score_motion(case.truth.cut(0, 240), case, reference(case.truth, case.user_motion), known, 1)
    assert "seam_speed" not in shares
    assert shares["zmse_exp"] == Share(0.0)
    assert shares["head_speed_ratio"].above == shares["head_speed_ratio"].below


def test_the_log_comes_before_detections_and_speech_hides_nods() -> None:
    logged = (Event("nod", 1, 20, 10), Event("nod", 1, 200, 10), Event("nod", 2, 150, 10))
    case = case_of("arkit61", logged)
    still = Motion(np.zeros((FRAMES, ARKIT.width)), ARKIT)
    shares = reaction_shares(still, case, dataset_statistics([case], ARKIT))
    assert shares["react_f1_nod"] == Share(0, 1)
    assert reaction_shares(case.truth, case, dataset_statistics([case], ARKIT))["react_f1_blink"].below % 2 == 0


def test_only_what_is_known_is_scored() -> None:
    pytest.importorskip("sklearn")
    whole = case_of("arkit61", (Event("phoneme", 1, 10, 2, label="m"),))
    lips = frozenset({"JawOpen", "MouthFunnel", "MouthPucker", "MouthSmileLeft", "MouthSmileRight"})
    agent = replace(whole.talk.agent, motion=replace(whole.truth, known=lips))
    case = Case(0, replace(whole.talk, agent=agent))
    assert case.truth.known == lips
    shares = score_motion(
        whole.truth, case, reference(case.truth, case.user_motion), dataset_statistics([case], ARKIT), 10
    )
    groups = {name.rpartition("_")[2] for name in shares if name.startswith(("fd", "mse", "sid", "zmse", "pfd"))}
    assert groups == {"smile"}
    assert {"lip_jaw_correlation", "lip_rounding_correlation", "lip_closure_bilabial", "react_f1_smile"} <= set(shares)
    assert not {"head_speed_ratio", "gaze_error_deg", "react_f1_nod", "react_f1_blink", "react_nods_in_pause"} & set(
        shares
    )
    jaw = replace(case.talk.agent, motion=replace(whole.truth, known=frozenset({"JawOpen"})))
    assert "lip_rounding_correlation" not in lip_scores(whole.truth, Case(0, replace(whole.talk, agent=jaw)))
    blind = replace(case.talk.agent, motion=replace(whole.truth, known=frozenset({"MouthClose"})))
    assert lip_scores(whole.truth, Case(0, replace(whole.talk, agent=blind))) == {}


def test_nods_are_counted_after_the_moments_they_answer() -> None:
    heard = (
        *(Event("phrase end", 2, frame, 1) for frame in (30, 60, 120)),
        *(Event("utterance", 2, onset, length) for onset, length in ((0, 60), (80, 40))),
    )
    case = case_of("arkit61", heard)
    case = Case(0, replace(case.talk, agent=replace(case.talk.agent, speech=np.zeros(samples_in(FRAMES), np.float32))))
    nodding = np.zeros((FRAMES, ARKIT.width))
    nodding[35:55, ARKIT.indices("HeadPitch")] = 0.1 * np.sin(np.arange(20) * 0.4 * np.pi)[:, None]
    shares = reaction_shares(Motion(nodding, ARKIT), case, dataset_statistics([case], ARKIT))
    assert shares["react_nods_in_pause"] == Share(1, 1)
    assert shares["react_nods_after_line"] == Share(0, 2)
    assert shares["react_nods_elsewhere"].above == 0


def test_closures_need_phonemes_in_the_log() -> None:
    pytest.importorskip("sklearn")
    spoken = tuple(Event("phoneme", 1, onset, 2, label=label) for onset, label in ((10, "m"), (40, "a"), (60, "t")))
    for events, there in ((spoken, True), ((), False)):
        case = case_of("arkit61", events)
        shares = score_motion(case.truth, case, reference(case.truth, None), dataset_statistics([case], ARKIT), 10)
        assert ("lip_closure_bilabial" in shares) == there
        assert ("lip_closure_other" in shares) == there
