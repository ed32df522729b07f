from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from tests.data.simulate.staged import at, one_word, talk_of
from visavis.core.clock import FPS
from visavis.data.simulate.actions import Action
from visavis.data.simulate.colocation.glances import Glance, glance_actions, plan_glances
from visavis.data.simulate.person import Style
from visavis.data.simulate.talk import Talk, Utterance

MINUTES = 10


def monologue() -> tuple[Talk, Talk]:
    """One person speaks for a long time, the other listens."""
    length_s = 60.0 * MINUTES
    phrase = one_word(0.0, length_s - 0.1)
    return talk_of(phrase, length_s=length_s), Talk((), np.zeros(at(length_s), dtype=np.float32))


def looking(glances: list[Glance], frames: int) -> np.ndarray:
    looks = np.zeros(frames, dtype=bool)
    for glance, stop in zip(glances, [*(after.onset for after in glances[1:]), frames], strict=True):
        looks[glance.onset : stop] = glance.at_partner
    return looks


def test_a_listener_looks_more_than_a_speaker(style: Style) -> None:
    talks = monologue()
    found = plan_glances(np.random.default_rng(0), (style, style), talks, ([], []), 3)
    speaker, listener = (looking(glances, talks[0].frames).mean() for glances in found)
    assert 0.4 < speaker < 0.65
    assert 0.7 < listener < 0.9
    assert found == plan_glances(np.random.default_rng(0), (style, style), talks, ([], []), 3)


def test_looks_are_in_order_and_each_goes_elsewhere(style: Style) -> None:
    talks = monologue()
    for glances in plan_glances(np.random.default_rng(1), (style, style), talks, ([], []), 2):
        onsets = np.array([glance.onset for glance in glances])
        assert onsets[0] == 0
        assert np.diff(onsets).min() >= 4
        where = [(glance.aim, glance.thing) for glance in glances]
        assert all(before != after for before, after in pairwise(where))
        aside = [np.hypot(*glance.aim) for glance in glances if not glance.at_partner and glance.thing is None]
        assert min(aside) > np.radians(13)
        assert {glance.thing for glance in glances} <= {None, 0, 1}


def test_the_partner_often_looks_where_a_speaker_turns_to(style: Style) -> None:
    talks = monologue()
    speaker, listener = plan_glances(np.random.default_rng(2), (style, style), talks, ([], []), 3)
    turned = [glance for glance in speaker if glance.cause == "own interest"]
    followed = [glance for glance in listener if glance.cause == "partner look"]
    assert len(turned) > 10
    assert 0.3 * len(turned) < len(followed) <= len(turned)
    for glance in followed:
        before = [other for other in turned if 0.3 * FPS < glance.onset - other.onset < 2 * FPS]
        assert [other.thing for other in before][-1:] == [glance.thing]


def test_who_nods_looks_at_the_partner(style: Style) -> None:
    talks = monologue()
    nods = [Action("nod", float(at_frame), 20.0, 0.1, "partner phrase end") for at_frame in range(500, 15000, 500)]
    _, listener = plan_glances(np.random.default_rng(3), (style, style), talks, ([], nods), 3)
    looks = looking(listener, talks[0].frames)
    onsets = [int(nod.onset) + 2 for nod in nods]
    assert looks[onsets].mean() > looks.mean() + 0.05
    assert looks[onsets].mean() > 0.9


def test_a_speaker_looks_up_at_the_end_and_away_at_a_thought(style: Style) -> None:
    phrases = [one_word(start, start + 6.0) for start in range(2, 590, 12)]
    talk = talk_of(*phrases, length_s=600.0)
    silent = Talk((), np.zeros(len(talk.sound), dtype=np.float32))
    thoughts = [
        Action("gaze shift", start * FPS, 40.0, 1.0, "own utterance start", (0.3, 0.0)) for start in range(2, 590, 12)
    ]
    speaker, _ = plan_glances(np.random.default_rng(4), (style, style), (talk, silent), (thoughts, []), 3)
    looks = looking(speaker, talk.frames)
    starts, ends = (np.array([start * FPS for start in range(2 + late, 590, 12)]) for late in (0, 6))
    assert looks[ends].mean() > 0.85
    assert looks[starts + 20].mean() < 0.6
    taken = [glance for glance in speaker if glance.cause == "own utterance start"]
    assert len(taken) > 0.5 * len(thoughts)
    assert {glance.aim for glance in taken} == {(0.3, 0.0)}


def test_short_answers_do_not_take_the_floor(style: Style) -> None:
    (utterance,) = talk_of(one_word(0.0, 50.0), length_s=50.0).utterances
    answers = Talk((replace(utterance, kind="backchannel"),), np.zeros(at(600), dtype=np.float32))
    assert isinstance(utterance, Utterance)
    talks = monologue()
    long = replace(talks[1], utterances=answers.utterances)
    with_answers = plan_glances(np.random.default_rng(5), (style, style), (talks[0], long), ([], []), 3)
    without = plan_glances(np.random.default_rng(5), (style, style), talks, ([], []), 3)
    assert with_answers == without


def test_looks_are_logged_until_the_next_one() -> None:
    glances = [Glance(0), Glance(50, "own thought", (0.3, -0.1)), Glance(90), Glance(120, "own interest", thing=1)]
    actions = glance_actions(glances, 200)
    assert [(action.kind, action.onset, action.duration) for action in actions] == [
        ("look at partner", 0, 50),
        ("gaze shift", 50, 40),
        ("look at partner", 90, 30),
        ("look at thing", 120, 80),
    ]
    assert actions[1].cause == "own thought"
    assert pytest.approx(0.3) == actions[1].aim[0]
