from __future__ import annotations

from fractions import Fraction

import numpy as np

from visavis.core.builtin_spaces import ARKIT61
from visavis.wire.sink import Frame


def test_a_stamp_is_exact_on_the_clock_of_the_sound() -> None:
    values = np.zeros(ARKIT61.width)
    assert Frame(25, Fraction(25), values, ARKIT61).sample == 16000
    late = Frame(60 * 3600 * 10, Fraction(60), values, ARKIT61)
    assert (late.time_s, late.sample) == (36000.0, 36000 * 16000)
    assert Frame(1, Fraction(30), values, ARKIT61).sample == 533
    assert len(late.motion) == 1
