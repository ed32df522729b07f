from __future__ import annotations

import numpy as np

from visavis.streaming.blend import BLEND_FRAMES, Blend

BLEND = Blend(10, np.array([-0.5, 0.0]))


def test_it_goes_from_the_offset_to_nothing_without_a_jump() -> None:
    added = np.concatenate([BLEND.offset[None], BLEND.at(10, 20)])
    assert np.array_equal(added[BLEND_FRAMES:], np.zeros_like(added[BLEND_FRAMES:]))
    steps = np.diff(added[:, 0])
    assert np.all(steps >= 0)
    assert steps.max() <= 0.5 * 1.5 / BLEND_FRAMES
    assert steps[0] < 0.5 * steps.max()
    assert not added[:, 1].any()


def test_any_cut_gives_the_same_and_nothing_comes_before_its_start() -> None:
    whole = BLEND.at(0, 30)
    assert np.array_equal(np.concatenate([BLEND.at(0, 13), BLEND.at(13, 17)]), whole)
    assert not whole[:10].any()
