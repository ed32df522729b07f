from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from visavis.analysis import states as module
from visavis.analysis.states import (
    DEFAULT_THRESHOLDS,
    STATES,
    State,
    StateThresholds,
    Talk,
    conversation_states,
    live_states,
    look_ahead_s,
)
from visavis.core.clock import frames_of
from visavis.core.errors import VisavisError

LETTERS = "slrgipw"
"""Of the states, in their order: speaking, listening, receiving, giving, interrupted, pausing, waiting."""
PER_LETTER = 5
"""Frames that a character of a drawn timeline stands for, 0.2 s."""


def talk(drawn: str) -> Talk:
    return Talk(np.repeat([letter == "#" for letter in drawn], PER_LETTER))


def told(user: str, agent: str, thresholds: StateThresholds = DEFAULT_THRESHOLDS) -> str:
    states = conversation_states(talk(user), talk(agent), thresholds).reshape(-1, PER_LETTER)
    assert (states == states[:, :1]).all(), "thresholds are whole characters, so are states"
    return "".join(LETTERS[state] for state in states[:, 0])


CASES = {
    "speaking and listening take turns": (
        "......######....",
        "######......####",
        "sssssslllllls" + "sss",
    ),
    "receiving feedback: a short burst of the user while the agent keeps the floor": (
        ".........##.........",
        "####################",
        "sssssssssrrsssssssss",
    ),
    "giving feedback: a short burst of the agent inside the user's speech": (
        "####################",
        ".........##.........",
        "lllllllllggl" + "llllllll",
    ),
    "being interrupted: the user begins, the agent stops soon after": (
        "......##############",
        "##########..........",
        "ssssssiiiillllllllll",
    ),
    "pausing to think: the agent is silent between two utterances of its own": (
        "....................",
        "########....########",
        "sssssssspppps" + "sssssss",
    ),
    "waiting: the user is silent between two utterances of its own": (
        "########....########",
        "....................",
        "llllllllwwwwllllllll",
    ),
    "a silence between turns belongs to who speaks next": (
        "####..............####",
        "........######........",
        "llllppppsssssswwwwllll",
    ),
    "a long silence is waiting until 4 s before the agent speaks": (
        "...................................",
        "####.........................######",
        "sssswwwwwppppppppppppppppppppssssss",
    ),
    "silence at the end is waiting": ("....##....", "##........", "sswwllwwww"),
    "an overlap of less than .2 s is no interruption, nor is one in which the agent speaks on": (
        ".........##########.",
        "####################",
        "s" * 20,
    ),
    "an agent who begins inside the user's speech and goes on speaks": (
        "##########..........",
        "......##############",
        "llllllssssssssssssss",
    ),
    "a short burst in the user's pause is speech, and the pause stays the user's": (
        "######.......#######",
        ".......##...........",
        "llllllwsswwwwlllllll",
    ),
    "feedback that reaches into the user's pause is speech there": (
        "########....########",
        ".......##...........",
        "lllllllgswwwllllllll",
    ),
    "a short burst after which the user does not go on is a turn": (
        "######..............",
        "........##..........",
        "llllllppsswwwwwwwwww",
    ),
    "short speech with more of one's own soon after is no feedback": (
        "####################",
        "......##..##..##....",
        "llllllssllssllssllll",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_timelines_are_told_as_drawn(case: str) -> None:
    user, agent, states = CASES[case]
    assert told(user, agent) == states


def test_every_state_has_a_case() -> None:
    assert set("".join(states for _, _, states in CASES.values())) == set(LETTERS)
    assert STATES[State.BEING_INTERRUPTED] == "being interrupted"
    assert [state.value for state in State] == list(range(7))


def test_the_timeline_of_the_docstring_is_true() -> None:
    lines = [line.strip() for line in (module.__doc__ or "").splitlines()]
    user = next(line for line in lines if line.startswith("user   ")).removeprefix("user   ")
    agent = next(line for line in lines if line.startswith("agent  ")).removeprefix("agent  ")
    drawn = lines[lines.index(f"agent  {agent}") + 1]
    assert told(user, agent) == drawn
    assert set(drawn) == set(LETTERS)


def test_the_timelines_of_the_page_are_true() -> None:
    page = (Path(__file__).parents[2] / "docs" / "states.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```timeline\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 4
    for block in blocks:
        user, agent, states = (line[7:] for line in block.splitlines())
        assert told(user, agent) == states


def test_whole_bursts_are_feedback_also_where_the_other_is_silent() -> None:
    user, agent = "########....########", ".......##..........."
    whole = StateThresholds(whole_bursts=True)
    assert told(user, agent) == "lllllllgswwwllllllll"
    assert told(user, agent, whole) == "lllllllggwwwllllllll"
    silent = "#######......#######"
    assert "g" not in told(silent, "........##..........", whole), "what overlaps nothing stays speech"


def test_pauses_inside_words_and_clicks_do_not_count() -> None:
    user, agent = np.zeros(100, bool), np.zeros(100, bool)
    agent[10:40], agent[43:80], agent[25:29] = True, True, False
    user[50] = True
    states = conversation_states(Talk(user), Talk(agent))
    assert (states[10:80] == State.SPEAKING).all()
    agent[38:43] = False
    assert (conversation_states(Talk(user), Talk(agent))[38:43] == State.PAUSING_TO_THINK).all()


def test_feedback_may_be_given_instead_of_guessed() -> None:
    user, agent = talk("####################"), talk(".........####.......")
    known = replace(agent, feedback=agent.speaking)
    assert (conversation_states(user, known)[45:65] == State.GIVING_FEEDBACK).all()
    assert not (conversation_states(user, replace(known, feedback=np.zeros(100, bool))) == State.GIVING_FEEDBACK).any()


def random_talks(seed: int, frames: int = 1500) -> tuple[Talk, Talk]:
    generator = np.random.default_rng(seed)

    def one() -> Talk:
        speech = generator.exponential(generator.choice([3, 12, 90], size=200))
        silence = generator.exponential(generator.choice([3, 30, 60], size=200))
        lengths = np.stack([silence, speech], axis=1).flatten().astype(int) + 1
        return Talk(np.repeat(np.arange(400) % 2 == 1, lengths)[:frames])

    return one(), one()


@pytest.mark.parametrize("thresholds", [DEFAULT_THRESHOLDS, StateThresholds(whole_bursts=True, yield_s=3, think_s=1)])
def test_a_state_is_told_by_no_more_than_its_look_ahead(thresholds: StateThresholds) -> None:
    ahead = look_ahead_s(thresholds)
    seen: set[int] = set()
    for seed in range(6):
        user, agent = random_talks(seed)
        whole = conversation_states(user, agent, thresholds)
        seen |= set(whole.tolist())
        for frame in range(0, 1200, 7):
            state = State(whole[frame])
            stop = frame + 1 + frames_of(ahead[state])
            known = conversation_states(Talk(user.speaking[:stop]), Talk(agent.speaking[:stop]), thresholds)
            assert known[frame] == state, (seed, frame)
    assert seen == set(State)


def test_live_states_know_the_past_alone_and_are_mostly_right() -> None:
    user, agent = random_talks(5)
    live = live_states(user, agent)
    for stop in (1, 77, 400, 901):
        part = live_states(Talk(user.speaking[:stop]), Talk(agent.speaking[:stop]))
        np.testing.assert_array_equal(part, live[:stop])
    turns = talk("......######..........######.."), talk("######........####............")
    agreed = live_states(*turns) == conversation_states(*turns)
    assert 0.7 < agreed.mean() < 1, "who speaks next cannot be known"
    both = live_states(talk("....########"), talk("############"))[::5]
    assert "".join(LETTERS[state] for state in both) == "ssssrrrrriii"


def test_the_view_of_the_other_has_the_answering_states() -> None:
    user, agent = talk(".........##........."), talk("####################")
    mine, theirs = conversation_states(user, agent), conversation_states(agent, user)
    assert ((mine == State.RECEIVING_FEEDBACK) == (theirs == State.GIVING_FEEDBACK)).all()
    assert (theirs == State.GIVING_FEEDBACK).sum() == 10


def test_bad_talks_and_thresholds_are_refused() -> None:
    with pytest.raises(VisavisError, match="100 frames, the agent's 95"):
        conversation_states(Talk(np.zeros(100, bool)), Talk(np.zeros(95, bool)))
    with pytest.raises(VisavisError, match="speaking is float64 of shape"):
        Talk(np.zeros(3))
    with pytest.raises(VisavisError, match="feedback is bool of shape"):
        Talk(np.zeros(3, bool), np.zeros(4, bool))
    with pytest.raises(VisavisError, match="think_s"):
        StateThresholds(think_s=-1)
    assert conversation_states(Talk(np.zeros(0, bool)), Talk(np.zeros(0, bool))).shape == (0,)
