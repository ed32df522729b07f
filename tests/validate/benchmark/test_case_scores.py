from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from visavis.core.clock import samples_in
from visavis.core.conversation import Conversation, Person
from visavis.core.motion import Motion
from visavis.core.spaces import space_named
from visavis.validate.benchmark.case_scores import (
    FIRST_FRAME,
    LOUDNESS,
    MEAN_FACE,
    MODEL,
    MODEL_MEAN,
    MODEL_OTHER,
    MODEL_SWAPPED,
    ORACLE,
    PARTNER,
    REAL,
    REAL_OTHER,
    ControlSettings,
    GeneratedMotions,
    ScoringJob,
    ScoringSetup,
    VariantMotions,
    score_case,
)
from visavis.validate.benchmark.cases import Case, cases_of
from visavis.validate.benchmark.dataset_statistics import dataset_statistics
from visavis.validate.metrics.pooled import pooled_clusters, score_pools

pytest.importorskip("sklearn")

FLAME = space_named("flame56")
FRAMES = 100


def walk(seed: int, frames: int = FRAMES) -> Motion:
    steps = 0.05 * np.random.default_rng(seed).normal(size=(frames, FLAME.width))
    return Motion(np.cumsum(steps, axis=0), FLAME)


def case_of(clip: int, oracle: Motion | None = None) -> Case:
    noise = 0.1 * np.random.default_rng(clip).normal(size=samples_in(FRAMES)).astype(np.float32)
    people = [Person(noise, walk(10 * clip + number), number) for number in (1, 2)]
    talk = Conversation(f"clip{clip}", user=people[1], agent=people[0])
    return cases_of(clip, talk, (oracle, None))[0]


def setup_for(cases: list[Case], *rulers: ControlSettings) -> ScoringSetup:
    known = dataset_statistics(cases)
    return ScoringSetup(known, pooled_clusters(known.truths, FLAME), rulers or (ControlSettings(known.mean, 10),))


def test_rows_are_what_was_made_and_controls_what_the_case_knows() -> None:
    case = case_of(0, oracle=walk(7))
    drawn = GeneratedMotions((walk(1), walk(2)), swapped=walk(3), mean=walk(4))
    found = score_case(ScoringJob(case, walk(5, 70), {"a": VariantMotions(drawn, walk(6, 130), 0)}), setup_for([case]))
    assert set(found.variants["a"]) == {MODEL, MODEL_SWAPPED, MODEL_OTHER, MODEL_MEAN}
    assert len(found.variants["a"][MODEL].shares) == 2
    assert set(found.controls[0]) == {ORACLE, MEAN_FACE, FIRST_FRAME, PARTNER, REAL_OTHER, REAL}
    assert found.controls[0][REAL].shares[0]["mse_exp"].above == 0
    assert set(found.variants["a"][MODEL_SWAPPED].shares[0]) >= {"reactivity_exp", "react_f1_nod"}
    assert not found.variants["a"][MODEL_SWAPPED].pools


def test_what_is_not_there_makes_no_row() -> None:
    case = case_of(0)
    alone = replace(case, talk=replace(case.talk, user=replace(case.talk.user, motion=None)))
    found = score_case(
        ScoringJob(alone, None, {"a": VariantMotions(GeneratedMotions((walk(1),)), None, 0)}), setup_for([alone])
    )
    assert set(found.variants["a"]) == {MODEL}
    assert set(found.controls[0]) == {MEAN_FACE, FIRST_FRAME, REAL}
    assert "pfd_exp" not in found.variants["a"][MODEL].shares[0]
    assert "pooled_pfd_exp" not in score_pools(found.variants["a"][MODEL].pools)


def test_variants_are_scored_alone_as_together_each_by_its_ruler() -> None:
    case = case_of(0)
    rulers = ControlSettings(np.zeros(FLAME.width), 10), ControlSettings(np.ones(FLAME.width), 25)
    takes = {
        "a": VariantMotions(GeneratedMotions((walk(1),)), None, 0),
        "b": VariantMotions(GeneratedMotions((walk(1),)), None, 1),
    }
    setup = setup_for([case], *rulers)
    both = score_case(ScoringJob(case, None, takes), setup)
    for name, take in takes.items():
        alone = score_case(ScoringJob(case, None, {name: take}), setup)
        assert alone.variants[name][MODEL].shares == both.variants[name][MODEL].shares
    first, second = (both.variants[name][MODEL].shares[0] for name in takes)
    assert first["mse_exp"] == second["mse_exp"]
    assert first["seam_speed"] != second["seam_speed"]
    faces = [controls[MEAN_FACE].shares[0]["mse_exp"].above for controls in both.controls]
    assert faces == [pytest.approx(np.mean((case.truth["exp"] - face) ** 2)) for face in (0.0, 1.0)]


def test_rulers_are_the_same_if_their_values_are() -> None:
    assert ControlSettings(np.zeros(3), 10) == ControlSettings(np.zeros(3), 10)
    assert ControlSettings(np.zeros(3), 10) != ControlSettings(np.zeros(3), 5)
    assert ControlSettings(np.zeros(3), 10) != ControlSettings(np.ones(3), 10)


def test_comparing_needs_no_network() -> None:
    code = "import sys, visavis.core.worker, visavis.validate.benchmark.case_scores; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_loudness_alone_has_lips_and_nothing_else() -> None:
    case = case_of(0)
    voiced = 0.1 * np.sin(np.arange(samples_in(FRAMES)) * 0.3) * (np.arange(samples_in(FRAMES)) > samples_in(40))
    case = replace(case, talk=replace(case.talk, agent=replace(case.talk.agent, speech=voiced.astype(np.float32))))
    score = score_case(ScoringJob(case, None, {}), setup_for([case])).controls[0][LOUDNESS]
    assert {name.split("_")[0] for name in score.shares[0]} == {"lip"}
    assert score.shares[0]["lip_correlation"].above > 0.3
    assert score.pools == {}
