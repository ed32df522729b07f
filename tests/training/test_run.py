from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from visavis.core.builtin_spaces import ARKIT61
from visavis.core.clock import samples_in
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.data.motion_files import write_motion
from visavis.data.sound import write_sound
from visavis.system.folder import load_folder
from visavis.training.checkpoints import checkpoints
from visavis.training.run import _split, train

TINY = {
    "window_turns": "3",
    "system.model.window_turns": "3",
    "system.model.token_width": "16",
    "system.model.heads": "2",
    "system.model.width": "16",
    "system.model.depth": "1",
    "system.model.head_width": "16",
    "system.model.head_depth": "1",
    "loop.schedule.steps": "4",
    "loop.batch_size": "2",
    "loop.validate_every": "2",
    "loop.validation_windows": "2",
}


def write_clip(folder: Path, name: str, seed: int) -> None:
    generator = np.random.default_rng(seed)
    for number in (1, 2):
        sound = 0.1 * generator.standard_normal(samples_in(40)).astype(np.float32)
        write_sound(sound, folder / f"{name}_speaker{number}.wav")
        values = generator.uniform(0, 0.5, (40, ARKIT61.width)).astype(np.float32)
        write_motion(Motion(values, ARKIT61), folder / f"{name}_speaker{number}.npz")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for index in range(3):
        write_clip(tmp_path / "data", f"clip{index}", index)
    return tmp_path / "data"


def test_a_run_folder_can_be_loaded(data: Path, tmp_path: Path) -> None:
    report = train("timar-small", data, tmp_path / "run", overrides=TINY)
    assert report.steps == 4
    assert {"loss", "jaw_correlation", "head_speed_ratio"} <= report.validation.keys()
    system = load_folder(tmp_path / "run")
    assert system.config.model.width == 16
    voice = torch.zeros(samples_in(20)).numpy()
    assert system.generate(voice, voice, seed=1).values.shape == (20, ARKIT61.width)
    assert float(system.model.motion_mean.mean()) == pytest.approx(0.25, abs=0.02), "statistics of the data"


def test_an_interrupted_run_ends_the_same(data: Path, tmp_path: Path) -> None:
    settings = TINY | {"loop.checkpoint_every": "2", "loop.keep": "9"}
    train("timar-small", data, tmp_path / "whole", overrides=settings)
    train("timar-small", data, tmp_path / "broken", overrides=settings)
    checkpoints(tmp_path / "broken")[-1].unlink()
    train("timar-small", data, tmp_path / "broken", resume=True, overrides=settings)
    one, other = (load_folder(tmp_path / name).model.state_dict() for name in ("whole", "broken"))
    assert [name for name in one if not torch.equal(one[name], other[name])] == []


def test_a_run_can_start_from_anothers_weights(data: Path, tmp_path: Path) -> None:
    train("timar-small", data, tmp_path / "first", overrides=TINY)
    still = TINY | {"loop.optimizer.lr": "0", "loop.ema": "0", "objective.self_forcing": "0.5"}
    train("timar-small", data, tmp_path / "second", overrides=still, init_from=tmp_path / "first")
    first, second = (load_folder(tmp_path / run).model for run in ("first", "second"))
    for name, weights in first.named_parameters():
        assert torch.equal(weights, second.get_parameter(name)), name
    deeper = TINY | {"system.model.depth": "2"}
    with pytest.raises(VisavisError, match="first is another kind of model than the recipe's"):
        train("timar-small", data, tmp_path / "third", overrides=deeper, init_from=tmp_path / "first")


def test_validation_recordings_are_held_out_of_training_and_the_test_part_is_left_alone(tmp_path: Path) -> None:
    parts = tmp_path / "parts"
    for index in range(23):
        (parts / "train").mkdir(parents=True, exist_ok=True)
        for number in (1, 2):
            for ending in ("wav", "npz"):
                (parts / "train" / f"clip{index:02}_speaker{number}.{ending}").touch()
    write_clip(parts / "test", "two", 2)
    training, validation = _split(parts)
    assert [clip.name for clip in validation] == ["clip00", "clip20"]
    assert len(training) == 21
    assert not {clip.name for clip in training} & {clip.name for clip in validation}


def test_one_recording_is_too_few(tmp_path: Path) -> None:
    write_clip(tmp_path / "data", "one", 1)
    with pytest.raises(VisavisError, match="at least 2 are needed"):
        train("timar-small", tmp_path / "data", tmp_path / "run", overrides=TINY)
    assert not (tmp_path / "run").exists()


def test_unknown_key_names_the_nearest(data: Path, tmp_path: Path) -> None:
    with pytest.raises(VisavisError, match=r"did you mean 'loop\.batch_size'"):
        train("timar-small", data, tmp_path / "run", overrides={"loop.batchsize": "4"})
