from __future__ import annotations

import pytest

from visavis.data.simulate.colocation.staging import simulate_together
from visavis.data.simulate.conversation import Scene
from visavis.data.simulate.simulation import Simulation, Together


@pytest.fixture(scope="session")
def together() -> Scene:
    """Two people who talk in one room."""
    return simulate_together(Simulation(11, "test", together=Together()), 0)


@pytest.fixture(scope="session")
def dubbed() -> Scene:
    """Single speakers placed in turn."""
    return simulate_together(Simulation(11, "train", together=Together(dubbed=1.0)), 1)
