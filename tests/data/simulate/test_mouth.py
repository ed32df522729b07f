from __future__ import annotations

import numpy as np

from tests.data.simulate.staged import around, one_word, sides, talk_of
from visavis.core.builtin_spaces import ARKIT61
from visavis.core.clock import FPS, SAMPLES_PER_FRAME
from visavis.data.simulate.conversation import Scene
from visavis.data.simulate.gestures import AT
from visavis.data.simulate.mouth import articulation
from visavis.data.simulate.phonemes import BILABIALS


def test_lips_close_for_p_b_m(scenes: list[Scene]) -> None:
    closed: list[float] = []
    opened: list[float] = []
    for scene, k, motion in sides(scenes):
        gap = (motion["JawOpen"] - motion["MouthClose"])[:, 0]
        for phrase in scene.talks[k].phrases:
            for sound in phrase.phonemes:
                span = slice(sound.start // SAMPLES_PER_FRAME, sound.end // SAMPLES_PER_FRAME + 1)
                if sound.name in BILABIALS:
                    closed.append(float(gap[span].min()))
                elif sound.name in ("æ", "ɑː", "aɪ", "ɒ"):
                    opened.append(float(gap[span].max()))
    assert len(closed) > 100
    assert np.mean(np.array(closed) < 0.1) > 0.95
    assert 0.3 < np.median(opened) < 0.6
    assert np.percentile(opened, 10) > np.percentile(closed, 90)


def test_the_jaw_follows_the_sound(scenes: list[Scene]) -> None:
    for scene, k, motion in sides(scenes):
        if scene.talks[k].speaking().mean() < 0.2:
            continue
        level = np.sqrt((scene.talks[k].sound.reshape(-1, SAMPLES_PER_FRAME) ** 2).mean(1))
        assert np.corrcoef(level, motion["JawOpen"][:, 0])[0, 1] > 0.5


def test_the_mouth_rests_in_silence(scenes: list[Scene]) -> None:
    for scene, k, motion in sides(scenes):
        quiet = ~around(scene.talks[k].speaking(), 8)
        for channel in ("JawOpen", "MouthFunnel", "MouthLowerDownLeft"):
            resting = float(scene.styles[k].neutral[ARKIT61.indices(channel)[0]])
            assert np.abs(motion[channel][quiet] - resting).max() < 0.12
            assert motion[channel][quiet].std() < 0.03


def test_a_sound_moves_the_mouth_around_itself_only() -> None:
    spoken = articulation(talk_of(one_word(4.0, 4.2)))
    assert spoken.shape == (10 * FPS, ARKIT61.width)
    assert spoken[4 * FPS : 4 * FPS + 5, AT["JawOpen"]].min() > 0.3
    assert not spoken[: 4 * FPS - 12].any()
    assert not spoken[4 * FPS + 17 :].any()
    assert not articulation(talk_of()).any()


def test_the_mouth_comes_later_when_the_sound_does() -> None:
    early, late = (articulation(talk_of(one_word(2 + by, 2.2 + by, sound="w"))) for by in (0, 2))
    np.testing.assert_allclose(late[2 * FPS :], early[: -2 * FPS], atol=1e-12)
    assert late[:, AT["MouthPucker"]].max() > 3 * late[:, AT["JawOpen"]].max()


def test_lips_close_between_two_open_vowels() -> None:
    spoken = articulation(talk_of(one_word(2, 2.2), one_word(2.2, 2.28, sound="p"), one_word(2.28, 2.5)))
    gap = spoken[:, AT["JawOpen"]] - spoken[:, AT["MouthClose"]]
    assert gap[55:58].min() < 0.06
    assert min(gap[52], gap[60]) > 0.4
