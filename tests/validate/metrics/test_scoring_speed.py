from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from visavis.core.motion import Motion
from visavis.core.spaces import space_named
from visavis.validate.metrics.per_clip import PROTOCOL, reference, score_clip
from visavis.validate.metrics.scoring_speed import made_up_clip, plain_scores, scoring_speed

pytest.importorskip("sklearn")

FLAME = space_named("flame56")


def test_loops_and_arrays_say_the_same_of_a_real_clip(shared: Path) -> None:
    case = np.load(shared / "golden" / "metrics" / "case.npz")

    def motion(who: str) -> Motion:
        neck, jaw = np.split(case[f"{who}_pose"], 2, axis=1)
        return Motion(np.hstack([case[f"{who}_exp"], jaw, neck]), FLAME).cut(0, 250)

    given = Motion(case["prediction"], FLAME).cut(0, 250), motion("target"), motion("partner")
    plain, quick = plain_scores(*given), score_clip(given[0], reference(given[1], given[2]))
    assert set(plain) == set(quick)
    for name, value in quick.items():
        assert plain[name] == pytest.approx(value, rel=1e-12 if name.startswith("sid") else 1e-9), name


def test_a_measurement_compares_what_it_measures() -> None:
    found = scoring_speed(*(motion.cut(0, 60) for motion in made_up_clip(4.0)), runs=1)
    assert found.difference < 1e-5
    assert found.gain == pytest.approx(found.loops_ms / found.scoring_ms)


def test_a_made_up_clip_moves_in_every_channel() -> None:
    clip = made_up_clip(4.0)
    assert [len(motion) for motion in clip] == [100, 100, 100]
    assert all((motion.values.std(axis=0) > 0.01).all() for motion in clip)
    assert len(plain_scores(*(motion.cut(0, 20) for motion in clip))) == len(PROTOCOL) * len(FLAME.groups)
