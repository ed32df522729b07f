from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.small_systems import make
from tests.validate.rooms import person, restless
from visavis.core.builtin_spaces import COLOCATED_ARKIT
from visavis.core.clock import samples_in
from visavis.core.conversation import Conversation, Person
from visavis.core.local_processes import LocalProcesses
from visavis.core.motion import Motion
from visavis.validate.benchmark.batch_generation import Variant, generate_motions
from visavis.validate.benchmark.case_scores import MODEL, MODEL_OTHER, REAL
from visavis.validate.benchmark.cases import Case, cases_of
from visavis.validate.benchmark.evaluate import evaluate_cases
from visavis.validate.benchmark.pair_scores import in_a_room, room_shares
from visavis.validate.report.markdown_tables import markdown, summary

pytest.importorskip("sklearn", reason="SID needs scikit-learn")
FRAMES = 150


def voices(frames: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Two voices who speak one after the other."""
    rng = np.random.default_rng(seed)
    early = np.arange(samples_in(frames)) < samples_in(frames // 2)
    first, second = (rng.normal(0, 0.1, samples_in(frames)).astype(np.float32) for _ in range(2))
    return first * np.where(early, 1, 0.001), second * np.where(early, 0.001, 1)


def cases(clip: int = 0, frames: int = FRAMES) -> list[Case]:
    motions = restless(frames, clip), restless(frames, clip + 50, second=True)
    first, second = (
        Person(voice.astype(np.float32), motion, number)
        for number, (voice, motion) in enumerate(zip(voices(frames, clip), motions, strict=True), 1)
    )
    return cases_of(clip, Conversation(f"clip{clip}", user=second, agent=first))


def test_true_motion_is_the_best_and_says_how_people_look() -> None:
    one, _ = cases()
    assert one.user_motion is not None
    shares = room_shares(one.truth, one.user_motion, one, 30)
    for name in ("pair_fd", "pair_pfd", "pair_mse_full", "pair_mse_lip_speaking", "pair_mse_tran_listening"):
        assert shares[name].above == pytest.approx(0, abs=1e-9)
    assert shares["gaze_at_partner_agreement"].above == 1
    assert 0 < shares["gaze_at_partner_deg"].above < 10
    assert shares["seam_peak_jerk_natural"].above == pytest.approx(1, abs=0.5)
    minutes = sum(shares[f"react_nods_a_minute_{moment}"].below for moment in ("listening", "speaking"))
    assert minutes == pytest.approx(FRAMES / 25 / 60)


def test_the_partner_is_the_one_who_was_made() -> None:
    one, _ = cases()
    away = person(FRAMES, second=True, past_deg=60.0)
    shares = room_shares(one.truth, away, one, 30)
    assert shares["gaze_mutual"].above == 0
    assert shares["gaze_at_partner_agreement"].above == 1, "whom one looks at is the same"
    assert shares["pair_pfd"].above > 0
    assert shares["pair_fd"].above == pytest.approx(0, abs=1e-9)


def test_only_people_whose_places_are_known_are_in_a_room() -> None:
    one, other = cases()
    assert in_a_room(one)
    assert in_a_room(other)
    mouth = frozenset(COLOCATED_ARKIT.channels[i] for i in COLOCATED_ARKIT.indices("mouth"))
    partly = replace(one.talk.user, motion=Motion(one.truth.values, COLOCATED_ARKIT, known=mouth))
    assert not in_a_room(replace(one, talk=replace(one.talk, user=partly)))
    assert not in_a_room(replace(one, talk=replace(one.talk, user=replace(one.talk.user, motion=None))))


def test_a_model_of_two_is_given_the_true_places_and_both_its_people_are_scored_together() -> None:
    system, (one, other) = make("toy of pairs in a room"), cases()
    first, second = generate_motions(system, [(one, None), (other, None)], (0, 1))
    assert len(first.partners) == 2
    for seed in (0, 1):
        assert np.array_equal(first.partners[seed].values, second.samples[seed].values)
        assert np.array_equal(second.partners[seed].values, first.samples[seed].values)
    moved = one.truth.values.copy()
    moved[:, COLOCATED_ARKIT.indices("translation")] += [0.5, 0, 0]
    elsewhere = replace(one.talk.agent, motion=Motion(moved, COLOCATED_ARKIT))
    drawn = generate_motions(system, [(replace(one, talk=replace(one.talk, agent=elsewhere)), None)], (0,))
    assert np.abs(drawn[0].samples[0].values - first.samples[0].values).max() > 1e-4


def heights(motion: Motion) -> np.ndarray:
    """Two vertices: the head, and one above."""
    place = motion["translation"]
    return np.stack([place, place + np.array([0, 0.1, 0])], axis=1)


def test_an_evaluation_of_a_pair_has_the_tables_of_people_in_one_room() -> None:
    system = make("toy of pairs in a room")
    every = [case for clip in range(2) for case in cases(clip, 120)]
    found = evaluate_cases({"m": Variant(system)}, every, engine=LocalProcesses(1), vertices=heights)["m"]
    assert found.problems == ()
    for name in (
        "pair_fd",
        "pair_pfd",
        "pair_mse_eye",
        "pair_vmse",
        "pair_sid_listening",
        "gaze_mutual",
        "lip_cross_talk",
    ):
        assert name in found.rows[MODEL], name
        assert name in found.rows[REAL], name
    assert found.rows[REAL]["pair_vmse"].value == found.rows[REAL]["pair_mse_full"].value == 0
    assert found.rows[MODEL]["pair_vmse"].value > 0
    assert found.rows[MODEL_OTHER]["pair_mse_full"].value > 0
    assert found.rows[REAL]["gaze_at_partner_agreement"].value == 1
    assert "Two people in one room: distributions" in markdown(found)
    assert "Do they look at each other" in summary(found)
