import sys

import numpy as np
import pytest

from visavis.core.errors import VisavisError
from visavis.validate.metrics.diversity import clusters_of_group, fit_clusters, require_extra


def corners(counts: list[int]) -> np.ndarray:
    """Frames at the corners of a square, each as often as said."""
    places = np.array([[0, 0], [0, 9], [9, 0], [9, 9]], dtype=np.float32)
    return np.repeat(places, counts, axis=0)


def test_the_entropy_counts_how_evenly_clusters_are_visited() -> None:
    pytest.importorskip("sklearn")
    clusters = fit_clusters(corners([25, 25, 25, 25]), 4)
    assert clusters.entropy(corners([10, 10, 10, 10])) == pytest.approx(2, abs=1e-4)
    assert clusters.entropy(corners([10, 10, 0, 0])) == pytest.approx(1, abs=1e-4)
    assert clusters.entropy(corners([10, 0, 0, 0])) == pytest.approx(0, abs=1e-4)


def test_a_reference_that_stands_still_gives_no_warning_and_one_cluster() -> None:
    pytest.importorskip("sklearn")
    assert fit_clusters(np.ones((30, 3), dtype=np.float32), 10).entropy(corners([5, 5, 0, 0])[:, [0, 1, 1]]) < 1e-4


def test_the_protocol_uses_forty_clusters_for_expressions() -> None:
    assert [clusters_of_group(group) for group in ("exp", "jaw", "pose", "gaze")] == [40, 10, 10, 10]


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setitem(sys.modules, "sklearn.cluster", None)
    with pytest.raises(VisavisError, match=r"needs scikit-learn; install it with: pip install 'visavis\[evaluate\]'"):
        require_extra()
