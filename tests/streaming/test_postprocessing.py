from __future__ import annotations

import numpy as np
import pytest

from visavis.core.builtin_spaces import ARKIT61, FLAME56
from visavis.streaming.dials import Dials
from visavis.streaming.face import Face
from visavis.streaming.gestures import Nod
from visavis.streaming.postprocessing import RAMP_FRAMES, Postprocessing

MEAN = np.full(61, 0.2, dtype=np.float32)
FACE = Face(ARKIT61, MEAN)


def drawn(frames: int = 200) -> np.ndarray:
    return np.random.default_rng(0).uniform(0.1, 0.3, (frames, 61)).astype(np.float32)


def styled(dials: Dials, values: np.ndarray) -> np.ndarray:
    return Postprocessing(dials, seed=0).apply(FACE, values, 0)


def test_usual_dials_leave_the_frames_as_they_are() -> None:
    values = drawn()
    assert np.array_equal(styled(Dials(), values), values)


@pytest.mark.parametrize(("name", "moved"), [("expressiveness", FACE.expression), ("head_motion", FACE.head)])
@pytest.mark.parametrize("scale", [0.0, 0.5, 2.0])
def test_a_scale_acts_about_the_mean_on_its_own_channels(name: str, moved: np.ndarray, scale: float) -> None:
    values = drawn()
    after = styled(Dials(**{name: scale}), values)
    assert np.allclose(after[:, moved] - 0.2, scale * (values[:, moved] - 0.2), atol=1e-6)
    others = np.setdiff1d(np.arange(61), moved)
    assert np.array_equal(after[:, others], values[:, others])


def test_expressiveness_leaves_speech_alone() -> None:
    values = drawn()
    spoken = ARKIT61.indices("articulation")
    assert np.array_equal(styled(Dials(expressiveness=0.0), values)[:, spoken], values[:, spoken])


def test_blinks_replace_the_models_lids() -> None:
    values, lids = drawn(1500), ARKIT61.indices("blink")
    natural = styled(Dials(blinks_per_minute=20.0), values)[:, lids]
    assert np.sum((natural[1:, 0] > 0.9) & (natural[:-1, 0] <= 0.9)) in (19, 20, 21)
    assert np.array_equal(natural[:, 0], natural[:, 1])
    assert np.allclose(styled(Dials(blinks_per_minute=0.0), values)[:, lids], 0.2)


def test_eye_contact_turns_the_eyes_against_head_and_nod() -> None:
    values = np.zeros((40, 61), dtype=np.float32)
    nod = Postprocessing(Dials(eye_contact=1.0), 0).with_nod(Nod(5, FACE.pitch, 0.2)).apply(FACE, values, 0)
    head, eye = (nod[:, ARKIT61.channels.index(name)] for name in ("HeadPitch", "LeftEyePitch"))
    assert head.max() == pytest.approx(0.2, rel=0.02)
    assert np.allclose(head, -eye, atol=1e-6)


def test_a_dial_that_moves_fades_in_and_any_cut_gives_the_same() -> None:
    postprocessing = (
        Postprocessing(Dials(), 0).with_dials(Dials(head_motion=3.0), 50).with_dials(Dials(head_motion=0.0), 54)
    )
    values = np.tile(np.full(61, 0.4, dtype=np.float32), (100, 1))
    whole = postprocessing.apply(FACE, values, 0)
    head = whole[:, FACE.pitch]
    assert np.array_equal(head[:50], values[:50, FACE.pitch])
    assert np.allclose(head[54 + RAMP_FRAMES :], 0.2)
    assert np.abs(np.diff(head)).max() < 0.6 * 1.5 / RAMP_FRAMES, "from 3 to 0 times 0.2, at the ramp's steepest"
    cut = [postprocessing.apply(FACE, values[start : start + 3], start) for start in range(0, 99, 3)]
    assert np.array_equal(np.concatenate(cut), whole[:99])
    later = postprocessing.without_before(60)
    assert np.allclose(later.apply(FACE, values[60:], 60), whole[60:])
    assert [change.start for change in later.changes] == [54]
    assert postprocessing.without_before(64).changes == ()
    assert postprocessing.without_before(64).newest == postprocessing.newest


def test_dials_set_twice_before_a_frame_is_drawn_count_once() -> None:
    postprocessing = (
        Postprocessing(Dials(), 0).with_dials(Dials(head_motion=3.0), 50).with_dials(Dials(head_motion=0.5), 50)
    )
    assert [change.dials.head_motion for change in postprocessing.changes] == [0.5]


def test_nods_work_in_a_space_of_axis_angles_and_are_forgotten() -> None:
    face = Face(FLAME56, np.zeros(56, dtype=np.float32))
    nod = Nod(0, face.pitch, 0.1)
    postprocessing = Postprocessing(Dials(), 0).with_nod(nod)
    moved = postprocessing.apply(face, np.zeros((20, 56), dtype=np.float32), 0)
    assert np.flatnonzero(np.abs(moved).max(axis=0) > 1e-6).tolist() == [FLAME56.channels.index("pose_0")]
    assert postprocessing.without_before(nod.end - 1).nods == (nod,)
    assert postprocessing.without_before(nod.end).nods == ()
