from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.cli.command import SECONDS
from tests.small_systems import make
from visavis.core.builtin_spaces import ARKIT61, FLAME56
from visavis.core.clock import FPS, SAMPLE_RATE
from visavis.core.motion import Motion
from visavis.data.motion_files import write_motion
from visavis.system.folder import save_system


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model, two voices and the user's motion."""
    place = tmp_path_factory.mktemp("given")
    save_system(make("timar shipped"), place / "model")
    time = np.arange(round(SECONDS * SAMPLE_RATE)) / SAMPLE_RATE
    for name, pitch in (("user", 150), ("agent", 220)):
        soundfile.write(place / f"{name}.wav", 0.2 * np.sin(2 * np.pi * pitch * time), SAMPLE_RATE)
    soundfile.write(place / "longer.wav", np.zeros(3 * SAMPLE_RATE), SAMPLE_RATE)
    soundfile.write(place / "empty.wav", np.zeros(0), SAMPLE_RATE)
    (place / "broken.wav").write_text("no sound at all")
    frames = round(SECONDS * FPS)
    write_motion(Motion(np.zeros((frames, ARKIT61.width)), ARKIT61), place / "motion.npz")
    write_motion(Motion(np.zeros((frames + 20, ARKIT61.width)), ARKIT61), place / "long.npz")
    write_motion(Motion(np.zeros((frames, FLAME56.width)), FLAME56), place / "flame.npz")
    broken = np.zeros((frames, ARKIT61.width), dtype=np.float32)
    broken[3, ARKIT61.indices("JawOpen")] = np.nan
    np.savez(place / "nan.npz", motion=broken, space="arkit61", fps=np.float64(FPS))
    return place


@pytest.fixture
def here(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh working folder with the given files in it."""
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path
