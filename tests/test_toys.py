"""What a model that has just moved in can do without a line elsewhere: generate, load, train, evaluate, film."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.small_systems import CONFIGS, make
from tests.toys import FRAMES, PAIR, FramesConfig, PairConfig
from tests.training.test_run import write_clip
from visavis.core.builtin_spaces import ARKIT61
from visavis.core.clock import samples_in
from visavis.core.conversation import Conversation, Person
from visavis.core.errors import VisavisError
from visavis.core.local_processes import LocalProcesses
from visavis.core.motion import Motion
from visavis.data.folder import list_clips
from visavis.encode.activity import speech_activity
from visavis.system.bench.soak import soak
from visavis.system.bench.variants import measure_variants
from visavis.system.folder import load_folder, save_system
from visavis.system.generate import generate_batch
from visavis.system.request import Request
from visavis.system.system import System
from visavis.training.loop_config import LoopConfig, ScheduleConfig
from visavis.training.recipes.recipe import Recipe
from visavis.training.run import train
from visavis.validate.benchmark.batch_generation import Variant, generate_motions
from visavis.validate.benchmark.case_scores import MODEL
from visavis.validate.benchmark.cases import Case, cases_of
from visavis.validate.benchmark.evaluate import evaluate, evaluate_cases
from visavis.view.outputs import write_outputs
from visavis.view.presentation import Presentation, Style

TOYS = ["toy of frames", "toy of pairs"]
every_toy = pytest.mark.parametrize("name", TOYS)


def voice(frames: int, seed: int = 0) -> np.ndarray:
    return (0.1 * np.random.default_rng(seed).standard_normal(samples_in(frames))).astype(np.float32)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for index in range(3):
        write_clip(tmp_path / "data", f"clip{index}", index)
    return tmp_path / "data"


def test_a_model_of_one_person_gives_one_motion_and_a_label_of_each_frame() -> None:
    system = make("toy of frames")
    motion = system.generate(voice(23), voice(23, 1))
    assert isinstance(motion, Motion)
    assert motion.values.shape == (23, ARKIT61.width)
    made = generate_batch(system, [Request.dyad(voice(23), voice(23, 1), None, seed=0)])[0]
    assert made.labels["state"].shape == (1, 23)
    assert np.array_equal(made.sample.values, motion.values)


def test_a_model_of_two_people_gives_two_motions_from_one_recording() -> None:
    system = make("toy of pairs")
    masks = np.random.default_rng(3).integers(0, 2, (23, 2)).astype(np.float32)
    first, second = system.generate(voice(23), masks=masks)
    assert first.values.shape == second.values.shape == (23, ARKIT61.width)
    assert not np.array_equal(first.values, second.values)
    assert not np.array_equal(system.generate(voice(23))[0].values, first.values)
    with pytest.raises(VisavisError, match=r"pair hears 1 recordings \(mix\); give each once"):
        system.generate(voice(23), voice(23))
    with pytest.raises(VisavisError, match="unknown input of frames 'masks'"):
        make("toy of frames").generate(voice(23), voice(23), masks=masks)
    with pytest.raises(VisavisError, match="placed hears mix, which is missing; give it"):
        make("toy of pairs in a room").generate(layout="across a table")


@every_toy
def test_it_is_saved_with_its_tag_and_loaded_again(name: str, tmp_path: Path) -> None:
    system = make(name)
    save_system(system, tmp_path / "toy")
    again = load_folder(tmp_path / "toy")
    assert again.config == system.config
    request = Request.dyad(voice(12), voice(12, 1), None, seed=2)
    one, other = (generate_batch(each, [request])[0] for each in (system, again))
    assert np.array_equal(one.sample.values, other.sample.values)


@pytest.mark.parametrize("model", [FramesConfig(), PairConfig()], ids=["frames", "pair"])
def test_it_learns_and_leaves_a_system(model: FramesConfig | PairConfig, data: Path, tmp_path: Path) -> None:
    loop = LoopConfig(schedule=ScheduleConfig(steps=2, warmup=0), batch_size=2, validate_every=1, validation_windows=2)
    config = replace(CONFIGS["toy of frames"], name=model.tag, model=model, drawing=None)
    report = train(Recipe(config, 20 // config.interface.hop, loop=loop), data, tmp_path / "run")
    assert report.steps == 2
    assert np.isfinite(report.losses["loss"])
    assert "jaw_correlation" in report.validation
    system = load_folder(tmp_path / "run")
    assert system.config.model == model
    assert torch.isfinite(system.model.motion_mean).all()


@every_toy
def test_it_is_evaluated_beside_the_controls(name: str, data: Path) -> None:
    pytest.importorskip("sklearn", reason="an evaluation needs scikit-learn")
    found = evaluate(make(name), list_clips(data), engine=LocalProcesses(0))
    assert found.problems == ()


def talks_of_a_pair(system: System, seed: int) -> list[Case]:
    """Two conversations in which both people truly move as the system says with that seed."""
    cases: list[Case] = []
    for clip, frames in enumerate((50, 37)):
        ends = (np.arange(samples_in(frames)) < samples_in(20)).astype(np.float32)
        voices = voice(frames, clip) * (0.01 + ends), voice(frames, clip + 9) * (1.01 - ends)
        masks = np.stack([speech_activity(one) for one in voices], axis=1).astype(np.float32)
        motions = system.generate(voices[0] + voices[1], masks=masks, seed=seed)
        first, second = (Person(one, motion, n) for n, (one, motion) in enumerate(zip(voices, motions, strict=True), 1))
        cases += cases_of(clip, Conversation(f"clip{clip}", user=second, agent=first))
    return cases


def test_both_people_of_a_pair_are_scored_as_themselves() -> None:
    pytest.importorskip("sklearn", reason="an evaluation needs scikit-learn")
    system = make("toy of pairs")
    cases = talks_of_a_pair(system, seed=4)
    assert [case.place for case in cases] == [0, 1, 0, 1]
    found = evaluate_cases({"model": Variant(system)}, cases, seeds=(4,), engine=LocalProcesses(1))["model"]
    assert found.clip_names == ("clip0_speaker1", "clip0_speaker2", "clip1_speaker1", "clip1_speaker2")
    assert found.rows[MODEL]["zmse_exp"].value == pytest.approx(0, abs=1e-5)
    assert found.rows[MODEL]["zmse_pose"].value == pytest.approx(0, abs=1e-5)
    alone = evaluate_cases({"model": Variant(system)}, cases[1::2], seeds=(4,), engine=LocalProcesses(1))["model"]
    assert alone.rows[MODEL]["zmse_exp"].value == pytest.approx(0, abs=1e-5)


def test_a_conversation_of_a_pair_is_made_once_for_both(monkeypatch: pytest.MonkeyPatch) -> None:
    system = make("toy of pairs")
    one, other, third, _ = talks_of_a_pair(system, seed=0)
    rows: list[int] = []
    init_state = system.init_state
    monkeypatch.setattr(system, "init_state", lambda batch, seed=0: rows.append(batch) or init_state(batch, seed))
    first, second = generate_motions(system, [(one, third), (other, None)], (0, 1))
    assert sum(rows) == 3, "two seeds, and one draw with another user"
    assert np.abs(first.samples[1].values - second.samples[1].values).max() > 1e-3
    assert np.abs(first.samples[0].values - one.truth.values).max() < 1e-5
    assert np.abs(second.samples[0].values - other.truth.values).max() < 1e-5
    assert first.swapped is not None
    assert np.abs(first.swapped.values - first.samples[0].values).max() > 1e-3


@every_toy
def test_it_is_measured(name: str) -> None:
    system = make(name)
    variants = measure_variants(system, 2, 2)
    assert variants[0].name == "recomputed float32"
    assert all(one.difference < 1e-3 for one in variants)
    assert soak(system, 6 * system.frames_per_step / 1500).conversations == 1


def test_both_people_come_in_one_film(tmp_path: Path) -> None:
    pytest.importorskip("av", reason="films need av")
    first, second = make("toy of pairs").generate(voice(4))
    write_outputs([tmp_path / "both.mp4"], Presentation(Person(voice(4), first), Person(None, second)), Style(fit=True))
    assert (tmp_path / "both.mp4").stat().st_size > 1000


def test_they_say_what_they_are() -> None:
    assert FRAMES.interface(FramesConfig()).latency_frames == 1
    assert PAIR.interface(PairConfig()).people == ("first", "second")
