from __future__ import annotations

import pytest

from visavis.analysis.states import STATES
from visavis.view.plot.state_colours import screen_colour, state_colours


def test_every_state_has_a_colour_of_its_own_that_does_not_depend_on_the_others() -> None:
    every = state_colours(STATES)
    assert tuple(every) == STATES
    assert len(set(every.values())) == len(STATES)
    assert state_colours(["waiting", "speaking", "waiting"]) == {n: every[n] for n in ("speaking", "waiting")}


def test_states_of_other_models_come_after_them_with_colours_of_their_own() -> None:
    found = state_colours(["silent", "laughing", "speaking"])
    assert list(found) == ["speaking", "laughing", "silent"]
    assert found["laughing"] != found["silent"]


def test_colours_are_seen_as_they_are_written() -> None:
    assert screen_colour("#00ff33") == pytest.approx((0, 1, 0.2))
