from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.rooms import PLACES, roomed, talk, turns, write_room_clip
from tests.small_systems import CONFIGS, TOGETHER_EXTENDED_FORM, make
from visavis.core.builtin_spaces import COLOCATED_ARKIT
from visavis.core.conversation import Conversation, Person
from visavis.core.layout import Layout, Place
from visavis.core.local_processes import LocalProcesses
from visavis.data.folder import list_clips
from visavis.data.motion_files import read_motion, write_motion
from visavis.models.talking_together.model import TogetherConfig
from visavis.models.talking_together.objective import TogetherObjectiveConfig
from visavis.models.talking_together.spec import TALKING_TOGETHER, statistics
from visavis.system.bench.variants import measure_variants
from visavis.system.folder import load_folder
from visavis.system.specs import spec_of
from visavis.system.system import System
from visavis.training.checkpoints import checkpoints
from visavis.training.loop_config import LoopConfig, ScheduleConfig
from visavis.training.recipes.recipe import Recipe, Stage
from visavis.training.run import train
from visavis.training.run_folder import BEFORE
from visavis.validate.benchmark.batch_generation import generate_motions
from visavis.validate.benchmark.cases import cases_of
from visavis.validate.benchmark.evaluate import evaluate

LOOP = LoopConfig(schedule=ScheduleConfig(steps=2, warmup=0), batch_size=2, validate_every=1, validation_windows=2)
SECOND = TogetherObjectiveConfig(single_share=0.5)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for index in range(3):
        write_room_clip(tmp_path / "data", f"clip{index}", index)
    return tmp_path / "data"


def test_two_people_come_out_of_one_recording_window_by_window() -> None:
    interface = TALKING_TOGETHER.interface(TogetherConfig())
    assert {one.name: (one.kind, interface.look_ahead(one.name), one.width) for one in interface.inputs} == {
        "mix": ("speech", 199, None),
        "masks": ("signal", 199, 2),
        "places": ("signal", 199, 6),
    }
    assert (interface.hop, interface.past_frames, interface.live) == (200, 50, False)
    assert interface.people == ("first", "second")
    assert all(interface.span(one) == 250 for one in interface.inputs)


def test_its_parts_fit_each_other() -> None:
    model = TALKING_TOGETHER.build(TOGETHER_EXTENDED_FORM, 7, COLOCATED_ARKIT.width)
    rollout = TALKING_TOGETHER.rollout(model, TALKING_TOGETHER.drawing(), COLOCATED_ARKIT, None)
    assert rollout.interface == TALKING_TOGETHER.interface(TOGETHER_EXTENDED_FORM)
    assert TALKING_TOGETHER.guidable(TOGETHER_EXTENDED_FORM)
    assert spec_of(TOGETHER_EXTENDED_FORM) is TALKING_TOGETHER


@pytest.mark.parametrize("partner_frame", [False, True])
def test_motion_is_standardised_as_the_network_takes_it(data: Path, partner_frame: bool) -> None:
    """Displacements are small whatever the places, and who sits opposite is turned no more than the other."""
    config = replace(
        TOGETHER_EXTENDED_FORM, additions=replace(TOGETHER_EXTENDED_FORM.additions, partner_frame=partner_frame)
    )
    facts = statistics(config, list_clips(data), COLOCATED_ARKIT)
    moved, neck = COLOCATED_ARKIT.indices("translation"), COLOCATED_ARKIT.indices("neck")
    assert np.abs(facts.mean[moved]).max() < 0.05
    assert facts.std[moved].max() < 0.05
    assert (facts.std[neck][1] > 1) != partner_frame
    assert facts.known.all()


def test_where_one_is_not_known_the_other_is_standardised_all_the_same(tmp_path: Path) -> None:
    """Eyes look past where the partner usually is; what is not known of somebody is not known of the eyes either."""
    write_room_clip(tmp_path, "a", 0)
    one = tmp_path / "a_speaker1.npz"
    motion = read_motion(one)
    (tmp_path / "a_speaker2.npz").unlink()
    facts = statistics(TOGETHER_EXTENDED_FORM, list_clips(tmp_path), COLOCATED_ARKIT)
    assert np.isfinite(facts.mean).all()
    assert facts.known.all()
    known = frozenset(COLOCATED_ARKIT.channels) - {COLOCATED_ARKIT.channels[COLOCATED_ARKIT.indices("neck")[0]]}
    write_motion(replace(motion, known=known), one)
    facts = statistics(TOGETHER_EXTENDED_FORM, list_clips(tmp_path), COLOCATED_ARKIT)
    unknown = {*COLOCATED_ARKIT.indices("gaze"), COLOCATED_ARKIT.indices("neck")[0]}
    assert set(np.flatnonzero(~facts.known)) == unknown


