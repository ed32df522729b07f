from __future__ import annotations

import numpy as np
import pytest

from visavis.core.motion import Motion
from visavis.core.spaces import space_named
from visavis.validate.metrics.diversity import fit_clusters
from visavis.validate.metrics.frechet import frechet_distance, paired_frechet_distance
from visavis.validate.metrics.per_clip import mean_squared_error, rpcc
from visavis.validate.metrics.pooled import Pools, add_pools, pool, pooled_clusters, score_pools

pytest.importorskip("sklearn")

FLAME = space_named("flame56")
LENGTHS = (120, 90, 200)


def walk(seed: int, frames: int) -> Motion:
    steps = np.random.default_rng(seed).normal(size=(frames, FLAME.width)) * 0.05
    return Motion(2 + np.cumsum(steps, axis=0), FLAME)


def walks(seed: int) -> list[Motion]:
    return [walk(seed + number, frames) for number, frames in enumerate(LENGTHS)]


def pools_of(predictions: list[Motion], targets: list[Motion], partners: list[Motion | None]) -> Pools:
    clusters = pooled_clusters([target.values for target in targets], FLAME)
    first, *more = [pool(*clip, clusters) for clip in zip(predictions, targets, partners, strict=True)]
    for one in more:
        first = add_pools(first, one)
    return first


def test_sums_clip_by_clip_score_like_all_frames_joined() -> None:
    predictions, targets, partners = walks(10), walks(20), walks(30)
    scores = score_pools(pools_of(predictions, targets, [*partners]))
    for group, count in (("exp", 40), ("jaw", 20), ("pose", 20)):
        drawn, true, other = (np.concatenate([m[group] for m in ms]) for ms in (predictions, targets, partners))
        expected = {
            "fd": frechet_distance(drawn, true),
            "pfd": paired_frechet_distance(drawn, true, other),
            "mse": mean_squared_error(drawn, true),
            "rpcc": rpcc(drawn, true, other),
            "var": np.var(drawn.astype(np.float64)),
        }
        for key, value in expected.items():
            assert scores[f"pooled_{key}_{group}"] == pytest.approx(value, rel=1e-7), (key, group)
        assert scores[f"pooled_sid_{group}"] == fit_clusters(true, count).entropy(drawn)


def test_clips_that_change_places_are_the_same_pool_and_perfect_ones_score_nothing() -> None:
    targets = [walk(1, 90), walk(2, 90)]
    partners: list[Motion | None] = [walk(3, 90), walk(4, 90)]
    perfect = score_pools(pools_of(targets, targets, partners))
    swapped = score_pools(pools_of(targets[::-1], targets, partners))
    for group in FLAME.groups:
        for key in ("fd", "pfd", "mse", "rpcc"):
            assert perfect[f"pooled_{key}_{group}"] == pytest.approx(0, abs=1e-9)
        assert swapped[f"pooled_fd_{group}"] == pytest.approx(0, abs=1e-9)
        assert swapped[f"pooled_pfd_{group}"] > 1e-3
        assert swapped[f"pooled_sid_{group}"] == perfect[f"pooled_sid_{group}"] > 1


def test_partners_count_where_they_are_known_and_shorter_ones_trim() -> None:
    predictions, targets, partners = walks(10), walks(20), walks(30)
    some = score_pools(pools_of(predictions, targets, [None, partners[1], None]))
    alone = score_pools(pools_of(predictions[1:2], targets[1:2], [partners[1]]))
    assert some["pooled_rpcc_exp"] == pytest.approx(alone["pooled_rpcc_exp"], rel=1e-12)
    assert some["pooled_pfd_jaw"] == pytest.approx(alone["pooled_pfd_jaw"], rel=1e-9)
    assert some["pooled_fd_exp"] != pytest.approx(alone["pooled_fd_exp"], rel=1e-2)
    unseen = score_pools(pools_of(predictions, targets, [None, None, None]))
    assert "pooled_rpcc_exp" not in unseen
    assert "pooled_var_exp" in unseen
    short = [motion.cut(0, 80) for motion in predictions]
    cut = [motion.cut(0, 80) for motion in targets]
    clusters = pooled_clusters([target.values for target in targets], FLAME)
    for one, whole, both in zip(short, targets, cut, strict=True):
        assert score_pools(pool(one, whole, None, clusters)) == score_pools(pool(one, both, None, clusters))


def test_a_constant_correlates_with_nothing() -> None:
    still = [Motion(np.full((frames, FLAME.width), 0.7), FLAME) for frames in LENGTHS]
    targets, partners = walks(20), walks(30)
    scores = score_pools(pools_of(still, targets, [*partners]))
    true, other = (np.concatenate([motion["exp"] for motion in motions]) for motions in (targets, partners))
    assert scores["pooled_rpcc_exp"] == pytest.approx(rpcc(np.full_like(true, 0.7), true, other), rel=1e-7)
    assert scores["pooled_var_exp"] == pytest.approx(0, abs=1e-12)
    assert scores["pooled_sid_exp"] == pytest.approx(0, abs=1e-5)
