from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from visavis.core.builtin_spaces import ARKIT61
from visavis.data.simulate.actions import Action
from visavis.data.simulate.conversation import Scene
from visavis.data.simulate.gestures import AT, GESTURES, window_of
from visavis.data.simulate.person import Style


def shown(action: Action, style: Style, frames: int = 100) -> np.ndarray:
    motion = np.zeros((frames, ARKIT61.width))
    GESTURES[action.kind](motion, action, style)
    return motion


def test_every_action_has_its_gesture(scenes: list[Scene]) -> None:
    done = {action.kind for scene in scenes for side in scene.actions for action in side}
    assert done == set(GESTURES)


@pytest.mark.parametrize("kind", GESTURES)
def test_a_gesture_shows_while_it_lasts_and_not_otherwise(kind: str, style: Style) -> None:
    action = Action(kind, 30.4, 28.0, 0.5, "own pause", aim=(1.0, 1.0), cycles=2)
    motion = shown(action, style)
    assert np.abs(motion[31:58]).max() > 0.02
    assert not motion[:30].any()
    assert not motion[60:].any()
    beyond = [replace(action, onset=onset) for onset in (-40.0, -10.0, 90.0, 130.0)]
    assert all(np.isfinite(shown(other, style)).all() for other in beyond)
    assert not shown(beyond[0], style)[1:].any()


def test_a_nod_goes_down_first_and_is_the_heads_alone(style: Style) -> None:
    motion = shown(Action("nod", 10.0, 20.0, 0.12, cycles=2), style)
    assert np.flatnonzero(motion.any(0)).tolist() == [AT["HeadPitch"]]
    pitch = motion[:, AT["HeadPitch"]]
    assert pitch.min() >= 0
    assert pitch[10:20].max() == pytest.approx(0.12, rel=0.03)
    assert pitch[20:30].max() == pytest.approx(0.75 * 0.12, rel=0.03)


def test_smiles_lean_to_the_side_of_the_style(style: Style) -> None:
    leaning = shown(Action("smile", 10.0, 60.0, 0.5), replace(style, asymmetry=0.1))[40]
    assert leaning[AT["MouthSmileLeft"]] == pytest.approx(0.55)
    assert leaning[AT["MouthSmileRight"]] == pytest.approx(0.45)


def test_windows_measure_time_from_the_onset() -> None:
    window, t = window_of(Action("nod", 10.25, 5.0, 1.0), 100)
    assert (window.start, window.stop) == (10, 16)
    np.testing.assert_allclose(t, np.arange(6) + 0.25)
    outside, none = window_of(Action("nod", 120.0, 5.0, 1.0), 100)
    assert outside.start == outside.stop
    assert len(none) == 0
