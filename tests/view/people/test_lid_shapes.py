from __future__ import annotations

import itertools

import numpy as np
import pytest

from tests.view.face import amber, weights
from visavis.view.people.form import EYE, EYE_RADIUS
from visavis.view.people.lid_shapes import LID_TRAVELS, fringe_shift
from visavis.view.people.lids import towards
from visavis.view.people.loops import skin_net

NET = skin_net()
LOOKS = {
    "ahead": {},
    **{way: {f"EyeLook{way}": 1.0} for way in ("Up", "Down", "In", "Out")},
    **{
        f"{a} {b}": {f"EyeLook{a}": 1.0, f"EyeLook{b}": 1.0}
        for a, b in itertools.product(("Up", "Down"), ("In", "Out"))
    },
}


def lid_edges(**named: float) -> np.ndarray:
    """The left lids' outer and inner edge (2, 40, 3) [cm]."""
    return np.asarray(100 * amber().shaped(weights(**named))[NET.left_eye[-3:-1]])


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
@pytest.mark.parametrize("also", [{}, {"EyeSquint": 1.0}, {"EyeWide": 1.0}, {"CheekSquint": 1.0, "MouthSmile": 1.0}])
def test_lids_never_cut_the_eyeball(look: dict[str, float], also: dict[str, float]) -> None:
    for blink in np.linspace(0, 1, 11):
        edges = lid_edges(EyeBlink=float(blink), **look, **also)
        between = (edges + np.roll(edges, -1, axis=1)) / 2
        assert np.linalg.norm(np.concatenate([edges, between]) - EYE, axis=-1).min() > EYE_RADIUS


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_a_blink_shuts_the_eye_wherever_it_looks(look: dict[str, float]) -> None:
    edge = lid_edges(EyeBlink=1.0, **look)[0]
    mirrored = edge[(-np.arange(len(edge))) % len(edge)]
    assert np.linalg.norm(edge - mirrored, axis=1).max() < 0.05


def test_lids_open_and_narrow() -> None:
    def opening(**named: float) -> float:
        return float(np.ptp(lid_edges(**named)[0, :, 1]))

    assert opening(EyeWide=1.0) > opening() + 0.2
    assert opening(EyeSquint=1.0) < 0.75 * opening()
    assert opening(EyeLookDown=1.0) < 0.85 * opening()
    assert opening(EyeBlink=0.5) == pytest.approx(opening() / 2, rel=0.25)


def test_lashes_turn_with_the_lid() -> None:
    tip = EYE + 2.6 * towards(np.array([0.0]), np.radians([25.0]))
    moved = tip + fringe_shift(tip, LID_TRAVELS["EyeBlink"])
    assert np.linalg.norm(moved - EYE) == pytest.approx(2.6)
    assert moved[0, 1] < tip[0, 1] - 1.0
