from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from visavis.core.builtin_spaces import ARKIT61
from visavis.data.simulate.gestures import AT
from visavis.data.simulate.liveliness import RECORDED
from visavis.data.simulate.person import Style, draw_style
from visavis.data.simulate.voices.cast import Split

UNBOUNDED = ("neutral", "asymmetry", "jaw_lean", "head_manner")
MANNERS = [field.name for field in fields(Style) if field.name not in UNBOUNDED]


def drawn(split: Split, count: int = 300) -> list[Style]:
    rng = np.random.default_rng(1)
    return [draw_style(rng, split) for _ in range(count)]


def test_the_same_generator_draws_the_same_person() -> None:
    first, again = drawn("train", 3), drawn("train", 3)
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one.neutral, other.neutral)
        assert [getattr(one, name) for name in MANNERS] == [getattr(other, name) for name in MANNERS]
    assert first[0].nod_p != first[1].nod_p


def test_manners_of_ood_are_never_met_in_train() -> None:
    known, foreign = drawn("train"), drawn("ood")
    for name in MANNERS:
        usual = np.array([getattr(style, name) for style in known])
        strange = np.array([getattr(style, name) for style in foreign])
        assert ((strange < usual.min()) | (strange > usual.max())).all(), name
        assert strange.min() > 0, name
        if name.endswith("_p"):
            assert strange.max() <= 1, name


def test_resting_faces_are_faces() -> None:
    resting = np.stack([style.neutral for style in drawn("train")])
    weights = resting[:, : AT["HeadYaw"]]
    assert 0 <= weights.min() <= weights.max() < 0.35
    assert not resting[:, AT["TongueOut"]].any()
    assert resting[:, ARKIT61.indices("pose")].std(0) == pytest.approx([0.03, 0.03, 0.015], rel=0.15)
    ratio = resting[:, AT["EyeBlinkRight"]] / resting[:, AT["EyeBlinkLeft"]]
    assert 0.85 <= ratio.min() < 0.87 < 1.13 < ratio.max() <= 1.15


def test_people_move_like_the_recorded_ones_they_resemble() -> None:
    people = drawn("train")
    weights = np.stack([style.head_manner for style in people])
    assert weights.shape == (300, len(RECORDED))
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    assert weights.min() >= 0
    assert (weights.max(axis=0) > 0.9).all(), "everybody has a double"
    speed = np.array([style.liveliness for style in people])
    recorded = np.array([person.speed for person in RECORDED])
    calm, lively = int(recorded.argmin()), int(recorded.argmax())
    assert speed[weights[:, calm] > 0.8].max() < 0.5 * speed[weights[:, lively] > 0.8].min()
    np.testing.assert_allclose((speed.min(), speed.max()), (recorded.min(), recorded.max()), rtol=0.2)


def test_heads_of_ood_are_beyond_the_recorded_ones() -> None:
    weights = np.stack([style.head_manner for style in drawn("ood")])
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    assert (weights.max(axis=1) > 1).all()
    assert ((weights < 0).sum(axis=1) == len(RECORDED) - 1).all()
