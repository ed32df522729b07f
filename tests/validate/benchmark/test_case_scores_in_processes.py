from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from tests.validate.benchmark.test_case_scores import case_of, setup_for, walk
from visavis.core.errors import VisavisError
from visavis.core.local_processes import LocalProcesses
from visavis.core.motion import Motion
from visavis.core.spaces import space_named
from visavis.core.work import in_order
from visavis.validate.benchmark.case_scores import (
    CaseScores,
    GeneratedMotions,
    ScoringJob,
    VariantMotions,
    job_name,
    score_case,
)
from visavis.validate.metrics.pooled import score_pools

pytest.importorskip("sklearn")


def jobs(count: int) -> list[ScoringJob]:
    variants = [VariantMotions(GeneratedMotions((walk(100 + n),)), walk(n), 0) for n in range(count)]
    return [ScoringJob(case_of(n), walk(n), {"a": variant}) for n, variant in enumerate(variants)]


def told(compared: CaseScores) -> list[object]:
    rows = {**compared.variants["a"], **compared.controls[0]}
    return [(row, score.shares, score_pools(score.pools)) for row, score in rows.items()]


def test_processes_say_what_this_one_says() -> None:
    given = jobs(3)
    score = partial(score_case, setup=setup_for([job.case for job in given]))
    here, there = (in_order(LocalProcesses(workers).map(score, given)) for workers in (1, 2))
    for one, other in zip(here, there, strict=True):
        assert one.name == other.name
        assert told(one) == told(other)


def test_an_error_names_the_case() -> None:
    good = jobs(1)[0]
    foreign = Motion(np.zeros((50, space_named("arkit61").width)), space_named("arkit61"))
    bad = ScoringJob(good.case, None, {"a": VariantMotions(GeneratedMotions((foreign,)), None, 0)})
    score = partial(score_case, setup=setup_for([good.case]))
    for workers in (1, 2):
        with pytest.raises(VisavisError, match=r"^clip0_speaker1: motion in space arkit61 cannot be scored"):
            list(LocalProcesses(workers).map(score, [bad], named=job_name))
