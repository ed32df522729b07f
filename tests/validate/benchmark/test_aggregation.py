from __future__ import annotations

import numpy as np
import pytest

from visavis.core.motion import Motion
from visavis.core.spaces import space_named
from visavis.validate.benchmark.aggregation import Tally
from visavis.validate.benchmark.case_scores import Score
from visavis.validate.metrics.intervals import Share, estimate
from visavis.validate.metrics.pooled import add_pools, pool, pooled_clusters, score_pools

FLAME = space_named("flame56")


def test_rows_close_as_their_shares_say() -> None:
    tally = Tally()
    tally.add(0, {"a": Score([{"mse": Share(1.0)}, {"mse": Share(3.0), "f1": Share(2.0, 4.0)}])})
    tally.add(1, {"a": Score([{"mse": Share(6.0)}]), "b": Score([{"f1": Share(1.0, 2.0)}])})
    tally.add(2, {"a": Score([{"mse": Share(8.0), "f1": Share(0.0, 0.0)}])})
    closed = tally.closed([7, 7, 9])
    assert closed["a"].per_clip == {"mse": (2.0, 6.0, 8.0), "f1": (0.5, None, None)}
    assert closed["b"].per_clip == {"f1": (None, 0.5, None)}
    conversations = [
        [{"mse": Share(1.0)}, {"mse": Share(3.0), "f1": Share(2.0, 4.0)}, {"mse": Share(6.0)}],
        [{"mse": Share(8.0), "f1": Share(0.0, 0.0)}],
    ]
    assert closed["a"].estimates == estimate(conversations)
    assert closed["a"].estimates["mse"].value == 4.5
    assert closed["a"].pooled == {}


def test_a_part_has_the_shares_of_its_cases_alone() -> None:
    tally = Tally()
    for number in range(4):
        tally.add(number, {"a": Score([{"mse": Share(float(number))}])})
    tally.add(4, {"b": Score([{"mse": Share(9.0)}])})
    part = tally.part([0, 0, 1, 2, 3], {1, 2})
    assert part == {"a": estimate([[{"mse": Share(1.0)}], [{"mse": Share(2.0)}]])}


def test_pools_add_up_over_cases() -> None:
    pytest.importorskip("sklearn")
    random = np.random.default_rng(0)
    first, second, third = (Motion(random.normal(size=(80, FLAME.width)), FLAME) for _ in range(3))
    clusters = pooled_clusters([first.values, second.values], FLAME)
    pools = [pool(third, target, None, clusters) for target in (first, second)]
    tally = Tally()
    for number, one in enumerate(pools):
        tally.add(number, {"a": Score([{"mse": Share(1.0)}], one)})
    assert tally.closed([0, 1])["a"].pooled == score_pools(add_pools(pools[0], pools[1]))
