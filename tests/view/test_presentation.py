from __future__ import annotations

import numpy as np
import pytest

from visavis.core.builtin_spaces import ARKIT61
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.view.presentation import Showing, Take


def motion(level: float) -> Motion:
    return Motion(np.full((3, ARKIT61.width), level, np.float32), ARKIT61)


def test_people_stand_from_left_to_right_and_the_agent_is_last() -> None:
    agent, user = Take(motion(0.1)), Take(None, np.zeros(640))
    assert list(Showing(agent, user, agent_label="Ada").people) == ["user", "Ada"]
    assert Showing(agent).people == {"agent": agent}
    assert Showing(agent, user).compared == {}


def test_what_is_compared_begins_with_the_truth() -> None:
    agent, truth, other = (motion(level) for level in (0.1, 0.2, 0.3))
    compared = Showing(Take(agent), truth=truth, others={"other": other}, agent_label="mine").compared
    assert list(compared) == ["truth", "mine", "other"]
    assert [compared[name] for name in compared] == [truth, agent, other]


def test_what_cannot_be_shown_is_refused() -> None:
    with pytest.raises(VisavisError, match="no motion of the agent"):
        Showing(Take(None, np.zeros(640)))
    for labels in ({"truth": motion(0)}, {"agent": motion(0)}):
        with pytest.raises(VisavisError, match="cannot both be called"):
            Showing(Take(motion(0)), others=labels)
