from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from visavis.core.errors import VisavisError
from visavis.validate.who_speaks.segmentation import Segmentation, load_segmentation, segmented


def network() -> Segmentation:
    """Random weights of sizes near the real ones."""
    torch.manual_seed(0)
    made = Segmentation()
    filters = made.sincnet.conv1d[0].filterbank
    with torch.no_grad():
        filters.low_hz_.copy_(torch.linspace(50, 6000, 40)[:, None])
        filters.band_hz_.fill_(100)
        filters.window_.copy_(torch.hamming_window(251, periodic=False)[:125])
        filters.n_.copy_(2 * torch.pi * torch.arange(-125, 0.0)[None] / 16000)
    return made.eval()


def test_ten_seconds_are_589_frames_of_seven_sets() -> None:
    with torch.no_grad():
        told = network()(0.1 * torch.randn(1, 160_000))
    assert told.shape == (1, 589, 7)
    assert torch.allclose(told.exp().sum(-1), torch.ones(1, 589), atol=1e-5)


def test_its_filters_pass_their_bands() -> None:
    taps = network().sincnet.conv1d[0].filterbank()[:, 0]
    gains = torch.fft.rfft(taps, 4096).abs()
    middles = 50 + torch.linspace(50, 6000, 40) + 75
    loudest = gains.argmax(-1) * 16000 / 4096
    assert (loudest - torch.cat([middles, middles])).abs().max() < 80


def test_windows_follow_one_another_each_second_and_tell_chances() -> None:
    sound = (0.1 * np.random.default_rng(0).standard_normal(12 * 16000 + 100)).astype(np.float32)
    windows = segmented(network(), sound)
    assert [window.start for window in windows] == [0, 25, 50]
    for window in windows:
        assert window.activity.shape == (250, 3)
        assert (window.activity >= 0).all()
        assert (window.activity.sum(1) <= 2 + 1e-6).all()
    assert segmented(network(), np.zeros(100, np.float32)) == []


def test_weights_are_read_and_other_files_refused(tmp_path: Path) -> None:
    made = network()
    torch.save({"state_dict": made.state_dict()}, tmp_path / "senko_vad.pt")
    again = load_segmentation(tmp_path / "senko_vad.pt")
    sound = 0.1 * torch.randn(1, 160_000)
    assert torch.equal(again(sound), made(sound))
    with pytest.raises(VisavisError, match="no file at"):
        load_segmentation(tmp_path / "nothing.pt")
    (tmp_path / "bad.pt").write_bytes(b"bad")
    with pytest.raises(VisavisError, match=r"holds no segmentation 3\.0"):
        load_segmentation(tmp_path / "bad.pt")
