from __future__ import annotations

import numpy as np
import pytest

from visavis.core.builtin_spaces import ARKIT61
from visavis.core.clock import samples_in
from visavis.core.conversation import Conversation, Person
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion


def person(speech_frames: int | None, motion_frames: int | None, fps: float = 25, number: int = 1) -> Person:
    speech = None if speech_frames is None else np.arange(samples_in(speech_frames), dtype=np.float32)
    motion = None if motion_frames is None else Motion(np.zeros((motion_frames, 61)), ARKIT61, fps)
    return Person(speech, motion, number)


def test_everything_is_cut_to_the_common_length() -> None:
    talk = Conversation("talk", person(50, 48), person(60, None, number=2)).trimmed()
    assert talk.frames == 48
    assert len(talk.user.motion) == 48
    assert len(talk.user.speech) == len(talk.agent.speech) == samples_in(48)
    assert talk.agent.motion is None
    assert talk.agent.number == 2
    np.testing.assert_array_equal(talk.user.speech, np.arange(samples_in(48)))


def test_a_last_partial_frame_of_sound_is_dropped() -> None:
    sound = np.zeros(samples_in(10) + 639, dtype=np.float32)
    talk = Conversation("talk", Person(sound, None), Person(sound, None)).trimmed()
    assert len(talk.user.speech) == samples_in(10)


def test_the_other_side_is_the_same_talk() -> None:
    talk = Conversation("talk", person(10, 10), person(10, 10, number=2))
    assert talk.swapped().user is talk.agent
    assert talk.swapped().swapped().user is talk.user


def test_nothing_known_and_foreign_clocks_are_refused() -> None:
    with pytest.raises(VisavisError, match="talk: neither speech nor motion is known"):
        _ = Conversation("talk", Person(None, None), Person(None, None)).frames
    with pytest.raises(VisavisError, match="talk: motion at 60 fps; resample it to 25 first"):
        _ = Conversation("talk", person(10, 24, fps=60), person(10, None)).frames