def test_it_learns_in_two_parts_and_leaves_a_system(data: Path, tmp_path: Path) -> None:
    recipe = Recipe(CONFIGS["together extended"], 1, SECOND, LOOP, None, 14, Stage(TogetherObjectiveConfig(), LOOP))
    out = tmp_path / "run"
    report = train(recipe, data, out)
    assert report.steps == 2
    assert np.isfinite(report.losses["loss"])
    assert report.losses["lips"] > 0
    assert "jaw_correlation" in report.validation
    system = load_folder(out)
    assert system.config.model == TOGETHER_EXTENDED_FORM
    before = load_folder(out / BEFORE)
    assert not torch.equal(before.model.leave.linear.weight, system.model.leave.linear.weight)
    assert torch.equal(before.model.motion_std, system.model.motion_std)


def test_a_run_that_was_stopped_in_its_first_part_goes_on_there(data: Path, tmp_path: Path) -> None:
    recipe = Recipe(CONFIGS["together extended"], 1, SECOND, LOOP, None, 14, Stage(TogetherObjectiveConfig(), LOOP))
    train(recipe, data, tmp_path / "whole")
    train(recipe.first, data, tmp_path / "stopped" / BEFORE)
    train(recipe, data, tmp_path / "stopped", resume=True)
    assert [path.name for path in checkpoints(tmp_path / "stopped")] == [
        path.name for path in checkpoints(tmp_path / "whole")
    ]
    whole, stopped = (load_folder(tmp_path / name).model.state_dict() for name in ("whole", "stopped"))
    assert all(torch.equal(whole[name], stopped[name]) for name in whole)


def test_the_second_part_can_start_from_other_weights(data: Path, tmp_path: Path) -> None:
    recipe = Recipe(CONFIGS["together extended"], 1, SECOND, LOOP, None, 14, Stage(TogetherObjectiveConfig(), LOOP))
    train(recipe.first, data, tmp_path / "first")
    train(recipe, data, tmp_path / "run", init_from=tmp_path / "first")
    assert not (tmp_path / "run" / BEFORE).exists()


def test_it_is_evaluated_beside_the_controls(data: Path) -> None:
    pytest.importorskip("sklearn", reason="an evaluation needs scikit-learn")
    assert evaluate(make("together extended"), list_clips(data), engine=LocalProcesses(0)).problems == ()


def test_in_other_precisions_it_draws_nearly_the_same() -> None:
    system = make("together extended")
    differences = {one.name: one.difference for one in measure_variants(system, 1, 1)}
    assert differences["recomputed packed float32"] < 1e-5
    assert max(differences.values()) < 0.3 * float(system.model.motion_std[0])


@pytest.fixture
def still() -> System:
    """A system whose people hardly leave their places."""
    system = make("together extended")
    with torch.no_grad():
        system.model.motion_mean.zero_()
        system.model.motion_std.fill_(0.001)
    return system


def test_people_are_drawn_at_their_places(still: System) -> None:
    sound = (0.1 * np.random.default_rng(0).standard_normal(640 * 33)).astype(np.float32)
    first, second = (Place(tuple(place), turn) for place, turn in zip(PLACES.tolist(), (0.0, np.pi), strict=True))
    people = still.generate(sound, layout=Layout(first, second))
    for person, place in zip(people, PLACES, strict=True):
        assert len(person) == 33
        np.testing.assert_allclose(person["translation"], np.tile(place, (33, 1)), atol=0.01)
    assert np.abs(people[1]["neck"] - [0, np.pi, 0]).max() < 0.3


def test_an_evaluation_draws_people_where_they_truly_are(still: System) -> None:
    people = [Person(talk(30, turns(30)[:, n], n), roomed(30, n, 0), n + 1) for n in (0, 1)]
    cases = cases_of(0, Conversation("talk", user=people[1], agent=people[0]))
    made = generate_motions(still, [(case, None) for case in cases], (0,))
    for case, one in zip(cases, made, strict=True):
        expected = np.tile(case.truth["translation"][0], (30, 1))
        np.testing.assert_allclose(one.samples[0]["translation"], expected, atol=0.01)
    assert {case.place for case in cases} == {0, 1}
