from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.data.simulate.staged import around, sides, talk_of
from visavis.analysis.head_gestures import nods
from visavis.core.builtin_spaces import ARKIT61
from visavis.data.simulate.actions import Action
from visavis.data.simulate.conversation import Scene
from visavis.data.simulate.drawing import draw, finish, restlessness
from visavis.data.simulate.gestures import AT
from visavis.data.simulate.liveliness import LISTENING_SHARE
from visavis.data.simulate.liveliness_fit import angular_speed, measure
from visavis.data.simulate.person import Style
from visavis.validate.metrics.reactions import Matches, match_onsets, sum_matches


def test_nothing_jitters(scenes: list[Scene]) -> None:
    """Heads: no more than the recorded ones, whose quickest step is 0.303 rad and change of step 0.312 rad."""
    for _, _, motion in sides(scenes):
        pose = motion["pose"].astype(float)
        steps, bends = np.diff(pose, axis=0), np.diff(pose, n=2, axis=0)
        assert np.abs(steps).max() < 0.303
        assert np.abs(bends).max() < 0.312
        assert bends.std() < 1.1 * steps.std()
        assert np.diff(motion["JawOpen"], n=2, axis=0).std() < 0.5 * motion["JawOpen"].std()


def test_nods_stand_out_of_a_listening_heads_movement(scenes: list[Scene]) -> None:
    found: list[Matches] = []
    for scene, k, motion in sides(scenes):
        listening = ~around(scene.talks[k].speaking(), 12)
        seen = nods(motion, listening)
        true = [
            int(action.onset) for action in scene.actions[k] if action.kind == "nod" and listening[int(action.onset)]
        ]
        found.append(match_onsets(seen, true))
    matches = sum_matches(found)
    assert matches.true > 30
    assert matches.recall > 0.9
    assert matches.precision > 0.8


def test_eyes_and_their_look_weights_agree(scenes: list[Scene]) -> None:
    for _, _, motion in sides(scenes):
        np.testing.assert_allclose(motion["LeftEyePitch"], motion["RightEyePitch"])
        assert np.corrcoef(motion["blink"].T)[0, 1] > 0.95
        yaw = motion["LeftEyeYaw"][:, 0]
        right = yaw > 0.1
        if right.any():
            assert motion["EyeLookInLeft"][right].min() > motion["EyeLookOutLeft"][right].max()
        down = motion["LeftEyePitch"][:, 0] > 0.1
        if down.any():
            assert (motion["EyeLookDownLeft"][down] > motion["EyeLookUpLeft"][down]).all()


def test_a_silent_person_without_actions_rests(style: Style) -> None:
    style = replace(style, liveliness=10.0)
    silent = np.zeros((250, ARKIT61.width))
    still = draw(style, [], silent, talk_of(), None)
    np.testing.assert_array_equal(still, np.broadcast_to(style.neutral, still.shape))
    drifting = draw(style, [], silent, talk_of(), np.random.default_rng(0))
    np.testing.assert_array_equal(drifting, draw(style, [], silent, talk_of(), np.random.default_rng(0)))
    assert 0.01 < (drifting - still)[:, ARKIT61.indices("pose")].std() < 0.08
    assert not drifting[:, AT["TongueOut"]].any()


def test_heads_live_while_they_listen_and_more_while_they_speak(scenes: list[Scene]) -> None:
    ratios = []
    for scene, k, motion in sides(scenes):
        speaking = scene.talks[k].speaking()[1:]
        speed = angular_speed(motion["pose"].astype(float))
        listening = np.median(speed[~around(speaking, 12)])
        assert listening > 2.0, "deg/s"
        ratios.append(listening / np.median(speed[speaking]))
    assert np.mean(ratios) == pytest.approx(LISTENING_SHARE, abs=0.12)


def test_simulated_heads_span_what_was_recorded(scenes: list[Scene]) -> None:
    """Shares of the slowest and the quickest of five recordings, and a fifth more for single conversations."""
    found = [measure(motion["pose"].astype(float)) for _, _, motion in sides(scenes)]
    speed = np.array([one.speed_p50 for one in found])
    assert 5 < speed.min() < 12
    assert 15 < speed.max() < 33
    low, high = np.array([0.42, 0.34, 0.043, 0.006, 0.0009]), np.array([0.61, 0.50, 0.18, 0.035, 0.012])
    shares = np.array([one.shares for one in found])
    middle = np.median(shares, axis=0)
    assert (middle > low).all()
    assert (middle < high).all()
    assert (shares > 0.7 * low).mean() > 0.9
    assert (shares < 1.3 * high).all()


def test_restlessness_is_as_likely_the_other_way_and_rests_while_nodding(style: Style) -> None:
    nod = Action("nod", 1000.0, 1000.0, 0.1, cycles=1)
    drawn = [
        restlessness(style, [nod], talk_of(length_s=120), 3000, np.random.default_rng(seed))[:, ARKIT61.indices("pose")]
        for seed in range(12)
    ]
    speed = np.abs(np.diff(np.array(drawn), axis=1)).mean(axis=(0, 2))
    assert speed[1020:1980].mean() < 0.2 * speed[:900].mean()
    assert np.abs(np.mean(drawn)) < 0.2 * np.std(drawn)


def test_eyes_stay_on_the_target_while_the_head_turns() -> None:
    motion = np.zeros((60, ARKIT61.width))
    motion[:, AT["HeadYaw"]] = np.linspace(-0.3, 0.3, 60)
    turned = finish(motion, [])
    eyes = (turned[:, AT["LeftEyeYaw"]] + turned[:, AT["RightEyeYaw"]]) / 2
    np.testing.assert_allclose(eyes, -0.5 * motion[:, AT["HeadYaw"]], atol=1e-6)
    assert not motion[:, AT["LeftEyeYaw"]].any(), "the motion given is left as it was"


def test_gaze_reaches_its_aim_and_comes_back() -> None:
    shift = Action("gaze shift", 20.0, 30.0, 1.0, aim=(0.3, -0.1))
    done = finish(np.zeros((80, ARKIT61.width)), [shift])
    yaw = (done[:, AT["LeftEyeYaw"]] + done[:, AT["RightEyeYaw"]]) / 2
    assert yaw[35] == pytest.approx(0.3, abs=1e-6)
    assert done[35, AT["LeftEyePitch"]] == pytest.approx(-0.1, abs=1e-6)
    np.testing.assert_allclose(yaw[np.r_[:20, 51:80]], 0, atol=1e-6)


def test_weights_stay_weights() -> None:
    rng = np.random.default_rng(0)
    done = finish(rng.normal(0, 2, (50, ARKIT61.width)), [])
    weights = done[:, [AT[name] for name in ARKIT61.channels if not name.endswith(("Yaw", "Pitch", "Roll"))]]
    assert done.dtype == np.float32
    assert (weights.min(), weights.max()) == (0, 1)
