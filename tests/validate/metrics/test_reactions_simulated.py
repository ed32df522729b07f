"""The detectors against the simulator's own log of what its people did."""

import pytest

from visavis.analysis.detectors import DETECTORS
from visavis.analysis.listening import listening_mask
from visavis.core.motion import Motion
from visavis.encode.activity import detect_voice
from visavis.validate.metrics.reactions import Matches, score_reaction, sum_matches

pytest.importorskip("espeakng_loader")


@pytest.fixture(scope="module")
def found() -> dict[str, Matches]:
    from visavis.data.simulate.conversation import simulate_conversation

    scored: dict[str, list[Matches]] = {kind: [] for kind in DETECTORS}
    for index in range(2):
        talk, events = simulate_conversation(11, "test", index)
        for person in (talk.agent, talk.user):
            motion, speech = person.motion, person.speech
            assert isinstance(motion, Motion)
            assert speech is not None
            listening = listening_mask(detect_voice(speech), len(motion))
            for kind in DETECTORS:
                log = [event.onset for event in events if event.kind == kind and event.person == person.number]
                where = listening if kind == "nod" else None
                scored[kind].append(score_reaction(kind, motion, log, where))
    return {kind: sum_matches(matches) for kind, matches in scored.items()}


def test_the_log_has_something_to_find(found: dict[str, Matches]) -> None:
    assert found["nod"].true >= 10
    assert found["blink"].true >= 40


@pytest.mark.parametrize("kind", ["nod", "brow raise", "blink"])
def test_what_people_did_is_found_on_time(kind: str, found: dict[str, Matches]) -> None:
    assert found[kind].f1 >= 0.9
    assert found[kind].absolute_error_s < 0.1


def test_rare_events_are_not_invented(found: dict[str, Matches]) -> None:
    for kind in ("shake", "smile"):
        assert found[kind].found <= found[kind].true + 1
