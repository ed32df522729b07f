from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from visavis.core.contract import InputSpec, Interface
from visavis.core.errors import VisavisError

TURNS = Interface((InputSpec("user_speech", "speech"), InputSpec("user_motion", "motion")), hop=10, past_frames=40)
ARIG = Interface(
    (InputSpec("agent_speech", "speech"), InputSpec("user_speech", "speech", ahead=-1)), hop=1, past_frames=6
)
WINDOWS = Interface((InputSpec("mix", "speech", ahead=50, span=250),), hop=200, past_frames=0, live=False)


def test_timing_follows_from_what_inputs_may_reach() -> None:
    assert (TURNS.look_ahead("user_speech"), TURNS.latency_frames, TURNS.past_steps) == (9, 10, 4)
    assert TURNS.receptive_field_s == pytest.approx(2.0)
    assert (ARIG.look_ahead("agent_speech"), ARIG.look_ahead("user_speech"), ARIG.latency_frames) == (0, -1, 1)
    assert (WINDOWS.look_ahead("mix"), WINDOWS.latency_frames) == (249, 250)
    assert [ARIG.latency_with(lead) for lead in (0, 1, 5)] == [1, 0, 0], "the user is waited for no longer than that"
    assert [TURNS.latency_with(lead) for lead in (0, 5)] == [10, 10]
    late = replace(ARIG, inputs=ARIG.inputs[1:])
    assert late.latency_frames == 0, "what a frame needs has come before it begins"


def test_a_step_is_given_as_many_frames_as_it_draws_unless_told() -> None:
    assert TURNS.span(TURNS.input("user_motion")) == 10
    assert WINDOWS.span(WINDOWS.input("mix")) == 250
    assert [one.name for one in TURNS.of_kind("motion")] == ["user_motion"]


def test_no_frame_of_an_input_may_be_left_out() -> None:
    with pytest.raises(
        VisavisError, match="input mix: a step of 4 frames that looks 3 ahead needs a span of at least 7"
    ):
        Interface((InputSpec("mix", "speech", ahead=3, span=6),), hop=4, past_frames=0)


def test_signals_say_how_wide_they_are() -> None:
    for one in (InputSpec("masks", "signal"), InputSpec("user_motion", "motion", width=3)):
        with pytest.raises(VisavisError, match="a signal has a width of its own, speech and motion have none"):
            Interface((one,), hop=1, past_frames=0)


def test_states_are_told_by_their_names_if_at_all() -> None:
    interface = Interface((InputSpec("mix", "speech"),), hop=1, past_frames=0, labels={"state": ("quiet", "loud")})
    told = interface.states({"state": np.array([[0, 1, 1]])})
    assert told is not None
    assert told.tolist() == [["quiet", "loud", "loud"]]
    other = replace(interface, labels={"tone": ("high", "low")})
    assert other.states({"tone": np.array([0])}) is None
