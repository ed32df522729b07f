import numpy as np
import pytest

from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.spaces import space_named
from visavis.validate.reactions import (
    DETECTORS,
    blinks,
    brow_raises,
    detect,
    detects,
    nods,
    score_reaction,
    shakes,
    shows,
    smiles,
)

ARKIT, FLAME = space_named("arkit61"), space_named("flame56")
FRAMES = 1000


def swing(signal: np.ndarray, onset: int, hertz: float, cycles: float, peak_to_peak: float) -> None:
    """A nod as people make it: first down (positive), `cycles` times, in one raised-cosine movement."""
    length = round(25 * cycles / hertz)
    time = np.arange(length) / 25
    signal[onset : onset + length] += peak_to_peak / 2 * (1 - np.cos(2 * np.pi * hertz * time))


def still(space_name: str = "arkit61") -> np.ndarray:
    noise = np.random.default_rng(0).normal(size=(FRAMES, space_named(space_name).width))
    return (0.002 * noise).astype(np.float32)


@pytest.mark.parametrize("hertz", [1.5, 2.0, 3.0])
@pytest.mark.parametrize("cycles", [1, 2, 3])
def test_nods_are_found_where_they_begin(hertz: float, cycles: int) -> None:
    values = still()
    pitch = values[:, ARKIT.indices("HeadPitch")[0]]
    onsets = [100, 300, 420, 700]
    for onset in onsets:
        swing(pitch, onset, hertz, cycles, 0.08)
    found = nods(Motion(values, ARKIT))
    assert len(found) == 4
    assert np.abs(np.array(found) - onsets).max() <= 3


def test_a_rotation_vector_nods_like_named_channels() -> None:
    values = still("flame56")
    swing(values[:, FLAME.indices("pose")[0]], 200, 2.0, 2, 0.1)
    assert nods(Motion(values, FLAME)) == pytest.approx([200], abs=2)


def test_a_slow_look_down_and_a_look_up_are_no_nods() -> None:
    values = still()
    pitch = values[:, ARKIT.indices("HeadPitch")[0]]
    swing(pitch, 100, 0.4, 1, 0.2)
    pitch[400:] += np.linspace(0, 0.3, 600)
    pitch[600:605] += 0.1 * np.arange(5) / 5
    pitch[605:] += 0.1
    assert nods(Motion(values, ARKIT)) == []


def test_a_nod_over_a_drifting_posture_is_found() -> None:
    values = still()
    pitch = values[:, ARKIT.indices("HeadPitch")[0]]
    pitch += 0.15 * np.sin(np.arange(FRAMES) / 25 * 2 * np.pi / 8)
    swing(pitch, 500, 2.0, 2, 0.1)
    assert nods(Motion(values, ARKIT)) == pytest.approx([500], abs=3)


def test_nods_while_speaking_do_not_count() -> None:
    values = still()
    for onset in (100, 500):
        swing(values[:, ARKIT.indices("HeadPitch")[0]], onset, 2.0, 1, 0.1)
    assert nods(Motion(values, ARKIT), np.arange(FRAMES) < 300) == pytest.approx([100], abs=2)


def test_shakes_need_three_swings() -> None:
    values = still()
    yaw = values[:, ARKIT.indices("HeadYaw")[0]]
    swing(yaw, 100, 2.0, 1, 0.15)
    swing(yaw, 400, 2.0, 2, 0.15)
    assert shakes(Motion(values, ARKIT)) == pytest.approx([400], abs=2)
    assert nods(Motion(values, ARKIT)) == []


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


def test_scores_against_a_log_and_against_true_motion_agree() -> None:
    values = still()
    for onset in (100, 500):
        swing(values[:, ARKIT.indices("HeadPitch")[0]], onset, 2.0, 1, 0.1)
    motion = Motion(values, ARKIT)
    assert score_reaction("nod", motion, motion).f1 == 1
    assert score_reaction("nod", motion, [100, 500]).f1 == 1
    assert score_reaction("nod", motion, [100, 800]).f1 == 0.5
    assert score_reaction("nod", Motion(still(), ARKIT), motion).f1 == 0


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
