from __future__ import annotations

import numpy as np

from visavis.core.builtin_spaces import FLAME56
from visavis.core.clock import frames_in
from visavis.data.shipped import shipped_conversation
from visavis.encode.activity import speech_activity


def test_in_the_shipped_conversation_both_people_speak_and_the_user_moves() -> None:
    given = shipped_conversation()
    frames = frames_in(len(given.user_speech))
    assert given.notes == ()
    assert frames == len(given.user_motion) >= 500
    for speech in (given.user_speech, given.agent_speech):
        assert 0.25 < np.mean(speech_activity(speech)) < 0.75
    assert np.ptp(given.user_motion["JawOpen"]) > 0.2


def test_in_another_space_the_user_is_not_seen() -> None:
    assert shipped_conversation(FLAME56).user_motion is None
