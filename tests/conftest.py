from __future__ import annotations

import os
from pathlib import Path

import pytest

# Before anything imports torch: small tensors on many threads only wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data and golden cases: VISAVIS_SHARED, or `shared` beside the repository."""
    place = Path(os.environ.get("VISAVIS_SHARED") or Path(__file__).resolve().parents[2] / "shared")
    if not place.is_dir():
        pytest.skip(f"needs real data in {place.name}/ beside the repository, or at VISAVIS_SHARED")
    return place
