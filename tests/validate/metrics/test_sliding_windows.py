from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from visavis.analysis.head import head_speed
from visavis.core.clock import frames_of
from visavis.core.motion import Motion
from visavis.core.spaces import space_named
from visavis.validate.metrics.frechet import frechet_distance
from visavis.validate.metrics.sliding_windows import (
    HOP_S,
    HOPS,
    Drift,
    Stretch,
    drift_of,
    stretch,
    window_scores,
    windows,
)

FLAME = space_named("flame56")
HOP = frames_of(HOP_S)
GROUPS = tuple(FLAME.groups)


def motion(frames: int, seed: int, level: float = 0.2, spread: float = 0.1) -> Motion:
    values = level + spread * np.random.default_rng(seed).normal(size=(frames, FLAME.width))
    return Motion(values.astype(np.float32), FLAME)


def hops_of(whole: Motion) -> list[Stretch]:
    return [stretch(whole.cut(start, start + HOP)) for start in range(0, len(whole), HOP)]


def drift_over(made: Callable[[float], Motion], hops: int = 60, part: int = 12) -> Drift:
    """The drift of a motion whose ten seconds follow from where in the conversation they are, 0 to 1."""
    reference = stretch(motion(20 * HOP, 1))
    tracks = [
        [
            window_scores(one, reference, FLAME, GROUPS)
            for one in windows([stretch(made(number / hops)) for number in range(hops)])
        ]
        for _ in range(2)
    ]
    return drift_of(tracks, part)


def test_windows_added_up_score_like_their_frames() -> None:
    whole, people = motion(8 * HOP, 2, 0.3, 0.2), motion(20 * HOP, 1)
    found = windows(hops_of(whole))
    assert len(found) == 8 - HOPS + 1
    minute = whole.cut(2 * HOP, (2 + HOPS) * HOP)
    scores = window_scores(found[2], stretch(people), FLAME, GROUPS)
    deviations = people["exp"].std(axis=0)
    offsets = (minute["exp"].mean(axis=0) - people["exp"].mean(axis=0)) / deviations
    assert scores["fd_exp"] == pytest.approx(frechet_distance(minute["exp"], people["exp"]), rel=1e-4)
    assert scores["offset_exp"] == pytest.approx(np.sqrt(np.mean(offsets**2)), rel=1e-4)
    assert scores["deviation_exp"] == pytest.approx(2, rel=0.02)
    assert scores["head_speed"] == pytest.approx(head_speed(minute).mean() / head_speed(people).mean(), rel=1e-2)


def test_people_are_at_no_distance_from_themselves() -> None:
    hops = hops_of(motion(HOPS * HOP, 3))
    scores = window_scores(windows(hops)[0], windows(hops)[0], FLAME, GROUPS)
    assert scores["fd_jaw"] == pytest.approx(0, abs=1e-9)
    assert scores["offset_pose"] == 0
    assert scores["deviation_exp"] == scores["head_speed"] == 1


def test_channels_that_people_never_move_have_no_deviation() -> None:
    still = Motion(np.full((HOPS * HOP, FLAME.width), 0.5, np.float32), FLAME)
    moving = windows(hops_of(motion(HOPS * HOP, 4)))[0]
    scores = window_scores(moving, windows(hops_of(still))[0], FLAME, ("jaw",))
    assert scores.keys() == {"fd_jaw"}


def test_what_moves_on_as_it_did_has_ratios_of_one_and_what_drifts_has_not() -> None:
    steady = drift_over(lambda at: motion(HOP, round(1000 * (at % 0.8))))
    assert steady.changes["fd_exp"].ratio.value == pytest.approx(1, abs=0.02)
    drifting = drift_over(lambda at: motion(HOP, round(1000 * (at % 0.8)), 0.2 + 0.3 * at))
    assert drifting.changes["offset_exp"].ratio.value > 3
    low = drifting.changes["offset_exp"].ratio.low
    assert low is not None
    assert low > 3
    fading = drift_over(lambda at: motion(HOP, round(1000 * (at % 0.8)), 0.2, 0.1 * (1 - 0.5 * at)))
    assert fading.changes["deviation_exp"].ratio.value == pytest.approx(0.55 / 0.95, abs=0.05)
    assert fading.changes["head_speed"].ratio.value == pytest.approx(0.55 / 0.95, abs=0.05)


def test_the_same_minutes_at_both_ends_have_a_ratio_of_one_exactly() -> None:
    tracks = [[{"fd_exp": float(n % 9 + 1)} for n in range(49)]]
    found = drift_of(tracks, 18 + HOPS - 5)
    change = found.changes["fd_exp"]
    inside = 18 + HOPS - 5 - HOPS + 1
    assert change.first == pytest.approx(np.mean([n % 9 + 1 for n in range(inside)]))
    assert change.last == pytest.approx(np.mean([n % 9 + 1 for n in range(49 - inside, 49)]))
    assert change.ratio.value == pytest.approx(change.last / change.first)
    assert found.over_time["fd_exp"] == [window["fd_exp"] for window in tracks[0]]
