from __future__ import annotations

import numpy as np
import pytest

from visavis.core.builtin_spaces import ARKIT61
from visavis.core.conversation import Person
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.view.presentation import Presentation


def motion(level: float) -> Motion:
    return Motion(np.full((3, ARKIT61.width), level, np.float32), ARKIT61)


def test_people_stand_from_left_to_right_and_the_agent_is_last() -> None:
    agent, user = Person(motion=motion(0.1)), Person(np.zeros(640))
    assert list(Presentation(agent, user, agent_label="Ada").people) == ["user", "Ada"]
    assert Presentation(agent).people == {"agent": agent}
    assert Presentation(agent, user).compared == {}


def test_what_is_compared_begins_with_the_truth() -> None:
    agent, truth, other = (motion(level) for level in (0.1, 0.2, 0.3))
    compared = Presentation(Person(motion=agent), truth=truth, others={"other": other}, agent_label="mine").compared
    assert list(compared) == ["truth", "mine", "other"]
    assert [compared[name] for name in compared] == [truth, agent, other]


def test_what_cannot_be_shown_is_refused() -> None:
    with pytest.raises(VisavisError, match="no motion of the agent"):
        Presentation(Person(np.zeros(640)))
    for labels in ({"truth": motion(0)}, {"agent": motion(0)}):
        with pytest.raises(VisavisError, match="cannot both be called"):
            Presentation(Person(motion=motion(0)), others=labels)
