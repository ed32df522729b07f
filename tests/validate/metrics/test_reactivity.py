import numpy as np
import pytest

from visavis.core.motion import Motion
from visavis.core.spaces import space_named
from visavis.validate.metrics.reactions import reactivity

FLAME = space_named("flame56")


def drawn(seed: int) -> Motion:
    return Motion(np.random.default_rng(seed).normal(size=(5000, FLAME.width)), FLAME)


def test_a_model_that_ignores_the_user_scores_zero() -> None:
    assert reactivity(drawn(0), drawn(0)) == {"exp": 0, "jaw": 0, "pose": 0}


def test_unrelated_motion_scores_the_square_root_of_two() -> None:
    assert reactivity(drawn(0), drawn(1))["exp"] == pytest.approx(np.sqrt(2), rel=0.02)


def test_only_the_group_that_changes_scores() -> None:
    changed = drawn(0).values.copy()
    changed[:, FLAME.indices("pose")] *= -1
    scores = reactivity(drawn(0), Motion(changed, FLAME))
    assert scores["pose"] == pytest.approx(2, rel=0.01)
    assert scores["exp"] == scores["jaw"] == 0
