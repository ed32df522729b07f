from __future__ import annotations

import itertools

import numpy as np

from visavis.view.people.looks import LOOKS


def test_people_differ_in_measures_hair_and_colours() -> None:
    assert len(LOOKS) == 3
    assert len({look.name for look in LOOKS}) == len(LOOKS)
    for one, other in itertools.combinations(LOOKS, 2):
        assert one.measures != other.measures
        assert one.hair.cover is not other.hair.cover
        assert np.abs(np.subtract(one.tones.plain, other.tones.plain)).max() > 0.08
        assert np.abs(np.subtract(one.cloth, other.cloth)).max() > 0.2


def test_looks_can_be_keys() -> None:
    assert len(set(LOOKS)) == 3
