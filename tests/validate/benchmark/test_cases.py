import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from visavis.core.clock import SAMPLE_RATE, samples_in
from visavis.core.conversation import Conversation, Event, Person
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.spaces import space_named
from visavis.data.folder import list_clips
from visavis.data.motion_files import write_motion
from visavis.validate.benchmark.cases import FolderCases, cases_of, others_of, with_user_of

ARKIT = space_named("arkit61")


def person(number: int, frames: int = 50, moving: bool = True) -> Person:
    random = np.random.default_rng(number)
    motion = Motion(random.uniform(size=(frames, ARKIT.width)), ARKIT) if moving else None
    return Person(np.full(samples_in(frames), number / 10, dtype=np.float32), motion, number)


def talk(name: str = "talk", frames: int = 50) -> Conversation:
    events = (Event("nod", 2, 30, 5), Event("nod", 1, 9, 5), Event("nod", 2, 10, 5), Event("wave", 1, 3, 1))
    return Conversation(name, user=person(2, frames), agent=person(1, frames), events=events)


def test_each_person_is_the_agent_once() -> None:
    first, second = cases_of(4, talk())
    assert (first.talk.agent.number, second.talk.agent.number) == (1, 2)
    assert (first.user_speech == second.agent_speech).all()
    assert [event.onset for event in second.events("nod")] == [10, 30]
    assert first.logged == {"nod"}
    assert first.clip == second.clip == 4
    assert (first.place, second.place) == (0, 1)


def test_a_person_without_motion_is_only_a_user() -> None:
    (case,) = cases_of(0, Conversation("half", user=person(2, moving=False), agent=person(1)))
    assert case.talk.agent.number == 1
    assert case.user_motion is None
    with pytest.raises(VisavisError, match=r"mute: .*add the missing \.wav"):
        cases_of(0, Conversation("mute", user=Person(None, person(2).motion, 2), agent=person(1)))


def test_others_are_of_another_conversation_in_the_same_role() -> None:
    assert others_of([0, 0, 1, 1, 2]) == [2, 3, 4, 4, 0]
    assert others_of([7, 7]) == [None, None]


def test_another_user_is_made_to_last_as_long() -> None:
    long, short = cases_of(0, talk(frames=50))[0], cases_of(1, talk(frames=20))[0]
    speech, motion = with_user_of(long, short)
    assert motion is not None
    assert short.user_motion is not None
    assert (len(speech), len(motion)) == (samples_in(50), 50)
    assert (motion.values[:20] == short.user_motion.values).all()


def test_a_folder_gives_its_clips_in_both_roles_with_events_and_oracles(tmp_path: Path) -> None:
    for name in ("one", "two"):
        for number in (1, 2):
            stem = tmp_path / "test" / f"{name}_speaker{number}"
            one = person(number)
            assert one.motion is not None
            write_motion(one.motion, stem.with_suffix(".npz"))
            soundfile.write(stem.with_suffix(".wav"), one.speech, SAMPLE_RATE, subtype="FLOAT")
    np.savez(tmp_path / "test" / "two_speaker2_oracle.npz", mean=np.zeros((50, ARKIT.width), dtype=np.float32))
    log = [{"kind": "nod", "person": 2, "onset": 10, "duration": 5, "cause": "", "label": ""}]
    (tmp_path / "test" / "two_events.json").write_text(json.dumps(log))
    cases = FolderCases(list_clips(tmp_path, "test"))
    assert [(case.talk.name, case.talk.agent.number) for case in cases] == [
        ("one", 1), ("one", 2), ("two", 1), ("two", 2)
    ]  # fmt: skip
    assert [case.oracle is not None for case in cases] == [False, False, False, True]
    assert [event.onset for event in cases[3].events("nod")] == [10]
    assert (cases[-1].truth.values == cases[1].truth.values).all()
    chosen = FolderCases(list_clips(tmp_path, "test"), [(1, 2)])
    assert [case.talk.agent.number for case in chosen] == [2]
