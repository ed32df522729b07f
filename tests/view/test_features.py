from __future__ import annotations

import numpy as np
import pytest

from visavis.core.builtin_spaces import ARKIT61
from visavis.view.features import MouthLines, blush, brow, eye, mouth, mouth_lines, nostrils
from visavis.view.looks import AMBER

PAINT = AMBER.paint
NEUTRAL = dict.fromkeys(ARKIT61.channels, 0.0)


def lips(**weights: float) -> MouthLines:
    return mouth_lines({**NEUTRAL, **weights})


def both(name: str, value: float) -> dict[str, float]:
    return {f"{name}Left": value, f"{name}Right": value}


def white(side: float, name: str, **weights: float) -> np.ndarray:
    """The outline of the eye's opening (N, 2)."""
    patches = eye({**NEUTRAL, **weights}, side, name, (0.0, 0.0), PAINT)
    return max((patch.outline for patch in patches if patch.colour[2] > 0.9), key=lambda outline: np.ptp(outline[:, 0]))


def test_jaw_opens_and_mouth_close_seals() -> None:
    assert lips().gap == 0
    assert lips(JawOpen=0.5).gap > 0.1
    assert lips(JawOpen=0.5, MouthClose=0.5).gap < 0.02


def test_pucker_and_funnel_narrow_and_push_forward_smile_and_stretch_widen() -> None:
    rest = np.ptp(lips().x)
    for shape in ("MouthPucker", "MouthFunnel"):
        assert np.ptp(lips(**{shape: 0.8}).x) < 0.85 * rest
        assert lips(**{shape: 0.8}).out > lips().out
    for shape in ("MouthSmile", "MouthStretch"):
        assert np.ptp(lips(**both(shape, 0.8)).x) > 1.05 * rest


def test_smiles_lift_and_frowns_lower_the_corner_of_their_side() -> None:
    rest, smile, frown = lips(), lips(MouthSmileLeft=0.8), lips(MouthFrownRight=0.8)
    assert smile.upper[-1] > rest.upper[-1] + 0.05
    assert smile.upper[0] == pytest.approx(rest.upper[0])
    assert frown.upper[0] < rest.upper[0] - 0.05
    assert frown.upper[-1] == pytest.approx(rest.upper[-1])


def test_lips_part_upwards_and_downwards_and_roll_in() -> None:
    rest = lips()
    assert (lips(**both("MouthUpperUp", 0.8)).upper - rest.upper).max() > 0.05
    assert (lips(**both("MouthLowerDown", 0.8)).lower - rest.lower).min() < -0.05
    assert np.ptp(lips(MouthRollLower=0.9).bottom - lips(MouthRollLower=0.9).lower) < 0.5 * np.ptp(
        rest.bottom - rest.lower
    )


def test_whatever_shows_in_the_mouth_stays_between_the_lips() -> None:
    lines = lips(JawOpen=0.7)
    lip_patches = 2 + 1 + 2
    for patch in mouth({**NEUTRAL, "JawOpen": 0.7}, PAINT)[:-lip_patches]:
        x, y = patch.outline.T
        assert (y <= np.interp(x, lines.x, lines.upper) + 1e-9).all()
        assert (y >= np.interp(x, lines.x, lines.lower) - 1e-9).all()


def test_lids_close_squint_and_widen() -> None:
    rest = np.ptp(white(1.0, "Left")[:, 1])
    assert np.ptp(white(1.0, "Left", EyeBlinkLeft=0.6)[:, 1]) < 0.6 * rest
    assert np.ptp(white(1.0, "Left", EyeSquintLeft=0.8)[:, 1]) < 0.9 * rest
    assert np.ptp(white(1.0, "Left", EyeWideLeft=0.8)[:, 1]) > 1.1 * rest
    shut = eye({**NEUTRAL, "EyeBlinkLeft": 1.0}, 1.0, "Left", (0.0, 0.0), PAINT)
    assert not [patch for patch in shut if patch.colour[2] > 0.9]


def test_the_iris_goes_where_the_eye_looks() -> None:
    def iris(yaw: float, pitch: float) -> np.ndarray:
        patches = eye(NEUTRAL, -1.0, "Right", (yaw, pitch), PAINT)
        return next(patch.outline for patch in patches if patch.colour == PAINT.iris).mean(axis=0)

    ahead = iris(0, 0)
    assert iris(0.3, 0)[0] < ahead[0] - 0.03
    assert iris(0, 0.3)[1] < ahead[1] - 0.02


def test_brows_rise_and_fall() -> None:
    def inner_and_outer(**weights: float) -> tuple[float, float]:
        outline = brow({**NEUTRAL, **weights}, 1.0, "Left", PAINT).outline
        inner, outer = outline[:, 0] < 0.3, outline[:, 0] > 0.45
        return float(outline[inner, 1].mean()), float(outline[outer, 1].mean())

    rest = inner_and_outer()
    assert inner_and_outer(BrowInnerUp=0.8)[0] > rest[0] + 0.04
    assert inner_and_outer(BrowOuterUpLeft=0.8)[1] > rest[1] + 0.04
    assert inner_and_outer(BrowDownLeft=0.8)[0] < rest[0] - 0.04


def test_the_features_of_a_symmetric_face_mirror_each_other() -> None:
    face = {**NEUTRAL, "JawOpen": 0.4, **both("MouthSmile", 0.5), **both("EyeBlink", 0.2)}
    left, right = (brow(face, side, name, PAINT).outline for side, name in ((1.0, "Left"), (-1.0, "Right")))
    np.testing.assert_allclose(left * [-1, 1], right, atol=1e-12)
    lines = mouth_lines(face)
    for curve in (lines.top, lines.upper, lines.lower, lines.bottom):
        np.testing.assert_allclose(curve, curve[::-1], atol=1e-12)
    for patches in (nostrils(face, PAINT), blush(face, PAINT)):
        assert sum(patch.outline[:, 0].mean() for patch in patches) == pytest.approx(0, abs=1e-9)
