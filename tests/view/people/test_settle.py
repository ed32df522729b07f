from __future__ import annotations

import numpy as np
import pytest

from tests.view.face import weights
from visavis.core.builtin_spaces import ARKIT_WEIGHTS
from visavis.view.people.settle import settled


def one(name: str, **given: float) -> float:
    return float(settled(weights(**given))[ARKIT_WEIGHTS.index(name)])


def test_a_single_shape_is_left_alone() -> None:
    for name in ARKIT_WEIGHTS:
        if name not in ("MouthClose", "TongueOut"):
            assert one(name, **{name: 0.7}) == 0.7


def test_out_of_range_weights_are_clipped() -> None:
    assert one("JawOpen", JawOpen=1.6) == 1
    assert one("JawOpen", JawOpen=-1) == 0


def test_shut_eyes_rest() -> None:
    for name in ("EyeLookDownLeft", "EyeSquintLeft", "EyeWideLeft", "EyeLookUpLeft"):
        assert one(name, **{name: 1.0}, EyeBlinkLeft=1.0) == 0
        assert one(name, **{name: 1.0}, EyeBlinkRight=1.0) == 1


def test_an_eye_looks_one_way() -> None:
    assert one("EyeLookInLeft", EyeLookInLeft=0.7, EyeLookOutLeft=0.2) == pytest.approx(0.5)
    assert one("EyeLookOutLeft", EyeLookInLeft=0.7, EyeLookOutLeft=0.2) == 0


def test_lips_close_no_further_than_the_jaw_and_let_the_tongue_pass_when_open() -> None:
    assert one("MouthClose", MouthClose=0.8, JawOpen=0.3) == 0.3
    assert one("TongueOut", TongueOut=1.0) == 0
    assert one("TongueOut", TongueOut=1.0, JawOpen=0.5) == 1


def test_the_tongue_comes_out_steadily_and_is_hardly_ever_half_out() -> None:
    out = np.array([one("TongueOut", TongueOut=weight, JawOpen=0.6) for weight in np.linspace(0, 1, 201)])
    assert (np.diff(out) >= 0).all()
    assert (out[0], out[-1]) == (0, 1)
    assert ((out > 0.2) & (out < 0.75)).mean() < 0.15


def test_corners_go_only_so_far_and_rows_do_not_mix() -> None:
    both = np.stack([weights(MouthSmile=1, MouthStretch=1), weights(JawOpen=0.4)])
    held = settled(both)
    columns = [ARKIT_WEIGHTS.index(name) for name in ("MouthSmileLeft", "MouthStretchLeft", "MouthDimpleLeft")]
    assert held[0, columns].sum() <= 1.25 + 1e-9
    np.testing.assert_array_equal(held[1], settled(both[1]))
    assert both[0].max() == 1, "the given weights were changed"
