import numpy as np
import pytest

from visavis.core.errors import VisavisError
from visavis.validate.metrics.frechet import frechet_distance, paired_frechet_distance


def gaussian(mean: np.ndarray, root: np.ndarray, frames: int = 500, seed: int = 0) -> np.ndarray:
    """Frames whose mean and covariance (root' root) are exact."""
    draws = np.random.default_rng(seed).normal(size=(frames, len(mean)))
    white, _ = np.linalg.qr(draws - draws.mean(axis=0))
    return mean + white * np.sqrt(frames - 1) @ root


def test_equal_frames_have_no_distance() -> None:
    frames = np.random.default_rng(0).normal(size=(200, 30)) * 3 + 1
    assert frechet_distance(frames, frames) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(frames, frames[::-1]) == pytest.approx(0, abs=1e-9)


def test_diagonal_gaussians_have_the_closed_form() -> None:
    first = gaussian(np.array([0.0, 1.0, 2.0]), np.diag([1.0, 2.0, 3.0]))
    second = gaussian(np.array([3.0, 1.0, -2.0]), np.diag([2.0, 2.0, 0.5]), frames=300, seed=1)
    assert frechet_distance(first, second) == pytest.approx(9 + 16 + 1 + 0 + 2.5**2, rel=1e-10)


def test_it_agrees_with_a_matrix_square_root() -> None:
    linalg = pytest.importorskip("scipy.linalg")
    generator = np.random.default_rng(2)
    a, b = generator.normal(size=(80, 12)) @ generator.normal(size=(12, 12)), generator.normal(size=(90, 12))
    product = np.cov(a, rowvar=False) @ np.cov(b, rowvar=False)
    expected = (
        np.sum((a.mean(0) - b.mean(0)) ** 2)
        + np.trace(np.cov(a, rowvar=False) + np.cov(b, rowvar=False))
        - 2 * np.trace(linalg.sqrtm(product)).real
    )
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-9)


def test_fewer_frames_than_channels_are_no_trouble() -> None:
    generator = np.random.default_rng(3)
    few, other = generator.normal(size=(10, 56)), generator.normal(size=(12, 56))
    assert np.isfinite(frechet_distance(few, other))
    assert frechet_distance(few, few) == pytest.approx(0, abs=1e-9)


def test_a_standing_face_is_at_the_distance_of_mean_and_spread() -> None:
    target = gaussian(np.zeros(3), np.diag([1.0, 2.0, 3.0]))
    assert frechet_distance(np.ones((500, 3)), target) == pytest.approx(3 + 14)


def test_the_paired_distance_sees_a_lost_relation() -> None:
    partner = np.random.default_rng(4).normal(size=(400, 2))
    target = partner + 0.1
    shuffled = target[::-1]
    assert frechet_distance(shuffled, target) == pytest.approx(0, abs=1e-9)
    assert paired_frechet_distance(shuffled, target, partner) > 0.5
    assert paired_frechet_distance(target, target, partner) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("shapes", [((1, 3), (5, 3)), ((5, 3), (5, 4)), ((5,), (5,))])
def test_what_has_no_covariance_is_refused(shapes: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    with pytest.raises(VisavisError, match="two frames or more"):
        frechet_distance(np.zeros(shapes[0]), np.zeros(shapes[1]))
