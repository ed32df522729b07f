from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.small_systems import make
from visavis.core.clock import samples_in
from visavis.core.conversation import Conversation, Person
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.spaces import space_named
from visavis.system.generate import generate_batch
from visavis.system.request import Request
from visavis.system.system import System
from visavis.validate.benchmark.cases import Case, cases_of
from visavis.validate.benchmark.long_conversation import (
    LOUD_DB,
    Piece,
    drawn_motion,
    levelled,
    long_conversation,
    true_motion,
)

LENGTHS = (50, 35)


def case_of(number: int, space: str) -> Case:
    frames, rng = LENGTHS[number], np.random.default_rng(number)
    people = [
        Person(
            (0.1 * rng.normal(size=samples_in(frames))).astype(np.float32),
            Motion(rng.uniform(0, 0.4, (frames, space_named(space).width)).astype(np.float32), space_named(space)),
            speaker,
        )
        for speaker in (1, 2)
    ]
    return cases_of(number, Conversation(f"clip{number}", user=people[1], agent=people[0]))[0]


def joined(cases: list[Case], pieces: list[Piece]) -> Case:
    """One recording of the pieces."""
    chosen = [(cases[piece.case], piece.frames) for piece in pieces]

    def person(side: str, number: int) -> Person:
        people = [getattr(case.talk, side).cut(frames) for case, frames in chosen]
        motion = np.concatenate([one.motion.values for one in people])
        return Person(np.concatenate([one.speech for one in people]), Motion(motion, people[0].motion.space), number)

    return cases_of(0, Conversation("joined", user=person("user", 2), agent=person("agent", 1)))[0]


def test_a_conversation_ends_with_what_it_began_with_and_uses_all_between() -> None:
    lengths = [40, 70, 25, 90]
    pieces = long_conversation(lengths, frames=1000, part=150, seed=3)
    assert sum(piece.frames for piece in pieces) == 1000
    assert all(1 <= piece.frames <= lengths[piece.case] for piece in pieces)
    first = next(n for n in range(len(pieces)) if sum(p.frames for p in pieces[:n]) == 150)
    assert pieces[:first] == pieces[-first:]
    assert {piece.case for piece in pieces[:4]} == {piece.case for piece in pieces[4:8]} == {0, 1, 2, 3}
    assert long_conversation(lengths, 1000, 150, 3) == pieces
    assert long_conversation(lengths, 1000, 150, 4) != pieces


@pytest.mark.parametrize(("frames", "part"), [(100, 51), (100, 0)])
def test_ends_that_overlap_are_refused(frames: int, part: int) -> None:
    with pytest.raises(VisavisError, match="cannot begin and end with the same"):
        long_conversation([30], frames, part, 0)


@pytest.mark.parametrize("form", ["timar shipped", "arig", "dualtalk", "toy of frames"])
def test_block_by_block_is_one_rollout_over_the_joined_recording(form: str) -> None:
    system: System = make(form)
    cases = [case_of(number, system.space.name) for number in range(2)]
    talks = [[Piece(0, 50), Piece(1, 20), Piece(0, 17)], [Piece(1, 35), Piece(0, 52 - 2), Piece(1, 2)]]
    heard: list[int] = []
    blocks = list(drawn_motion(system, cases, talks, 87, 30, seed=5, done=heard.append, as_recorded=True))
    assert [len(motion) for motion in blocks[0]] == [30, 30]
    assert heard == [30, 60, 87]
    for row, pieces in enumerate(talks):
        made = np.concatenate([block[row].values for block in blocks])
        whole = joined(cases, pieces)
        expected = system.generate(whole.user_speech, whole.agent_speech, whole.user_motion, seed=5 + row)
        np.testing.assert_allclose(made, expected.values, atol=2e-4)


def test_of_two_people_the_agent_is_the_first() -> None:
    system = make("toy of pairs")
    case = case_of(0, system.space.name)
    (made,) = next(iter(drawn_motion(system, [case], [[Piece(0, 50)]], 50, 50, seed=2, as_recorded=True)))
    expected = generate_batch(system, [Request.pair(case.agent_speech, case.user_speech, 2)])[0].samples
    np.testing.assert_allclose(made.values, expected[0].values, atol=1e-5)
    assert np.abs(made.values - expected[1].values).max() > 1e-3


def test_what_one_row_does_not_know_no_row_is_given() -> None:
    system = make("timar shipped")
    cases = [case_of(number, system.space.name) for number in range(2)]
    blind = [replace(case, talk=replace(case.talk, user=replace(case.talk.user, motion=None))) for case in cases]
    talks = [[Piece(0, 50)], [Piece(1, 35), Piece(0, 15)]]
    unseen = next(iter(drawn_motion(system, blind, talks, 50, 50)))
    half = next(iter(drawn_motion(system, [blind[0], cases[1]], talks, 50, 50)))
    seen = next(iter(drawn_motion(system, cases, talks, 50, 50)))
    for row in range(2):
        np.testing.assert_array_equal(half[row].values, unseen[row].values)
        assert np.abs(seen[row].values - unseen[row].values).max() > 1e-4


def test_a_voice_that_was_recorded_softly_is_heard_as_any_other() -> None:
    system = make("timar shipped")
    loud = case_of(0, system.space.name)
    agent = loud.talk.agent
    assert agent.speech is not None
    soft = replace(loud, talk=replace(loud.talk, agent=replace(agent, speech=0.01 * agent.speech)))
    talks = [[Piece(0, 50)]]
    levelled_ones = [next(iter(drawn_motion(system, [case], talks, 50, 50)))[0].values for case in (loud, soft)]
    np.testing.assert_allclose(*levelled_ones, atol=1e-4)
    recorded = next(iter(drawn_motion(system, [soft], talks, 50, 50, as_recorded=True)))[0].values
    assert np.abs(recorded - levelled_ones[1]).max() > 1e-3
    silence = np.zeros(1000, np.float32)
    np.testing.assert_array_equal(levelled(silence), silence)
    assert np.sqrt(np.mean(levelled(agent.speech) ** 2)) == pytest.approx(10 ** (LOUD_DB / 20), rel=0.1)


def test_true_motion_is_that_of_the_pieces() -> None:
    cases = [case_of(number, "flame56") for number in range(2)]
    found = list(true_motion(cases, [Piece(1, 10), Piece(0, 50)]))
    assert [len(one) for one in found] == [10, 50]
    np.testing.assert_array_equal(found[0].values, cases[1].truth.values[:10])
