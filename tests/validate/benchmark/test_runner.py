from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from tests.validate.benchmark.test_case_scores import case_of, walk
from visavis.core.local_processes import LocalProcesses
from visavis.core.motion import Motion
from visavis.validate.benchmark import case_scores as rows
from visavis.validate.benchmark.aggregation import Evaluation
from visavis.validate.benchmark.case_scores import ControlSettings, GeneratedMotions
from visavis.validate.benchmark.cases import Case
from visavis.validate.benchmark.corruption import Corruption
from visavis.validate.benchmark.dataset_statistics import dataset_statistics
from visavis.validate.benchmark.runner import GeneratedCase, StepCounter, VariantSettings, score_cases
from visavis.validate.metrics.pooled import add_pools, pool, pooled_clusters, score_pools

pytest.importorskip("sklearn")

CLIPS = 4


def drawn_for(number: int) -> Motion:
    return walk(1000 + number)


def made(cases: list[Case], names: tuple[str, ...] = ("a",)) -> Iterator[GeneratedCase]:
    for number, case in enumerate(cases):
        yield GeneratedCase(case, {name: GeneratedMotions((drawn_for(number),)) for name in names})


def gathered(cases: list[Case], plans: dict[str, VariantSettings], **told: list[int]) -> dict[str, Evaluation]:
    done = told.get("done", [])
    return score_cases(
        made(cases, tuple(plans)),
        dataset_statistics(cases),
        plans,
        seeds=(3,),
        engine=LocalProcesses(1),
        done=lambda: done.append(len(done) + 1),
    )


def test_every_case_meets_the_truth_and_the_model_of_the_next_conversation() -> None:
    cases = [case_of(clip) for clip in range(CLIPS)]
    found = gathered(cases, {"a": VariantSettings(ControlSettings(np.zeros(56), 10))})["a"]
    assert found.clip_names == tuple(f"clip{clip}_speaker1" for clip in range(CLIPS))
    errors = {row: found.per_clip[row]["mse_exp"] for row in (rows.MODEL, rows.MODEL_OTHER, rows.REAL_OTHER)}
    for number, case in enumerate(cases):
        following = (number + 1) % CLIPS
        for row, motion in (
            (rows.MODEL, drawn_for(number)),
            (rows.MODEL_OTHER, drawn_for(following)),
            (rows.REAL_OTHER, cases[following].truth),
        ):
            true = np.mean((motion["exp"].astype(np.float64) - case.truth["exp"]) ** 2)
            assert errors[row][number] == pytest.approx(true, rel=1e-6)


def test_pools_hold_all_cases() -> None:
    cases = [case_of(clip) for clip in range(CLIPS)]
    found = gathered(cases, {"a": VariantSettings(ControlSettings(np.zeros(56), 10))})["a"]
    clusters = pooled_clusters([case.truth.values for case in cases], cases[0].truth.space)
    first, *more = [pool(drawn_for(n), case.truth, case.user_motion, clusters) for n, case in enumerate(cases)]
    for one in more:
        first = add_pools(first, one)
    assert found.pooled[rows.MODEL] == score_pools(first)
    assert found.pooled[rows.REAL]["pooled_fd_exp"] == pytest.approx(0, abs=1e-9)
    assert set(found.pooled) == set(found.rows)


def test_controls_stand_beside_clean_variants_and_are_the_same_beside_each() -> None:
    cases, told = [case_of(clip) for clip in range(2)], list[int]()
    ruler = ControlSettings(np.zeros(56), 10)
    dropout = Corruption("motion", "hold", 0.5)
    plans = {
        "a": VariantSettings(ruler),
        "b": VariantSettings(ControlSettings(np.zeros(56), 10)),
        "c": VariantSettings(ruler, dropout),
        "d": VariantSettings(ControlSettings(np.ones(56), 25)),
    }
    found = gathered(cases, plans, done=told)
    assert told == list(range(1, 2 * len(plans) + 1))
    assert list(found["a"].rows) == [row for row in rows.ROWS if row in found["a"].rows]
    assert found["a"].rows == found["b"].rows
    assert set(found["c"].rows) == {rows.MODEL}
    assert found["c"].corruption == dropout
    assert found["c"].rows[rows.MODEL]["mse_exp"] == found["a"].rows[rows.MODEL]["mse_exp"]
    assert found["d"].rows[rows.REAL]["seam_speed"] != found["a"].rows[rows.REAL]["seam_speed"]
    assert found["d"].rows[rows.MEAN_FACE]["mse_exp"] != found["a"].rows[rows.MEAN_FACE]["mse_exp"]
    assert found["a"].seeds == (3,)


def test_cases_are_asked_for_one_by_one_and_not_kept() -> None:
    cases, asked, done = [case_of(clip) for clip in range(6)], list[int](), list[int]()

    def watched() -> Iterator[GeneratedCase]:
        for one in made(cases):
            asked.append(len(done))
            yield one

    known = dataset_statistics(cases)
    score_cases(
        watched(),
        known,
        {"a": VariantSettings(ControlSettings(known.mean, 10))},
        seeds=(0,),
        engine=LocalProcesses(1),
        done=lambda: done.append(1),
    )
    assert asked == [0, 0, 1, 2, 3, 4]


def test_steps_count_up() -> None:
    told: list[tuple[int, int]] = []
    steps = StepCounter(3, lambda done, total: told.append((done, total)))
    for _ in range(3):
        steps.done()
    StepCounter(1, None).done()
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_clips_of_several_sources_are_also_told_apart() -> None:
    cases = [case_of(clip) for clip in range(CLIPS)]
    names = ["anna.a", "ben.a", "anna.b", "alone"]
    named = [replace(case, talk=replace(case.talk, name=name)) for case, name in zip(cases, names, strict=True)]
    found = gathered(named, {"a": VariantSettings(ControlSettings(np.zeros(56), 10))})["a"]
    assert set(found.parts) == {"anna", "ben"}
    errors = found.per_clip[rows.MODEL]["mse_exp"]
    assert found.parts["anna"][rows.MODEL]["mse_exp"].value == pytest.approx((errors[0] + errors[2]) / 2)
    assert found.parts["ben"][rows.MODEL]["mse_exp"].value == pytest.approx(errors[1])
    assert found.parts["ben"][rows.REAL]["mse_exp"].value == 0
    assert gathered(cases, {"a": VariantSettings(ControlSettings(np.zeros(56), 10))})["a"].parts == {}
