from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.small_systems import ARIG_FORM, CONFIGS, make
from tests.training.test_run import write_clip
from visavis.analysis.states import STATES
from visavis.core.local_processes import LocalProcesses
from visavis.core.spaces import space_named
from visavis.data.folder import list_clips
from visavis.models.arig.model import ArigConfig
from visavis.models.arig.spec import ARIG
from visavis.system.bench.soak import soak
from visavis.system.bench.variants import measure_variants
from visavis.system.folder import load_folder
from visavis.system.specs import spec_of
from visavis.training.loop_config import LoopConfig, ScheduleConfig
from visavis.training.recipes.recipe import Recipe
from visavis.training.run import train
from visavis.validate.benchmark.evaluate import evaluate

FLAME = space_named("flame56")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for index in range(3):
        write_clip(tmp_path / "data", f"clip{index}", index)
    return tmp_path / "data"


def test_it_hears_the_agent_to_the_frame_and_all_else_to_the_frame_before() -> None:
    interface = ARIG.interface(ArigConfig())
    assert {one.name: interface.look_ahead(one.name) for one in interface.inputs} == {
        "user_speech": -1,
        "agent_speech": 0,
        "user_motion": -1,
    }
    assert (interface.hop, interface.people, interface.latency_frames, interface.live) == (1, ("agent",), 1, True)
    assert interface.labels == {"state": STATES}


def test_its_parts_fit_each_other() -> None:
    torch.manual_seed(0)
    model = ARIG.build(ARIG_FORM, 7, FLAME.width)
    rollout = ARIG.rollout(model, ARIG.drawing(), FLAME, None)
    assert rollout.interface == ARIG.interface(ARIG_FORM)
    assert not ARIG.guidable(ARIG_FORM)
    assert spec_of(ARIG_FORM) is ARIG


def test_it_learns_from_a_folder_and_leaves_a_system(data: Path, tmp_path: Path) -> None:
    loop = LoopConfig(schedule=ScheduleConfig(steps=2, warmup=0), batch_size=2, validate_every=1, validation_windows=2)
    report = train(Recipe(CONFIGS["arig"], 20, loop=loop), data, tmp_path / "run")
    assert report.steps == 2
    assert np.isfinite(report.losses["loss"])
    assert "jaw_correlation" in report.validation
    assert load_folder(tmp_path / "run").config.model == ARIG_FORM


def test_it_is_evaluated_beside_the_controls(data: Path) -> None:
    pytest.importorskip("sklearn", reason="an evaluation needs scikit-learn")
    assert evaluate(make("arig"), list_clips(data), engine=LocalProcesses(0)).problems == ()


@pytest.mark.parametrize(("form", "rounding"), [("arig", 1e-5), ("arig extended", 1e-6)])
def test_it_is_measured(form: str, rounding: float) -> None:
    """Where noise is predicted, the first step divides what is rounded by the .018 of the data that there is."""
    system = make(form)
    differences = {one.name: one.difference for one in measure_variants(system, 2, 2)}
    assert differences["recomputed packed float32"] < rounding
    assert max(differences.values()) < 0.1 * float(system.model.motion_std[0]), "a tenth of how much a channel moves"
    assert soak(system, 6 / 1500).conversations == 1
