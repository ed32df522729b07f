import numpy as np
import pytest

from tests.analysis.gesturing import still
from visavis.analysis.detectors import DETECTORS, detect, detects, shows
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.spaces import space_named

ARKIT, FLAME = space_named("arkit61"), space_named("flame56")


def test_which_space_shows_what() -> None:
    assert detects("nod", FLAME)
    assert not detects("smile", FLAME)
    assert all(detects(kind, ARKIT) for kind in ("nod", "shake", "smile", "brow raise", "blink"))
    with pytest.raises(VisavisError, match="unknown reaction 'wave'"):
        detect("wave", Motion(still(), ARKIT))


def test_reactions_are_shown_by_what_is_known() -> None:
    space = space_named("arkit61")
    known = frozenset({"MouthSmileLeft", "MouthSmileRight", "EyeBlinkLeft", "HeadYaw", "HeadPitch", "HeadRoll"})
    partly = Motion(still(), space, known=known)
    assert [kind for kind in DETECTORS if shows(kind, partly)] == ["nod", "shake", "smile"]
    assert all(shows(kind, Motion(still(), space)) for kind in DETECTORS)
    flame = space_named("flame56")
    assert not shows("smile", Motion(np.zeros((3, flame.width)), flame))


def test_a_kind_is_detected_by_its_own_detector() -> None:
    values = still()
    values[600:606, ARKIT.indices("blink")] += 0.9
    found = {kind: detect(kind, Motion(values, ARKIT)) for kind in DETECTORS}
    assert found.pop("blink") == pytest.approx([600], abs=1)
    assert found == {"nod": [], "shake": [], "smile": [], "brow raise": []}
