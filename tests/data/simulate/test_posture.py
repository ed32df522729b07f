from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.data.simulate.staged import one_word, talk_of
from visavis.core.builtin_spaces import ARKIT61
from visavis.core.clock import FPS
from visavis.data.simulate.conversation import Scene
from visavis.data.simulate.person import Style
from visavis.data.simulate.posture import POSE, copied_posture, copy_gain, couple, eased_speaking, reach


def test_heads_copy_the_past_of_the_partner_only(scenes: list[Scene]) -> None:
    scene = scenes[0]
    pose = np.zeros((200, 3))
    pose[100] = 1.0
    talk = scene.talks[0]
    copied = copied_posture(scene.styles[0], np.pad(pose, ((0, talk.frames - 200), (0, 0))), talk)
    assert not copied[: 100 + 10].any()
    assert np.abs(copied[100:160]).sum() > 0.9 * np.abs(copied).sum()
    assert (copied[:, 0] <= 1e-12).all(), "yaw is mirrored"
    assert (copied[:, 1] >= -1e-12).all()


def test_a_head_held_aside_is_copied_by_the_gain(style: Style) -> None:
    held = np.tile([0.2, 0.1, -0.3], (250, 1))
    copied = copied_posture(style, held, talk_of())
    np.testing.assert_allclose(copied[60:], style.copy_gain * held[60:] * [-1, 1, -1])


def test_speaking_halves_the_copying(style: Style) -> None:
    talk = talk_of(one_word(4, 8))
    gain = copy_gain(style, talk)
    np.testing.assert_allclose(gain[:80], style.copy_gain)
    np.testing.assert_allclose(gain[120:180], 0.5 * style.copy_gain)
    eased = eased_speaking(talk)
    np.testing.assert_allclose((eased.min(), eased.max()), (0, 1), atol=1e-12)
    assert np.abs(np.diff(eased)).max() < 2.2 / FPS


def test_coupling_one_way_is_copying(style: Style) -> None:
    rng = np.random.default_rng(0)
    before = [np.cumsum(rng.normal(0, 0.01, (250, ARKIT61.width)), axis=0) for _ in range(2)]
    motions = before[0].copy(), before[1].copy()
    talks = talk_of(one_word(1, 3)), talk_of(one_word(5, 8))
    couple(motions, (style, replace(style, copy_gain=0.0)), talks)
    np.testing.assert_array_equal(motions[1], before[1])
    np.testing.assert_allclose(
        motions[0][:, POSE] - before[0][:, POSE], copied_posture(style, before[1][:, POSE], talks[0])
    )


def test_coupling_both_ways_lets_an_echo_come_back_weaker(style: Style) -> None:
    motions = np.zeros((250, ARKIT61.width)), np.zeros((250, ARKIT61.width))
    motions[0][0, POSE] = 1.0
    couple(motions, (style, style), (talk_of(), talk_of()))
    answer, echo = motions[1][:, POSE], motions[0][1:, POSE]
    assert not answer[:10].any()
    assert not echo[:19].any()
    assert np.abs(echo[:120]).sum() < np.abs(answer[:61]).sum()
    assert (echo[:120] >= 0).all(), "mirrored twice"


def test_a_calm_head_follows_a_livelier_one_less(style: Style) -> None:
    calm, lively = replace(style, liveliness=5.0), replace(style, liveliness=20.0)
    assert reach(calm, lively) == 0.25
    assert reach(lively, calm) == reach(calm, calm) == 1
    followed = []
    for follower in (calm, lively):
        motions = np.zeros((250, ARKIT61.width)), np.zeros((250, ARKIT61.width))
        motions[1][:, POSE] = 0.1
        couple(motions, (follower, replace(lively, copy_gain=0.0)), (talk_of(), talk_of()))
        followed.append(motions[0][200, POSE])
    np.testing.assert_allclose(followed[0], 0.25 * followed[1])
