from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.validate.rooms import person, restless
from visavis.core.builtin_spaces import ARKIT61, COLOCATED78, COLOCATED_ARKIT
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.validate.metrics.frechet import frechet_distance, paired_frechet_distance
from visavis.validate.metrics.pair_tables import PairClip, column_channels, pair_table, vertex_errors

pytest.importorskip("sklearn", reason="SID needs scikit-learn")
FRAMES = 200
SPEAKING = np.arange(FRAMES) < 80


def shifted(motion: Motion, name: str, by: float | np.ndarray) -> Motion:
    values = motion.values.copy()
    values[:, motion.space.indices(name)] += np.asarray(by, np.float32)
    return Motion(values, motion.space)


def clip(made: Motion, true: Motion) -> PairClip:
    return PairClip(made, true, SPEAKING, restless(FRAMES, 8, second=True), restless(FRAMES, 9, second=True))


def test_columns_are_the_papers() -> None:
    found = column_channels(COLOCATED78)
    assert {name: len(channels) for name, channels in found.items()} == {
        **{"full": 78, "exp": 63, "rot": 12, "eye": 6, "tran": 3}
    }
    arkit = column_channels(COLOCATED_ARKIT)
    assert {name: len(arkit[name]) for name in ("full", "exp", "rot", "eye", "tran")} == {
        **{"full": 67, "exp": 52, "rot": 12, "eye": 6, "tran": 3}
    }
    assert {"JawOpen", "MouthClose"} <= {COLOCATED_ARKIT.channels[i] for i in arkit["lip"]}
    assert "tran" not in column_channels(ARKIT61)


def test_the_truth_has_no_distance_to_itself() -> None:
    true = restless(FRAMES, 1)
    partner = restless(FRAMES, 2, second=True)
    scores = pair_table(PairClip(true, true, SPEAKING, partner, partner))
    zero = {name for name, value in scores.items() if abs(value) < 1e-9}
    assert {name for name in scores if "sid" not in name} == zero


def test_each_error_is_that_of_its_channels_and_moments() -> None:
    true = restless(FRAMES, 1)
    for column, group in (("tran", "translation"), ("eye", "gaze"), ("lip", "articulation")):
        scores = pair_table(clip(shifted(true, group, np.where(SPEAKING, 0.3, 0.1)[:, None]), true))
        assert scores[f"pair_mse_{column}_speaking"] == pytest.approx(0.09, rel=1e-4)
        assert scores[f"pair_mse_{column}_listening"] == pytest.approx(0.01, rel=1e-4)
        assert scores[f"pair_mse_{column}"] == pytest.approx(0.4 * 0.09 + 0.6 * 0.01, rel=1e-4)
        share = len(true.space.indices(group)) / true.space.width
        assert scores["pair_mse_full"] == pytest.approx(share * scores[f"pair_mse_{column}"], rel=1e-4)
    assert scores["pair_mse_rot"] == scores["pair_mse_tran"] == 0


def test_distances_of_distributions_are_those_of_one_and_of_both_people_as_made() -> None:
    made, true = restless(FRAMES, 3), restless(FRAMES, 1)
    one = clip(made, true)
    assert one.partner_made is not None
    assert one.partner_true is not None
    scores = pair_table(one)
    assert scores["pair_fd"] == pytest.approx(frechet_distance(made.values, true.values), rel=1e-6)
    joined = [
        np.hstack(pair) for pair in ((one.partner_made.values, made.values), (one.partner_true.values, true.values))
    ]
    assert scores["pair_pfd"] == pytest.approx(frechet_distance(*joined), rel=1e-6)
    assert scores["pair_fd_speaking"] == pytest.approx(
        frechet_distance(made.values[SPEAKING], true.values[SPEAKING]), rel=1e-6
    )
    same = pair_table(replace(one, partner_made=one.partner_true))
    assert same["pair_pfd"] == pytest.approx(
        paired_frechet_distance(made.values, true.values, one.partner_true.values), rel=1e-6
    )
    assert "pair_pfd" not in pair_table(replace(one, partner_made=None))


def test_variety_is_the_entropy_over_forty_clusters_of_the_truth() -> None:
    true = restless(FRAMES, 1)
    still = Motion(np.tile(true.values[:1], (FRAMES, 1)), true.space)
    assert pair_table(clip(still, true))["pair_sid"] == pytest.approx(0, abs=1e-4)
    own = pair_table(clip(true, true))
    assert 4 < own["pair_sid"] <= np.log2(40)
    assert own["pair_sid_speaking"] <= np.log2(40)


def test_vertices_come_from_a_function_that_is_handed_in() -> None:
    true = restless(FRAMES, 1)
    made = shifted(true, "translation", np.where(SPEAKING, 0.02, 0.0)[:, None])

    def three(motion: Motion) -> np.ndarray:
        return motion["translation"][:, None] + np.arange(9).reshape(1, 3, 3)

    scores = pair_table(clip(made, true), three)
    assert scores["pair_vmse_speaking"] == pytest.approx(3 * 0.02**2, rel=1e-3)
    assert scores["pair_vmse_listening"] == pytest.approx(0, abs=1e-9)
    assert vertex_errors(made, true.cut(0, 50), three).shape == (50,)


def test_half_a_turn_has_two_forms_and_no_error() -> None:
    """Both the truth and what was made change from one form to the other, at other frames."""
    neck, sway = COLOCATED_ARKIT.indices("neck"), 0.01 * np.sin(np.arange(FRAMES))
    true, made = (person(FRAMES, second=True).values.copy() for _ in range(2))
    true[:, neck[1]] = np.pi + sway - 2 * np.pi * (sway > 0)
    made[:, neck[1]] = np.pi + sway + 0.02 - 2 * np.pi * (np.arange(FRAMES) % 3 == 0)
    scores = pair_table(clip(Motion(made, COLOCATED_ARKIT), Motion(true, COLOCATED_ARKIT)))
    assert scores["pair_mse_rot"] == pytest.approx(0.02**2 / 12, rel=1e-2)
    assert scores["pair_fd"] == pytest.approx(0.02**2, rel=1e-2)


def test_little_speech_says_nothing_and_other_spaces_are_refused() -> None:
    true = restless(FRAMES, 1)
    quiet = replace(clip(true, true), speaking=np.arange(FRAMES) < 10)
    assert not any(name.endswith("_speaking") for name in pair_table(quiet))
    other = Motion(np.zeros((FRAMES, ARKIT61.width)), ARKIT61)
    with pytest.raises(VisavisError, match="arkit61 cannot be scored against motion in colocated_arkit"):
        pair_table(PairClip(other, true, SPEAKING))
    with pytest.raises(VisavisError, match="1 frames are common"):
        pair_table(PairClip(true, true.cut(0, 1), SPEAKING))
