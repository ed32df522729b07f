from __future__ import annotations

import numpy as np
import pytest

from tests.view.small_heads import lively
from visavis.core.conversation import Person
from visavis.core.errors import VisavisError
from visavis.view.player.performer import Performer, playback_of


def test_all_are_brought_to_the_highest_rate_or_the_one_asked_for() -> None:
    slow, fast = Performer(Person(motion=lively(25, 25.0))), Performer(Person(motion=lively(60, 60.0)))
    for fps, frames in ((None, 60), (30, 30)):
        playback = playback_of([slow, fast], fps)
        assert [len(performer.person.motion or ()) for performer in playback.people] == [frames, frames]
        assert (playback.frames, playback.samples) == (frames, 16000)


def test_motion_says_how_long_it_lasts_and_else_the_voice() -> None:
    voice = np.zeros(16000, np.float32)
    assert playback_of([Performer(Person(voice, lively(9, 25.0)))], None).frames == 9
    assert playback_of([Performer(Person(voice))], None).frames == 25
    assert playback_of([Performer(), Performer(Person(voice))], 50).frames == 50


@pytest.mark.parametrize(
    ("people", "fps", "message"),
    [
        ([], None, "0 people"),
        ([Performer(Person(motion=lively()))] * 3, None, "3 people"),
        ([Performer(), Performer()], None, "nothing to play"),
        ([Performer(Person(np.zeros(10, np.float32)))], None, "nothing to play"),
        ([Performer(Person(np.array([0, np.nan]), lively()))], None, "NaN"),
        ([Performer(Person(np.zeros((5, 2)), lively()))], None, r"\(5, 2\)"),
        ([Performer(Person(np.zeros(999)))], 0.0, "positive"),
        ([Performer(Person(motion=lively()))], float("nan"), "positive"),
    ],
)
def test_what_cannot_be_played_is_refused(people: list[Performer], fps: float | None, message: str) -> None:
    with pytest.raises(VisavisError, match=message):
        playback_of(people, fps)
