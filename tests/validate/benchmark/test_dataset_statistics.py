from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.validate.benchmark.test_cases import ARKIT, person, talk
from visavis.core.clock import SAMPLE_RATE, samples_in
from visavis.core.conversation import Conversation, Person
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.spaces import space_named
from visavis.data.folder import list_clips
from visavis.data.motion_files import write_motion
from visavis.validate.benchmark.cases import FolderCases, cases_of
from visavis.validate.benchmark.dataset_statistics import SelectedCases, dataset_statistics


def test_a_survey_gives_the_moments_of_all_frames() -> None:
    cases = [*cases_of(0, talk()), *cases_of(1, talk(frames=20))]
    frames = np.concatenate([case.truth.values for case in cases]).astype(np.float64)
    found = dataset_statistics(cases, ARKIT)
    assert found.mean == pytest.approx(frames.mean(axis=0), abs=1e-9)
    assert found.variance == pytest.approx(frames.var(axis=0), abs=1e-9)
    assert found.spread == pytest.approx(frames.std(axis=0).mean())
    assert (found.frames, found.clips, found.logged) == (140, (0, 0, 1, 1), {"nod"})
    assert (found.space, found.usable, found.seen, found.problems) == (ARKIT, (0, 1, 2, 3), 4, ())
    assert (np.concatenate(found.truths) == frames.astype(np.float32)).all()


def test_a_survey_names_what_cannot_be_used_and_goes_on() -> None:
    flame = space_named("flame56")
    foreign = Person(person(1).speech, Motion(np.zeros((50, flame.width)), flame))
    cases = [
        *cases_of(0, talk("brief", frames=9)),
        *cases_of(1, talk("good")),
        *cases_of(2, Conversation("foreign", user=person(2, moving=False), agent=foreign)),
    ]
    found = dataset_statistics(cases, ARKIT, least_frames=10)
    assert (found.usable, found.clips, found.frames) == ((2, 3), (1, 1), 100)
    assert found.problems == (
        "brief: 9 frames are less than one turn (10); leave the clip out",
        "foreign: motion in space flame56 cannot be compared with motion of space arkit61; "
        "choose data or a model of the same space",
    )
    assert [case.talk.name for case in SelectedCases(cases, found.usable)] == ["good", "good"]
    assert [case.talk.agent.number for case in SelectedCases(cases, found.usable)[1:]] == [2]
    with pytest.raises(VisavisError, match=r"brief: 9 frames .* \(and 1 more clips cannot be used\)"):
        dataset_statistics([*cases[:2], cases[-1]], ARKIT, least_frames=10)
    with pytest.raises(VisavisError, match="nothing to evaluate"):
        dataset_statistics([])


def test_two_people_in_different_spaces_are_a_problem_of_their_clip_alone() -> None:
    flame = space_named("flame56")
    foreign = Person(person(2).speech, Motion(np.zeros((50, flame.width)), flame), 2)
    mixed = cases_of(1, Conversation("mixed", user=foreign, agent=person(1)))
    for cases in ([*cases_of(0, talk("good")), *mixed], [*mixed, *cases_of(0, talk("good"))]):
        found = dataset_statistics(cases)
        assert found.clips == (0, 0)
        assert found.problems[0] == (
            "mixed: its two people are in different spaces, arkit61 and flame56; convert one of them "
            "(visavis convert --space arkit61), or leave the clip out"
        )
        assert all(problem.startswith("mixed: ") for problem in found.problems)


def test_a_broken_file_is_a_problem_of_its_clip_alone(tmp_path: Path) -> None:
    for name in ("one", "two"):
        for number in (1, 2):
            write_motion(person(number).motion, tmp_path / f"{name}_speaker{number}.npz")
            sound = np.zeros(samples_in(50), dtype=np.float32)
            soundfile.write(tmp_path / f"{name}_speaker{number}.wav", sound, SAMPLE_RATE)
    (tmp_path / "one_speaker2.npz").write_bytes(b"PK")
    found = dataset_statistics(FolderCases(list_clips(tmp_path)), ARKIT)
    assert found.usable == (2, 3)
    assert len(found.problems) == 1
    assert "one_speaker2.npz: cannot be read" in found.problems[0]


def test_only_groups_that_everybody_knows_are_pooled() -> None:
    (case,) = cases_of(0, Conversation("lips", user=person(2, moving=False), agent=person(1)))
    assert dataset_statistics([case], ARKIT).groups == tuple(ARKIT.groups)
    jaw = frozenset(ARKIT.channels[i] for i in ARKIT.groups["jaw"])
    lips = Person(case.agent_speech, Motion(case.truth.values, ARKIT, known=jaw | {"MouthSmileLeft"}), 1)
    partly = cases_of(1, Conversation("lips", user=person(2, moving=False), agent=lips))
    assert dataset_statistics(partly, ARKIT).groups == ("jaw",)
    assert dataset_statistics([case, *partly], ARKIT).groups == ("jaw",)
