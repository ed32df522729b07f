from __future__ import annotations

import numpy as np
import pytest

from visavis.core.errors import VisavisError
from visavis.data.simulate.english import syllables
from visavis.data.simulate.text import Wording
from visavis.data.simulate.voices.repertoire import Repertoire

LONG = Wording(tuple(["banana"] * 6))
SHORT = Wording(("so",))
HAPPY = Wording(("lovely",), happy=True)
ASKING = Wording(("why",), question=True)
STRESSED = Wording(("no", "really"), emphasis=1)
FULL = Repertoire((*[LONG] * 5, *[SHORT] * 5, HAPPY, ASKING, STRESSED), (Wording(("mhm",)),), (Wording(("hahaha",)),))


def test_the_nearest_in_length_is_said() -> None:
    rng = np.random.default_rng(0)
    assert {syllables(FULL.phrase(rng, 18, 0, 0, 0).words) for _ in range(20)} == {syllables(LONG.words)}
    assert {FULL.phrase(rng, 1, 0, 0, 0) for _ in range(20)} == {SHORT}


def test_moods_are_as_asked() -> None:
    rng = np.random.default_rng(0)
    assert FULL.phrase(rng, 5, 1, 0, 0) == HAPPY
    assert FULL.phrase(rng, 5, 0, 1, 0) == ASKING
    assert FULL.phrase(rng, 18, 0, 0, 1) == STRESSED
    assert FULL.backchannel(rng, 9).words == ("mhm",)
    assert FULL.laugh(rng).words == ("hahaha",)


def test_who_has_no_such_line_says_another() -> None:
    rng = np.random.default_rng(0)
    poor = Repertoire((SHORT, HAPPY), (), ())
    assert poor.phrase(rng, 5, 0, 1, 1) == SHORT or poor.phrase(rng, 5, 0, 1, 1) == HAPPY
    assert poor.backchannel(rng, 1) in (SHORT, HAPPY)
    assert poor.laugh(rng) == HAPPY
    with pytest.raises(VisavisError, match="at least one phrase"):
        Repertoire((), (), ())
