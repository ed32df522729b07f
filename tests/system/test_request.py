from __future__ import annotations

import numpy as np
import pytest

from visavis.core.builtin_spaces import ARKIT61
from visavis.core.clock import samples_in
from visavis.core.contract import InputSpec, Interface
from visavis.core.errors import VisavisError
from visavis.core.layout import Layout
from visavis.core.motion import Motion
from visavis.system.request import Request, named_inputs, require_room, with_masks

DYAD = Interface(
    (
        InputSpec("user_speech", "speech"),
        InputSpec("agent_speech", "speech"),
        InputSpec("user_motion", "motion"),
    ),
    hop=5,
    past_frames=0,
)
MIXED = Interface((InputSpec("mix", "speech"), InputSpec("masks", "signal", width=2)), hop=5, past_frames=0)


def voice(frames: int, level: float = 0.1) -> np.ndarray:
    return np.full(samples_in(frames), level, np.float32)


def test_recordings_are_named_in_the_order_in_which_the_model_hears_them() -> None:
    one, other = voice(3), voice(4)
    assert list(named_inputs("m", DYAD, (one, other), {"user_motion": None})) == ["user_speech", "agent_speech"]
    named = named_inputs("m", DYAD, (None, None), {"agent_speech": other, "user_speech": one})
    assert named["user_speech"] is one
    assert named["agent_speech"] is other
    assert named_inputs("m", MIXED, (one, None), {}) == {"mix": one}


def test_what_the_model_does_not_take_is_refused() -> None:
    with pytest.raises(VisavisError, match=r"m hears 1 recordings \(mix\); give each once"):
        named_inputs("m", MIXED, (voice(3), voice(3)), {})
    with pytest.raises(VisavisError, match="unknown input of m 'masks'; known: agent_speech, user_motion, user_speech"):
        named_inputs("m", DYAD, (voice(3), voice(3)), {"masks": np.zeros((3, 2))})
    with pytest.raises(VisavisError, match="give each once"):
        named_inputs("m", DYAD, (voice(3), voice(3)), {"user_speech": voice(3)})


def test_one_recording_of_everybody_is_the_sum_of_both_voices() -> None:
    request = Request.dyad(voice(3, 0.25), voice(4, 0.5), None, seed=0)
    mix = request.value("mix")
    assert isinstance(mix, np.ndarray)
    assert mix.shape == (samples_in(3),)
    assert np.allclose(mix, 0.75)
    assert request.value("masks") is None
    assert request.frames == 3


def test_of_two_who_are_moved_it_is_told_who_speaks_when() -> None:
    rng = np.random.default_rng(0)
    loud = rng.normal(0, 0.1, samples_in(100)).astype(np.float32)
    early, late = np.repeat([1.0, 0.001], samples_in(50)), np.repeat([0.001, 1.0], samples_in(50))
    request = Request.pair((loud * early).astype(np.float32), (loud * late).astype(np.float32)[:-900], seed=0)
    masks, mix = request.value("masks"), request.value("mix")
    assert isinstance(masks, np.ndarray)
    assert isinstance(mix, np.ndarray)
    assert (masks.shape, masks.dtype, len(mix), request.frames) == ((98, 2), np.float32, samples_in(100) - 900, 98)
    assert masks[:45].tolist() == [[1, 0]] * 45
    assert masks[55:].tolist() == [[0, 1]] * 43


def test_two_people_are_where_they_usually_are_unless_it_is_said() -> None:
    request = Request({"mix": voice(5)}, seed=0)
    usual = request.value("places")
    assert isinstance(usual, np.ndarray)
    assert usual.tolist() == [[*Layout.default().translations.ravel().tolist()]] * 5
    there = np.arange(6, dtype=np.float32).reshape(2, 3)
    told = Request.pair(voice(5), voice(6), 0, places=there).value("places")
    assert isinstance(told, np.ndarray)
    assert (told.shape, told.dtype, told[4].tolist()) == ((5, 6), np.float32, [0, 1, 2, 3, 4, 5])
    with pytest.raises(VisavisError, match="m puts nobody into a room, so it takes no layout; leave it out"):
        require_room("m", MIXED)


def test_what_cannot_be_used_is_refused() -> None:
    for values, interface, lesson in (
        (
            {"mix": voice(3), "masks": np.zeros((3, 3))},
            MIXED,
            r"masks must be of shape \(frames, 2\); \(3, 3\) was given",
        ),
        ({"mix": voice(3), "masks": np.full((3, 2), np.nan)}, MIXED, "masks holds NaN or infinite numbers"),
        ({"masks": np.zeros((3, 2))}, MIXED, "m hears mix, which is missing; give it"),
        ({"mix": voice(0)}, MIXED, r"not one common frame \(40 ms\) of everything given"),
        ({"mix": Motion(np.zeros((3, 61)), ARKIT61)}, MIXED, "mix is a speech, motion was given"),
        (
            {"user_speech": voice(3), "agent_speech": voice(3), "user_motion": np.zeros((3, 61))},
            DYAD,
            r"user motion must be a Motion in arkit61; an array of shape \(3, 61\) was given",
        ),
    ):
        with pytest.raises(VisavisError, match=lesson):
            Request(values, seed=0).require_usable("m", interface, ARKIT61)  # type: ignore[arg-type]


def test_what_is_beyond_all_sound_and_motion_is_refused_before_it_is_drawn_from() -> None:
    far = Motion(np.full((3, 61), -1e38, np.float32), ARKIT61)
    shout = (voice(3) * 0 - 32768).astype(np.int16)
    for values, interface, lesson in (
        ({"mix": voice(3, 1e25)}, MIXED, r"mix reaches 1e\+25, at most 10 is taken: sound is in \[-1, 1\]"),
        ({"mix": shout}, MIXED, r"mix reaches 3\.277e\+04, at most 10 is taken: .* divide 16-bit numbers by 32768"),
        ({"mix": voice(3), "masks": np.full((3, 2), 1e30)}, MIXED, r"masks reaches 1e\+30, at most 100 is taken"),
        (
            {"user_speech": voice(3), "agent_speech": voice(3), "user_motion": far},
            DYAD,
            r"user motion reaches 1e\+38, at most 100 is taken: weights of arkit61 are near \[0, 1\], angles in rad",
        ),
    ):
        with pytest.raises(VisavisError, match=lesson):
            Request(values, seed=0).require_usable("m", interface, ARKIT61)
    Request({"mix": voice(3, 10.0)}, seed=0).require_usable("m", MIXED, ARKIT61)


@pytest.mark.usefixtures("heard_masks")
def test_masks_that_nobody_gave_are_heard_in_the_mix() -> None:
    mix, given = voice(6, 0.3), np.zeros((6, 2), np.float32)
    assert list(with_masks(MIXED, {"mix": mix})) == ["mix", "masks"]
    assert with_masks(MIXED, {"mix": mix})["masks"][0].tolist() == [pytest.approx(0.3), 6]
    assert with_masks(MIXED, {"mix": mix, "masks": given})["masks"] is given
    voices = {"user_speech": mix, "agent_speech": mix}
    assert with_masks(DYAD, voices) == voices
    for bad in (mix[None], np.full(640, np.nan, np.float32)):
        assert list(with_masks(MIXED, {"mix": bad})) == ["mix"]


@pytest.fixture
def heard_masks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Masks that tell what they were heard in: its first sample and its frames."""

    def speakers_in(mix: np.ndarray) -> np.ndarray:
        return np.array([[mix[0], len(mix) // samples_in(1)]])

    monkeypatch.setattr("visavis.system.request.speakers_in", speakers_in)
