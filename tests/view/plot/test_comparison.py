from __future__ import annotations

import numpy as np
import pytest

from visavis.core.builtin_spaces import ARKIT61, COLOCATED78, FLAME56
from visavis.core.clock import FPS, samples_in
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.rate import at_rate
from visavis.view.performance import still
from visavis.view.plot.comparison import compared

FRAMES = 100


def waving(height: float = 0.4) -> Motion:
    """The jaw goes up and down once a second, the head turns with it."""
    motion = still(FRAMES)
    wave = (1 - np.cos(2 * np.pi * np.arange(FRAMES) / FPS)) / 2
    for name in ("JawOpen", "HeadYaw"):
        motion.values[:, ARKIT61.indices(name)[0]] = height * wave
    return motion


def test_a_model_that_moves_half_as_far() -> None:
    _, (same, half) = compared(waving(), {"same": waving(), "half": waving(0.2)})
    assert (same.label, half.label) == ("same", "half")
    assert same.lips == half.lips == pytest.approx(1)
    assert same.distance["pose"].max() == 0
    assert half.speed_ratio["jaw"] == pytest.approx(0.5)
    assert half.distance["pose"].max() == pytest.approx(np.degrees(0.2) / np.sqrt(3), rel=0.01)
    assert half.distance["jaw"].max() == pytest.approx(0.2 / np.sqrt(4), rel=0.01)


def test_who_stands_still_has_no_speed() -> None:
    _, (model,) = compared(waving(), {"still": still(FRAMES)})
    assert model.lips == 0
    assert model.speed_ratio["jaw"] == 0
    assert np.isnan(model.speed_ratio["exp"])
    _, (model,) = compared(still(FRAMES), {"alive": waving()})
    assert model.speed_ratio["jaw"] == np.inf


def test_lips_count_where_the_person_speaks() -> None:
    voice = np.random.default_rng(0).normal(0, 1e-4, samples_in(FRAMES))
    voice[: samples_in(50)] *= 2000
    wrong_in_silence = waving()
    wrong_in_silence.values[60:] *= -1
    _, (heard,) = compared(waving(), {"a": wrong_in_silence}, voice.astype(np.float32))
    _, (unheard,) = compared(waving(), {"a": wrong_in_silence})
    assert heard.lips == pytest.approx(1, abs=0.01)
    assert unheard.lips is not None
    assert unheard.lips < 0.7


def test_rates_and_lengths_are_matched() -> None:
    true, (model,) = compared(at_rate(waving(), 50), {"a": at_rate(waving(), 30).cut(0, 114)})
    assert len(true) == len(model.model) == len(model.distance["exp"]) == 95
    assert true.fps == model.model.fps == FPS
    assert model.lips == pytest.approx(1, abs=0.01)


def test_a_space_without_a_jaw_has_no_lips() -> None:
    motion = Motion(np.zeros((9, COLOCATED78.width)), COLOCATED78)
    assert compared(motion, {"a": motion})[1][0].lips is None


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(VisavisError, match="0 models given"):
        compared(waving(), {})
    with pytest.raises(VisavisError, match="a is in space flame56, the truth in arkit61"):
        compared(waving(), {"a": Motion(np.zeros((FRAMES, FLAME56.width)), FLAME56)})
    with pytest.raises(VisavisError, match="the truth has no frames"):
        compared(still(0), {"a": waving()})
    with pytest.raises(VisavisError, match=r"a lasts 3\.00 s, the truth 4\.00 s"):
        compared(waving(), {"a": still(75)})
    broken = waving()
    broken.values[7, 0] = np.inf
    with pytest.raises(VisavisError, match="a: 1 values are NaN or infinite"):
        compared(waving(), {"a": broken})
