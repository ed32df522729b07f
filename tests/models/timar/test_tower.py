from __future__ import annotations

import torch

from visavis.models.timar.tower import FrameTower


def test_a_frame_sees_its_neighbours_within_its_turn_only() -> None:
    torch.manual_seed(0)
    tower = FrameTower(features=6, width=8, layers=2)
    x = torch.randn(1, 3, 5, 6, requires_grad=True)
    (gradient,) = torch.autograd.grad(tower(x)[0, 1, 0].sum(), x)
    reached = gradient[0].abs().sum(-1) > 0
    assert reached.tolist() == [[False] * 5, [True, True, True, False, False], [False] * 5]


def test_every_frame_is_treated_alike() -> None:
    torch.manual_seed(0)
    tower = FrameTower(features=6, width=8, layers=1)
    frames = torch.randn(1, 1, 1, 6).expand(1, 2, 7, 6)
    out = tower(frames)
    assert out.shape == (1, 2, 7, 8)
    torch.testing.assert_close(out[:, :, 1:-1], out[:, :, 1:2].expand(-1, -1, 5, -1))
    assert not torch.allclose(out[:, :, 0], out[:, :, 1])


def test_frames_may_be_seen_in_half_precision() -> None:
    torch.manual_seed(0)
    tower = FrameTower(features=6, width=8, layers=2)
    x = torch.randn(2, 3, 5, 6)
    plain = tower(x)
    tower.mixes.bfloat16()
    tower.seen = torch.bfloat16
    half = tower(x)
    assert half.dtype == torch.float32
    assert 0 < (half - plain).abs().max() < 0.02
