import numpy as np
import pytest

from tests.analysis.gesturing import FRAMES, still, swing
from visavis.analysis.head_gestures import nods, shakes
from visavis.core.motion import Motion
from visavis.core.spaces import space_named
from visavis.data.simulate.liveliness import RECORDED, HeadManner, continual_movement

ARKIT, FLAME = space_named("arkit61"), space_named("flame56")


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


def test_a_head_that_turns_aside_as_it_dips_does_not_nod() -> None:
    values = still()
    swing(values[:, ARKIT.indices("HeadPitch")[0]], 200, 2.0, 2, 0.1)
    swing(values[:, ARKIT.indices("HeadYaw")[0]], 200, 2.0, 2, 0.15)
    assert nods(Motion(values, ARKIT)) == []


def test_a_dip_that_does_not_come_back_is_no_nod() -> None:
    values = still()
    pitch = values[:, ARKIT.indices("HeadPitch")[0]]
    pitch[200:] += 0.12 * np.clip(np.arange(FRAMES - 200) / 6, 0, 1)
    pitch[207:] -= 0.045 * np.clip(np.arange(FRAMES - 207) / 3, 0, 1)
    assert nods(Motion(values, ARKIT)) == []


@pytest.mark.parametrize("manner", RECORDED)
def test_small_movement_is_hardly_ever_taken_for_nods_or_shakes(manner: HeadManner) -> None:
    """Ten minutes of a listening head that moves like a recorded person's, without any gesture."""
    frames, values = 15_000, np.zeros((15_000, ARKIT.width))
    speed = manner.speed * 0.8 * np.ones((frames, 1)) * (1, 0.45, 1)
    values[:, ARKIT.indices("pose")] = continual_movement(np.random.default_rng(4), manner, speed)
    assert len(nods(Motion(values, ARKIT))) / 10 < 1.0
    assert len(shakes(Motion(values, ARKIT))) / 10 < 0.4


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
