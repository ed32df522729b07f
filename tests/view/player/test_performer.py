from __future__ import annotations

import numpy as np
import pytest

from tests.view.small_heads import lively
from visavis.core.errors import VisavisError
from visavis.view.player.performer import Performer, scene_of


def test_all_are_brought_to_the_highest_rate_or_the_one_asked_for() -> None:
    slow, fast = Performer(lively(25, 25.0)), Performer(lively(60, 60.0))
    for fps, frames in ((None, 60), (30, 30)):
        scene = scene_of([slow, fast], fps)
        assert [len(person.motion or ()) for person in scene.people] == [frames, frames]
        assert (scene.frames, scene.samples) == (frames, 16000)


def test_motion_says_how_long_it_lasts_and_else_the_voice() -> None:
    voice = np.zeros(16000, np.float32)
    assert scene_of([Performer(lively(9, 25.0), voice)], None).frames == 9
    assert scene_of([Performer(voice=voice)], None).frames == 25
    assert scene_of([Performer(), Performer(voice=voice)], 50).frames == 50


@pytest.mark.parametrize(
    ("people", "fps", "message"),
    [
        ([], None, "0 people"),
        ([Performer(lively())] * 3, None, "3 people"),
        ([Performer(), Performer()], None, "nothing to play"),
        ([Performer(voice=np.zeros(10, np.float32))], None, "nothing to play"),
        ([Performer(lively(), np.array([0, np.nan]))], None, "NaN"),
        ([Performer(lively(), np.zeros((5, 2)))], None, r"\(5, 2\)"),
        ([Performer(voice=np.zeros(999))], 0.0, "positive"),
        ([Performer(lively())], float("nan"), "positive"),
    ],
)
def test_what_cannot_be_played_is_refused(people: list[Performer], fps: float | None, message: str) -> None:
    with pytest.raises(VisavisError, match=message):
        scene_of(people, fps)
