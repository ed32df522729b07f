from __future__ import annotations

import numpy as np
import torch

from visavis.encode.segmentation import (
    SETS,
    SegmentationNetwork,
    in_motion_frames,
    members,
    people_of,
    segmented,
    times_of,
)


def network() -> SegmentationNetwork:
    torch.manual_seed(0)
    return SegmentationNetwork().eval()


def test_ten_seconds_are_589_frames_of_seven_sets() -> None:
    with torch.no_grad():
        told = network()(0.1 * torch.randn(1, 160_000))
    assert told.shape == (1, 589, 7)
    assert torch.allclose(told.exp().sum(-1), torch.ones(1, 589), atol=1e-5)


def test_its_filters_pass_their_bands() -> None:
    filters = network().sincnet.conv1d[0].filterbank
    taps = filters()[:, 0]
    loudest = torch.fft.rfft(taps, 4096).abs().argmax(-1) * 16000 / 4096
    low = 50 + filters.low_hz_[:, 0]
    high = low + 50 + filters.band_hz_[:, 0]
    for half in loudest.chunk(2):
        assert (half >= low - 30).all()
        assert (half <= high + 30).all()


def test_no_gain_changes_what_is_heard() -> None:
    sound = 0.1 * torch.randn(1, 160_000, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        assert torch.allclose(network()(sound), network()(0.2 * sound), atol=1e-2)


def test_sets_tell_people() -> None:
    assert SETS == ((), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2))
    assert members().sum(1).tolist() == [0, 1, 1, 1, 2, 2, 2]
    chances = torch.tensor([0.1, 0.2, 0, 0, 0.7, 0, 0])
    assert torch.allclose(people_of(chances.log()), torch.tensor([0.9, 0.7, 0.0]))


def test_frames_of_motion_lie_between_those_of_the_network() -> None:
    times = times_of(589)
    assert 0 < times[0] < 0.05
    assert 9.9 < times[-1] < 10
    told = in_motion_frames(np.stack([times, np.ones(589)], axis=1))
    assert told.shape == (250, 2)
    assert np.abs(told[1:-1, 0] - (np.arange(1, 249) + 0.5) / 25).max() < 1e-6
    assert (told[:, 1] == 1).all()


def test_windows_tell_chances() -> None:
    told = segmented(network(), (0.1 * np.random.default_rng(0).standard_normal((2, 160_000))).astype(np.float32))
    assert told.shape == (2, 250, 3)
    assert (told >= 0).all()
    assert (told.sum(-1) <= 2 + 1e-6).all()
