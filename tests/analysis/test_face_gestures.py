import numpy as np
import pytest

from tests.analysis.gesturing import FRAMES, still
from visavis.analysis.face_gestures import blinks, brow_raises, smiles
from visavis.core.motion import Motion
from visavis.core.spaces import space_named

ARKIT = space_named("arkit61")


def test_smiles_brow_raises_and_blinks_are_told_apart() -> None:
    values = still()
    bump = np.sin(np.linspace(0, np.pi, 40))
    values[200:240, ARKIT.indices("smile")] += 0.5 * bump[:, None]
    values[400:440, ARKIT.indices("brows")] += 0.4 * bump[:, None]
    values[600:606, ARKIT.indices("blink")] += 0.9
    motion = Motion(values, ARKIT)
    assert smiles(motion) == pytest.approx([200], abs=5)
    assert brow_raises(motion) == pytest.approx([400], abs=5)
    assert blinks(motion) == pytest.approx([600], abs=1)


def test_closed_eyes_are_no_blink_and_a_twitch_is_no_smile() -> None:
    values = still()
    values[200:300, ARKIT.indices("blink")] += 0.9
    values[500:503, ARKIT.indices("smile")] += 0.5
    assert blinks(Motion(values, ARKIT)) == []
    assert smiles(Motion(values, ARKIT)) == []


def test_only_smiles_that_begin_while_listening_count() -> None:
    values = still()
    for onset in (200, 600):
        values[onset : onset + 40, ARKIT.indices("smile")] += 0.5
    motion = Motion(values, ARKIT)
    assert smiles(motion, np.arange(FRAMES) < 400) == pytest.approx([200], abs=3)
    assert smiles(motion, np.arange(FRAMES) >= 400) == pytest.approx([600], abs=3)
