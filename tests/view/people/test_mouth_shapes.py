from __future__ import annotations

import numpy as np
import pytest

from tests.view.face import amber, weights
from visavis.view.people.loops import skin_net
from visavis.view.people.mouth_shapes import HINGE, OPEN, jaw_turn

NET = skin_net()
LOOP = NET.mouth[-6]
TOP, BOTTOM, LEFT, RIGHT = 15, 45, 0, 30


def lips(**named: float) -> np.ndarray:
    """The line of the lips (60, 3) [mm]."""
    return np.asarray(1000 * amber().shaped(weights(**named))[LOOP])


def gap(**named: float) -> float:
    line = lips(**named)
    return float(np.linalg.norm(line - line[(-np.arange(60)) % 60], axis=1).max())


def test_the_jaw_turns_about_its_hinge() -> None:
    points = HINGE + np.random.default_rng(0).normal(0, 4, (20, 3))
    moved = points + jaw_turn(points)
    np.testing.assert_allclose(np.linalg.norm(moved - HINGE, axis=1), np.linalg.norm(points - HINGE, axis=1))
    assert np.arcsin(-jaw_turn(HINGE[None] + [[0, 0, 1]])[0, 1]) == pytest.approx(OPEN)


@pytest.mark.parametrize("amount", [0.25, 0.5, 1.0])
def test_jaw_open_parts_the_lips_and_mouth_close_seals_them(amount: float) -> None:
    assert gap(JawOpen=amount) > 20 * amount
    assert gap(JawOpen=amount, MouthClose=amount) < 1.0


@pytest.mark.parametrize(
    "name", ["MouthSmile", "MouthFrown", "MouthStretch", "MouthDimple", "MouthPucker", "MouthLeft", "MouthShrugLower"]
)
def test_shapes_of_closed_lips_keep_them_closed(name: str) -> None:
    assert gap(**{name: 1.0}) < 2.5


def test_round_shapes_narrow_and_push_forward_and_wide_ones_widen() -> None:
    rest = lips()
    for name in ("MouthPucker", "MouthFunnel"):
        moved = lips(**{name: 1.0})
        assert np.ptp(moved[:, 0]) < 0.75 * np.ptp(rest[:, 0])
        assert moved[TOP, 2] > rest[TOP, 2] + 4
    for name in ("MouthSmile", "MouthStretch"):
        assert np.ptp(lips(**{name: 1.0})[:, 0]) > 1.2 * np.ptp(rest[:, 0])


def test_smiles_lift_and_frowns_lower_the_corner_of_their_side() -> None:
    rest, smile, frown = lips(), lips(MouthSmileLeft=1.0), lips(MouthFrownRight=1.0)
    assert smile[LEFT, 1] > rest[LEFT, 1] + 5
    assert frown[RIGHT, 1] < rest[RIGHT, 1] - 5
    np.testing.assert_allclose(smile[RIGHT], rest[RIGHT], atol=0.3)
    np.testing.assert_allclose(frown[LEFT], rest[LEFT], atol=0.3)


def test_lips_part_upwards_and_downwards() -> None:
    rest = lips()
    assert lips(MouthUpperUp=1.0)[TOP, 1] > rest[TOP, 1] + 4
    assert lips(MouthLowerDown=1.0)[BOTTOM, 1] < rest[BOTTOM, 1] - 4
    assert lips(MouthFunnel=1.0)[TOP, 1] - lips(MouthFunnel=1.0)[BOTTOM, 1] > 5


def test_rolling_hides_the_red_of_the_lips() -> None:
    head, border = amber(), NET.mouth[-11]

    def red(at: int, **named: float) -> float:
        points = 1000 * head.shaped(weights(**named))
        return float(abs(points[border[at], 1] - points[LOOP[at], 1]))

    assert red(BOTTOM, MouthRollLower=1.0) < 0.5 * red(BOTTOM)
    assert red(TOP, MouthRollUpper=1.0) < 0.5 * red(TOP)
