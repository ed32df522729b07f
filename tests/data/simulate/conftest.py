from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from visavis.core.local_processes import LocalProcesses
from visavis.data.simulate import simulate
from visavis.data.simulate.conversation import Scene, simulate_scene
from visavis.data.simulate.person import Style, draw_style

pytest.importorskip("espeakng_loader", reason="the simulator's synthesiser is not installed")


@pytest.fixture(scope="session")
def scenes() -> list[Scene]:
    return [simulate_scene(11, "test", index) for index in range(6)]


@pytest.fixture(scope="session")
def style() -> Style:
    return draw_style(np.random.default_rng(0), "train")


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two test conversations on disk, written by two workers."""
    folder = tmp_path_factory.mktemp("simulated")
    simulate(folder, minutes=2.8, seed=5, split="test", engine=LocalProcesses(2))
    return folder / "test"


@pytest.fixture(scope="session")
def shared() -> Path:
    folder = Path(os.environ.get("VISAVIS_SHARED", Path(__file__).parents[4] / "shared"))
    if not folder.is_dir():
        pytest.skip("the shared recordings are not there")
    return folder
