from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import visavis
from tests.small_systems import make
from visavis.core.builtin_spaces import ARKIT61
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.data.folder import list_clips
from visavis.data.motion_files import write_motion
from visavis.data.sound import write_sound
from visavis.layers.correlated_noise import CorrelatedNoise
from visavis.system.folder import save_system
from visavis.training.noise import change, fit_noise, main, slowed

FRAMES = 12 * 25


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two people who move slowly."""
    generator = np.random.default_rng(0)
    folder = tmp_path / "data"
    for number in (1, 2):
        sound = 0.1 * generator.standard_normal(640 * FRAMES).astype(np.float32)
        write_sound(sound, folder / f"clip_speaker{number}.wav")
        times = np.arange(FRAMES)[:, None] / 25
        values = 0.5 + 0.2 * np.sin(times * generator.uniform(0.5, 2, ARKIT61.width))
        write_motion(Motion(values.astype(np.float32), ARKIT61), folder / f"clip_speaker{number}.npz")
    return folder


def test_what_is_drawn_becomes_as_slow_as_people(data: Path, tmp_path: Path) -> None:
    system = make("arig extended")
    (tmp_path / "run").mkdir()
    save_system(system, tmp_path / "run")
    assert main([str(tmp_path / "run"), "--data", str(data), "--out", str(tmp_path / "fitted"), "--rounds", "2"]) == 0
    fitted, run = visavis.load_trainable(str(tmp_path / "fitted")), visavis.load_trainable(str(tmp_path / "run"))
    names = [
        name
        for name, value in run.model.state_dict().items()
        if not torch.equal(value, fitted.model.state_dict()[name])
    ]
    assert names == ["noise.autocovariance"], "nothing else is changed"


def test_each_round_comes_nearer(data: Path) -> None:
    system = make("arig extended")
    assert isinstance(system.model.noise, CorrelatedNoise)
    lags = torch.arange(4)[:, None]
    system.model.noise.autocovariance.copy_((0.9**lags).expand(-1, 61))
    found = fit_noise(system, list_clips(data), rounds=2)
    assert found[0] > 1.5
    assert found[0] > found[1] > found[2] >= 0.9


def test_a_slowed_process_goes_on_as_one_that_is_slower() -> None:
    covariance = (0.8 ** torch.arange(9.0))[:, None].repeat(1, 3)
    made = slowed(covariance, torch.tensor([1.0, 2.0, 0.5]))
    torch.testing.assert_close(made[:, 0], covariance[:, 0])
    torch.testing.assert_close(made[::2, 1], covariance[:5, 1])
    torch.testing.assert_close(made[:5, 2], covariance[::2, 2])
    assert (made[5:, 2] == covariance[-1, 2]).all(), "farther than what is known it stays"


def test_change_has_no_unit() -> None:
    waves = torch.sin(torch.arange(1000.0) / 5)[None, :, None].expand(2, -1, 3) * torch.tensor([1.0, 3.0, 0.1])
    assert change(waves).tolist() == pytest.approx([0.2] * 3, rel=0.01)


def test_other_models_and_short_clips_are_refused(data: Path, tmp_path: Path) -> None:
    with pytest.raises(VisavisError, match="does not draw around a mean from correlated noise"):
        fit_noise(make("timar shipped"), list_clips(data))
    for name in ("clip_speaker1", "clip_speaker2"):
        write_sound(np.zeros(640 * 50, np.float32), data / f"{name}.wav")
    with pytest.raises(VisavisError, match="none of 1 clips is 12 s of two people in motion"):
        fit_noise(make("arig extended"), list_clips(data))
    assert main(["nowhere", "--data", str(data), "--out", str(tmp_path / "o")]) == 2
