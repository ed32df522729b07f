from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.small_systems import make
from visavis.analysis.states import STATES, State
from visavis.core.clock import samples_in
from visavis.core.conversation import Conversation, Event, Person
from visavis.core.errors import VisavisError
from visavis.core.local_processes import LocalProcesses
from visavis.core.motion import Motion
from visavis.core.spaces import space_named
from visavis.system.system import System
from visavis.validate.benchmark import told_states as module
from visavis.validate.benchmark.batch_generation import Variant
from visavis.validate.benchmark.case_scores import LIVE_RULE_HEARD, LIVE_RULE_LOGGED, MODEL, MODEL_SWAPPED
from visavis.validate.benchmark.cases import Case, cases_of
from visavis.validate.benchmark.evaluate import evaluate_cases
from visavis.validate.benchmark.told_states import rule_confusions, state_confusions, told_states, true_states

FRAMES = 150
PHRASES = ((1, 10, 50), (2, 60, 60))
"""Speaker 1 in frames 10 to 59, speaker 2 in 60 to 119."""


def conversation(number: int = 0, phrases: tuple[tuple[int, int, int], ...] = PHRASES) -> list[Case]:
    space, rng = space_named("arkit61"), np.random.default_rng(number)
    people = [
        Person(
            (0.1 * rng.normal(size=samples_in(FRAMES))).astype(np.float32),
            Motion(rng.uniform(0, 0.4, (FRAMES, space.width)).astype(np.float32), space),
            speaker,
        )
        for speaker in (1, 2)
    ]
    events = [Event(kind, *phrase) for phrase in phrases for kind in ("utterance", "phrase")]
    return cases_of(number, Conversation(f"clip{number}", people[1], people[0], tuple(events)))


def test_the_truth_is_each_persons_own_view_of_the_log() -> None:
    first, second = (true_states(case) for case in conversation())
    assert first is not None
    assert second is not None
    assert set(first[10:60]) == set(second[60:120]) == {State.SPEAKING}
    assert set(first[60:120]) == set(second[10:60]) == {State.LISTENING}
    assert set(first[120:]) == {State.WAITING}
    assert true_states(conversation(phrases=())[0]) is None


def test_told_classes_are_known_by_their_names() -> None:
    interface = replace(make("arig").interface, labels={"state": STATES[::-1]})
    told = told_states(interface, {"state": np.array([[0, 6], [1, 5]])}, 1)
    assert told is not None
    assert told.tolist() == [State.PAUSING_TO_THINK, State.LISTENING]
    for other in ("toy of frames", "timar shipped"):
        assert told_states(make(other).interface, {"state": np.zeros((1, 2), int)}, 0) is None


def test_confusions_count_the_frames_that_both_know() -> None:
    case = conversation()[0]
    counts = state_confusions(case, np.full(100, State.LISTENING, np.uint8))
    assert counts is not None
    assert counts.sum() == 100
    assert counts[State.SPEAKING, State.LISTENING] == 50
    assert counts[State.LISTENING, State.LISTENING] == 40
    assert state_confusions(case, None) is None
    assert state_confusions(conversation(phrases=())[0], np.zeros(100, np.uint8)) is None


def test_the_rule_is_judged_by_the_log_and_by_what_silero_hears(monkeypatch: pytest.MonkeyPatch) -> None:
    case = conversation()[0]

    def missing() -> None:
        raise VisavisError("silero-vad is missing")

    monkeypatch.setattr(module, "load_silero", missing)
    assert rule_confusions(case).keys() == {LIVE_RULE_LOGGED}
    monkeypatch.setattr(module, "load_silero", lambda: None)
    monkeypatch.setattr(module, "silero_activity", lambda _: np.zeros(140, bool))
    found = rule_confusions(case)
    assert np.trace(found[LIVE_RULE_LOGGED][:2, :2]) == found[LIVE_RULE_LOGGED][:2].sum() == 110
    assert found[LIVE_RULE_HEARD][:, State.WAITING].sum() == FRAMES
    assert rule_confusions(conversation(phrases=())[0]) == {}


def test_a_model_that_tells_states_is_scored_beside_the_rules_and_no_other() -> None:
    pytest.importorskip("sklearn")
    teller: System = make("arig")
    cases = [*conversation(0), *conversation(1), *conversation(2, ())]
    variants = {"tells": Variant(teller), "silent": Variant(make("timar shipped"))}
    both = evaluate_cases(variants, cases, seeds=(0, 1), engine=LocalProcesses(1))
    found = both["tells"]
    counts = np.array(found.confusions[MODEL])
    assert counts.sum() == 2 * 4 * FRAMES
    accuracy = found.rows[MODEL]["state_accuracy"]
    assert accuracy.value == pytest.approx(np.trace(counts) / counts.sum())
    assert accuracy.clips == 2
    speaking = counts[State.SPEAKING]
    assert found.rows[MODEL]["state_recall_speaking"].value == pytest.approx(speaking[0] / speaking.sum())
    assert "state_recall_being_interrupted" not in found.rows[MODEL]
    assert found.rows[LIVE_RULE_LOGGED].keys() == {name for name in found.rows[MODEL] if name.startswith("state_")}
    assert np.sum(found.confusions[LIVE_RULE_LOGGED]) == 4 * FRAMES
    assert list(found.rows)[-1].startswith("live rule")
    assert not [name for name in found.rows[MODEL_SWAPPED] if name.startswith("state_")]
    alone = evaluate_cases({"silent": variants["silent"]}, cases, engine=LocalProcesses(1))["silent"]
    assert alone.confusions == {}
    assert not [row for row in alone.rows if row.startswith("live rule")]
    assert not [name for row in alone.rows.values() for name in row if name.startswith("state_")]
