from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.small_systems import CONFIGS, make
from tests.training.test_run import write_clip
from visavis.core.errors import VisavisError
from visavis.core.spaces import space_named
from visavis.data.folder import list_clips
from visavis.data.windows import WindowSet
from visavis.models.arig.objective import ArigObjectiveConfig
from visavis.system.folder import save_system
from visavis.training.loop_config import LoopConfig, ScheduleConfig
from visavis.training.recipes.recipe import Recipe
from visavis.training.run import train
from visavis.training.taught import expectation
from visavis.training.teacher import main

SPACE = space_named("arkit61")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for index in range(3):
        write_clip(tmp_path / "data", f"clip{index}", index)
    return tmp_path / "data"


def saved(folder: Path, form: str) -> Path:
    folder.mkdir()
    save_system(make(form), folder)
    return folder


def test_a_teachers_mean_is_written_and_comes_with_the_windows(data: Path, tmp_path: Path) -> None:
    teacher, out = saved(tmp_path / "teacher", "timar mlp head"), tmp_path / "taught"
    assert main([str(teacher), "--data", str(data), "--out", str(out)]) == 2, "it has no mean"
    assert not out.exists()
    recipe = Recipe(CONFIGS["arig"], 20, loop=LoopConfig(schedule=ScheduleConfig(steps=1, warmup=0), batch_size=2))
    with pytest.raises(VisavisError, match=r"speaker1.npy is missing; write it with: python -m visavis.training"):
        train(recipe, data, tmp_path / "run", teacher=out)


def test_what_is_expected_of_a_window_is_the_teachers_mean_there(data: Path, tmp_path: Path) -> None:
    clips = list_clips(data)
    taught = tmp_path / "taught"
    taught.mkdir()
    for clip in clips:
        for side in clip.sides:
            motion = np.load(side.motion)["motion"] if side.motion else np.zeros((60, 61))
            np.save(taught / f"{clip.name}_speaker{side.number}.npy", (motion + 1).astype(np.float16))
    batch = WindowSet(clips, 20, SPACE, expected=expectation(taught)).load([0, 1, 2])
    assert batch.agent_expected is not None
    np.testing.assert_allclose(batch.agent_expected, batch.agent_motion + 1, atol=5e-3)


def test_a_student_learns_from_a_teacher(data: Path, tmp_path: Path) -> None:
    """From the command's files to a run; a model of another kind refuses."""
    student = Recipe(
        CONFIGS["arig extended"],
        20,
        ArigObjectiveConfig(teacher_share=0.8),
        LoopConfig(schedule=ScheduleConfig(steps=2, warmup=0), batch_size=2),
    )
    first = train(student, data, tmp_path / "first")
    out = tmp_path / "taught"
    assert main([str(tmp_path / "first"), "--data", str(data), "--out", str(out)]) == 0
    assert len(list(out.iterdir())) == 6
    second = train(student, data, tmp_path / "second", teacher=out)
    assert np.isfinite(second.losses["loss"])
    assert second.losses["mean"] != first.losses["mean"]
    timar = Recipe(CONFIGS["timar shipped"], 2, loop=student.loop)
    with pytest.raises(VisavisError, match="recipe shipped learns from no teacher; leave --teacher"):
        train(timar, data, tmp_path / "third", teacher=out)
