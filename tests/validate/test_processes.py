from __future__ import annotations

import os

import numpy as np
import pytest

from tests.validate.test_compare import case_of, setup_for, walk
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.spaces import space_named
from visavis.validate.compare import MODEL, Compared, Drawn, Scene, Take
from visavis.validate.pooled import score_pools
from visavis.validate.processes import Scorers, usual_workers

pytest.importorskip("sklearn")


def scenes(count: int) -> list[Scene]:
    return [Scene(case_of(n), walk(n), {"a": Take(Drawn((walk(100 + n),)), walk(n), 0)}) for n in range(count)]


def told(compared: Compared) -> list[object]:
    rows = {**compared.variants["a"], **compared.controls[0]}
    return [(row, score.shares, score_pools(score.pools)) for row, score in rows.items()]


def test_processes_say_what_this_one_says() -> None:
    given = scenes(3)
    setup = setup_for([scene.case for scene in given])
    with Scorers(setup, 0) as here, Scorers(setup, 2) as there:
        futures = [there.submit(scene) for scene in given]
        for scene, future in zip(given, futures, strict=True):
            assert told(future.result()) == told(here.submit(scene).result())


def test_an_error_comes_back_as_it_was_and_a_dead_process_is_told() -> None:
    good = scenes(1)[0]
    setup = setup_for([good.case])
    foreign = Motion(np.zeros((50, space_named("arkit61").width)), space_named("arkit61"))
    with Scorers(setup, 1) as scorers:
        with pytest.raises(VisavisError, match="motion in space arkit61 cannot be scored"):
            scorers.submit(Scene(good.case, None, {"a": Take(Drawn((foreign,)), None, 0)})).result()
        assert MODEL in scorers.submit(good).result().variants["a"]
        for process in scorers._processes:
            process.kill()
            process.wait()
        with pytest.raises(VisavisError, match="a scoring process ended early"):
            scorers.submit(good).result()


def test_what_is_left_does_not_wait() -> None:
    given = scenes(1) * 20
    scorers = Scorers(setup_for([given[0].case]), 1)
    futures = [scorers.submit(scene) for scene in given]
    futures[0].result()
    scorers.__exit__(KeyboardInterrupt, None, None)
    assert futures[-1].cancelled()
    assert all(process.returncode is not None for process in scorers._processes)


def test_there_is_a_process_for_each_core_but_not_more_than_cases() -> None:
    assert usual_workers(1) == 1
    assert usual_workers(10_000) == min(os.cpu_count() or 1, 16)
    with pytest.raises(VisavisError, match="give 0"):
        Scorers(setup_for([case_of(0)]), -1)
