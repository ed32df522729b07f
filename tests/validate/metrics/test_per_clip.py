import json
import os
from pathlib import Path

import numpy as np
import pytest

from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.spaces import space_named
from visavis.validate.metrics.per_clip import PROTOCOL, reference, score_clip

FLAME = space_named("flame56")
SHARED = Path(os.environ.get("VISAVIS_SHARED", Path(__file__).parents[3].parent / "shared"))
GOLDEN = SHARED / "golden" / "metrics"
THEIR_NAMES = {"fid": "fd", "p_fid": "pfd", "reverse_sid": "sid_reverse", "variance_pre": "var"}


def walk(frames: int = 120, seed: int = 0, space_name: str = "flame56") -> Motion:
    space = space_named(space_name)
    steps = np.random.default_rng(seed).normal(size=(frames, space.width)) * 0.05
    return Motion(np.cumsum(steps, axis=0).astype(np.float32), space)


@pytest.mark.skipif(not GOLDEN.is_dir(), reason="the golden metrics are not at hand")
def test_every_metric_agrees_with_the_reference_scripts() -> None:
    pytest.importorskip("sklearn")
    case = np.load(GOLDEN / "case.npz")
    expected = json.loads((GOLDEN / "expected.json").read_text())

    def motion(who: str) -> Motion:
        neck, jaw = np.split(case[f"{who}_pose"], 2, axis=1)
        return Motion(np.hstack([case[f"{who}_exp"], jaw, neck]), FLAME)

    found = score_clip(Motion(case["prediction"], FLAME), reference(motion("target"), motion("partner")))
    real = score_clip(motion("target"), reference(motion("target"), motion("partner")))
    for name, value in expected.items():
        key, group = name.rsplit("_", 1)
        if key == "variance_gt":
            assert real[f"var_{group}"] == pytest.approx(value, rel=1e-5), name
        else:
            tolerance = 1e-12 if "sid" in key else 1e-5
            assert found[f"{THEIR_NAMES.get(key, key)}_{group}"] == pytest.approx(value, rel=tolerance), name


@pytest.mark.parametrize("space_name", ["flame56", "arkit61"])
def test_a_perfect_prediction_has_no_error(space_name: str) -> None:
    pytest.importorskip("sklearn")
    target, partner = walk(space_name=space_name), walk(seed=1, space_name=space_name)
    scores = score_clip(target, reference(target, partner))
    assert len(scores) == len(PROTOCOL) * len(target.space.groups)
    for group in target.space.groups:
        for key in ("fd", "pfd", "mse", "rpcc", "sts"):
            assert scores[f"{key}_{group}"] == pytest.approx(0, abs=1e-9)
        assert scores[f"sid_{group}"] == scores[f"sid_reverse_{group}"] > 1


def test_a_held_face_falls_into_one_cluster() -> None:
    pytest.importorskip("sklearn")
    target = walk()
    scores = score_clip(Motion(np.repeat(target.values[:1], 120, axis=0), FLAME), reference(target, None))
    assert scores["sid_exp"] == pytest.approx(0, abs=1e-5)
    assert scores["var_exp"] == pytest.approx(0, abs=1e-12)
    assert "pfd_exp" not in scores


def test_lengths_are_trimmed_to_the_shortest() -> None:
    pytest.importorskip("sklearn")
    target, partner = walk(150), walk(130, seed=1)
    prediction = walk(140, seed=2)
    trimmed = score_clip(prediction.cut(0, 130), reference(target.cut(0, 130), partner.cut(0, 130)))
    assert score_clip(prediction, reference(target, partner)) == trimmed
    short = score_clip(prediction.cut(0, 100), reference(target, partner))
    assert short == score_clip(prediction.cut(0, 100), reference(target.cut(0, 100), partner.cut(0, 100)))


def test_fewer_frames_than_clusters_are_scored() -> None:
    pytest.importorskip("sklearn")
    assert np.isfinite(score_clip(walk(20, 1), reference(walk(20), walk(20, 2)))["sid_exp"])


def test_motion_of_another_space_is_refused() -> None:
    pytest.importorskip("sklearn")
    with pytest.raises(VisavisError, match="flame56"):
        score_clip(walk(space_name="arkit61"), reference(walk(), None))
