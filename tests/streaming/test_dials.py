from __future__ import annotations

import math
from dataclasses import replace

import pytest

from visavis.core.builtin_spaces import ARKIT61, COLOCATED78, FLAME56
from visavis.core.errors import VisavisError
from visavis.streaming.dials import Dials


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("expressiveness", -0.1),
        ("expressiveness", math.nan),
        ("reactivity", 11.0),
        ("head_motion", 3.1),
        ("blinks_per_minute", 61.0),
        ("eye_contact", 1.1),
    ],
)
def test_a_dial_has_its_range(name: str, value: float) -> None:
    with pytest.raises(VisavisError, match=f"dial {name} lies between"):
        replace(Dials(), **{name: value})  # type: ignore[arg-type]


def test_a_dial_that_nothing_obeys_is_refused() -> None:
    Dials(2.0, 1.5, 0.5, 17.0, 0.7).require_possible(ARKIT61, guidable=True)
    Dials().require_possible(FLAME56, guidable=False)
    Dials(eye_contact=0.5).require_possible(COLOCATED78, guidable=False)
    with pytest.raises(VisavisError, match="dial blinks_per_minute needs channels 'blink', which space flame56"):
        Dials(blinks_per_minute=0.0).require_possible(FLAME56, guidable=True)
    with pytest.raises(VisavisError, match="dial eye_contact needs channels 'gaze', which space flame56"):
        Dials(eye_contact=1.0).require_possible(FLAME56, guidable=True)
    with pytest.raises(VisavisError, match="dial reactivity needs a model that draws with guidance"):
        Dials(reactivity=1.0).require_possible(ARKIT61, guidable=False)
