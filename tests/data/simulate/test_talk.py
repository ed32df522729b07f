from __future__ import annotations

import numpy as np

from tests.data.simulate.staged import at, one_word, talk_of
from visavis.core.clock import FPS, SAMPLES_PER_FRAME
from visavis.data.simulate.talk import Talk, Utterance


def test_a_moved_phrase_is_the_same_later() -> None:
    said = one_word(1, 2, "oh", "oU", emphasis=True, question=True)
    assert said.moved(at(0.5)) == one_word(1.5, 2.5, "oh", "oU", emphasis=True, question=True)
    assert said.moved(321).moved(-321) == said
    assert said.moved(0) == said


def test_frames_that_touch_an_utterance_are_spoken() -> None:
    talk = talk_of(one_word(1, 2).moved(1), one_word(4, 4.04))
    expected = np.zeros(10 * FPS, dtype=bool)
    expected[FPS : 2 * FPS + 1] = True
    expected[4 * FPS] = True
    np.testing.assert_array_equal(talk.speaking(), expected)


def test_inner_pauses_are_spoken_and_outer_ones_are_not() -> None:
    phrases = one_word(1, 2), one_word(3, 4), one_word(6, 7)
    silence = np.zeros(at(8), dtype=np.float32)
    talk = Talk((Utterance("utterance", phrases[:2]), Utterance("utterance", phrases[2:])), silence)
    assert (talk.utterances[0].start, talk.utterances[0].end) == (at(1), at(4))
    assert talk.phrases == list(phrases)
    assert talk.speaking()[FPS : 4 * FPS].all()
    assert not talk.speaking()[4 * FPS : 6 * FPS].any()
    assert talk.speaking().sum() == 4 * FPS


def test_a_begun_frame_is_not_counted() -> None:
    assert Talk((), np.zeros(10 * SAMPLES_PER_FRAME - 1, dtype=np.float32)).frames == 9
