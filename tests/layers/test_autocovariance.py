from __future__ import annotations

import torch

from visavis.layers.autocovariance import autocovariances

USUAL = torch.full((4, 2), 7.0)


def test_products_of_frames_that_lie_apart_are_averaged() -> None:
    deviations = torch.randn(3, 20, 2, generator=torch.Generator().manual_seed(0))
    found = autocovariances(deviations, None, USUAL)
    for lag in range(4):
        expected = (deviations[:, lag:] * deviations[:, : 20 - lag]).mean((0, 1))
        torch.testing.assert_close(found[lag], expected)


def test_only_pairs_of_which_both_count_are_looked_at() -> None:
    deviations = torch.ones(1, 6, 2)
    counted = torch.tensor([[1, 0, 1, 1, 0, 1], [0, 0, 0, 0, 0, 0]], dtype=torch.bool).T[None]
    spoilt = torch.where(counted, deviations, torch.nan)
    found = autocovariances(spoilt, counted, USUAL)
    assert found[:, 0].tolist() == [1, 1, 1, 1], "what does not count may be anything"
    assert found[:, 1].tolist() == [7, 7, 7, 7], "of a channel of which nothing counts, the usual"
    longer = autocovariances(deviations[:, :2], None, USUAL)
    assert longer[2:, 0].tolist() == [7, 7], "no frames lie so far apart"
