import numpy as np
import pytest
import torch

from visavis.analysis.lips import gap_of, has_jaw, has_rounding, jaw_sum, lip_gap, mouth_opening, opening_of, rounding
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.spaces import MotionSpace, space_from_groups, space_named

ARKIT, FLAME = space_named("arkit61"), space_named("flame56")


def test_closed_lips_over_an_open_jaw_are_closed() -> None:
    values = np.zeros((10, ARKIT.width))
    values[:, ARKIT.indices("JawOpen")] = 0.4
    values[5:, ARKIT.indices("MouthClose")] = 0.4
    assert lip_gap(Motion(values, ARKIT)) == pytest.approx([0.4] * 5 + [0.0] * 5)


def test_a_turning_jaw_opens_by_its_angle() -> None:
    values = np.zeros((2, FLAME.width))
    values[1, FLAME.indices("jaw")] = (0.3, 0.0, 0.4)
    assert mouth_opening(Motion(values, FLAME)) == pytest.approx([0, 0.5])
    jawless = space_from_groups("jawless", {"exp": (4, "weight")})
    with pytest.raises(VisavisError, match="no jaw"):
        mouth_opening(Motion(np.zeros((2, 4)), jawless))


def test_only_what_is_known_can_be_read() -> None:
    values = np.zeros((10, ARKIT.width))
    jaw = Motion(values, ARKIT, known=frozenset({"JawOpen"}))
    assert has_jaw(jaw)
    assert not has_rounding(jaw)
    assert not has_jaw(Motion(values, ARKIT, known=frozenset({"MouthFunnel", "MouthPucker"})))
    assert has_rounding(Motion(values, ARKIT))
    assert has_jaw(Motion(np.zeros((3, FLAME.width)), FLAME))
    assert not has_rounding(Motion(np.zeros((3, FLAME.width)), FLAME))


@pytest.mark.parametrize("space", [ARKIT, FLAME])
def test_tensors_of_any_shape_open_as_motion_does(space: MotionSpace) -> None:
    values = np.random.default_rng(0).uniform(0, 0.5, (40, space.width)).astype(np.float32)
    motion, batch = Motion(values, space), torch.from_numpy(values).reshape(2, 20, space.width)
    np.testing.assert_allclose(opening_of(batch, space).flatten().numpy(), mouth_opening(motion), rtol=1e-6)
    np.testing.assert_allclose(gap_of(batch, space).flatten().numpy(), lip_gap(motion), rtol=1e-6)


def test_only_the_jaw_that_counts_is_summed() -> None:
    values = torch.ones(2, 3, ARKIT.width)
    values[..., ARKIT.channels.index("JawOpen")] = torch.arange(6.0).reshape(2, 3)
    every = torch.ones_like(values, dtype=torch.bool)
    assert jaw_sum(values, ARKIT, every).tolist() == [3, 4, 5, 6, 7, 8]
    opening = torch.zeros_like(every)
    opening[:, 1:, ARKIT.channels.index("JawOpen")] = True
    assert jaw_sum(values, ARKIT, opening).tolist() == [1, 2, 4, 5]


def test_round_lips_are_funnelled_and_puckered() -> None:
    values = np.zeros((3, ARKIT.width))
    values[1:, ARKIT.indices("MouthFunnel")] = 0.4
    values[2:, ARKIT.indices("MouthPucker")] = 0.6
    assert rounding(Motion(values, ARKIT)) == pytest.approx([0, 0.2, 0.5])
