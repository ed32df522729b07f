from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.small_systems import make
from visavis.core.clock import samples_in
from visavis.core.motion import Motion
from visavis.data.motion_files import write_motion
from visavis.data.sound import write_sound
from visavis.system.system import System

FRAMES = 60


@pytest.fixture(scope="module")
def small_system() -> System:
    return make("timar shipped")


@pytest.fixture(scope="module")
def small_data(tmp_path_factory: pytest.TempPathFactory, small_system: System) -> Path:
    """Two clips in test, one in train."""
    folder = tmp_path_factory.mktemp("data")
    generator = np.random.default_rng(0)
    for place in ("test/one", "test/two", "train/three"):
        for number in (1, 2):
            path = folder / f"{place}_speaker{number}"
            values = generator.uniform(0, 0.4, (FRAMES, small_system.space.width)).cumsum(0) % 1
            write_motion(Motion(values.astype(np.float32), small_system.space), path.with_suffix(".npz"))
            write_sound(
                (0.1 * generator.standard_normal(samples_in(FRAMES))).astype(np.float32), path.with_suffix(".wav")
            )
    return folder
