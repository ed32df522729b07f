from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from visavis.core.clock import SAMPLE_RATE
from visavis.data.rttm import read_rttm
from visavis.data.simulate.dialogue import talk_through
from visavis.data.simulate.meetings import Activity, two_person_windows
from visavis.data.simulate.plan import plan
from visavis.data.simulate.timing import AMI, Durations, distance, durations, fit, quantile
from visavis.data.simulate.voices.cast import draw_speaker


@pytest.fixture(scope="module")
def simulated_durations() -> Durations:
    talk: list[Activity] = []
    for seed in range(24):
        rng = np.random.default_rng((7, seed))
        sides = talk_through(rng, (draw_speaker(rng, "train"), draw_speaker(rng, "train")), float(rng.uniform(60, 100)))
        first, second = (
            np.array([(item.utterance.start, item.utterance.end) for item in side]).reshape(-1, 2) / SAMPLE_RATE
            for side in sides
        )
        talk.append(Activity((first, second), 100.0))
    return durations(talk)


@pytest.fixture(scope="module")
def real(shared: Path) -> Durations:
    return durations(two_person_windows(read_rttm(shared / "data" / "ami_rttm" / "dev.rttm")))


@pytest.mark.parametrize("kind", ["utterance", "overlap"])
def test_talk_is_timed_like_real_talk(simulated_durations: Durations, real: Durations, kind: str) -> None:
    ours = getattr(simulated_durations, kind)
    assert distance(ours, getattr(real, kind)) < 0.1 + 0.6 / np.sqrt(len(ours)), "0.1 and the noise of a small sample"


def test_silences_are_as_long_as_real_ones(simulated_durations: Durations, real: Durations) -> None:
    """Gaps of the two meeting collections differ by 0.098 themselves, so many planned ones are needed to tell."""
    plans = [plan(np.random.default_rng(seed), AMI, 80.0) for seed in range(1200)]
    planned = np.array([turn.delay_s for turns in plans for turn in turns[1:] if turn.delay_s >= 0])
    assert distance(planned, real.gap) < 0.1
    assert distance(simulated_durations.gap, planned) < 0.09


def test_the_fitted_numbers_come_from_the_recordings(shared: Path) -> None:
    assert fit(two_person_windows(read_rttm(shared / "data" / "ami_rttm" / "train.rttm"))) == AMI


def test_durations_of_a_known_talk() -> None:
    talk = Activity((np.array([[0.0, 2.0], [5.0, 6.0]]), np.array([[1.5, 3.0], [5.2, 5.4]])), 6.0)
    found = durations([talk])
    np.testing.assert_allclose(found.utterance, [2.0, 1.5, 1.0, 0.2])
    np.testing.assert_allclose(found.gap, [2.0])
    np.testing.assert_allclose(found.overlap, [0.5, 0.2])


def test_distance_is_the_largest_difference_of_distributions() -> None:
    assert distance(np.array([1.0, 2.0]), np.array([1.0, 2.0])) == 0
    assert distance(np.array([1.0, 2.0]), np.array([3.0, 4.0])) == 1
    assert distance(np.array([1.0, 3.0]), np.array([2.0, 3.0])) == 0.5


def test_quantiles_lie_on_their_table() -> None:
    assert (quantile(AMI.gap, 0.0), quantile(AMI.gap, 0.5), quantile(AMI.gap, 0.999)) == (AMI.gap[0], 0.83, AMI.gap[-1])
    assert AMI.pause[4] < quantile(AMI.pause, 0.17) < AMI.pause[5]
