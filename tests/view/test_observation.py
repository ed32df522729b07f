from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from visavis.core.builtin_spaces import COLOCATED78, FLAME56
from visavis.core.clock import FPS, samples_in
from visavis.core.conversation import Person
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.rate import at_rate
from visavis.view.observation import Observation, observed, signals
from visavis.view.performance import still

FRAMES = 100
NOD = (20, 60)


def lively() -> Motion:
    """Nods at `NOD`, a smile from frame 30 on for a second, a blink at 80."""
    motion = still(FRAMES)
    swing = 0.15 * np.sin(np.linspace(0, 2 * np.pi, 17)) ** 2
    for start in NOD:
        motion.values[start : start + 17, motion.space.indices("HeadPitch")] = swing[:, None]
    motion.values[30:55, motion.space.indices("smile")] = 0.6
    motion.values[80:84, motion.space.indices("blink")] = 1.0
    return motion


def speaking(first: int, stop: int) -> np.ndarray:
    voice = np.random.default_rng(0).normal(0, 1e-4, samples_in(FRAMES))
    voice[samples_in(first) : samples_in(stop)] *= 2000
    return voice.astype(np.float32)


def test_events_are_found_in_the_motion() -> None:
    events = observed("agent", Person(motion=lively())).events
    assert events["nod"] == pytest.approx(NOD, abs=2)
    assert events["smile"] == pytest.approx([30], abs=2)
    assert events["blink"] == pytest.approx([80], abs=1)


def test_who_speaks_makes_head_beats_and_no_nods() -> None:
    seen = observed("agent", Person(speaking(50, 100), lively()))
    assert seen.speaking is not None
    assert seen.speaking[60:95].all()
    assert not seen.speaking[:45].any()
    assert seen.events["nod"] == pytest.approx(NOD[:1], abs=2)
    assert seen.events["blink"] == pytest.approx([80], abs=1)


def test_events_do_not_depend_on_the_frame_rate() -> None:
    slow, fast = observed("a", Person(motion=lively())), observed("a", Person(motion=at_rate(lively(), 60)))
    assert fast.frames == slow.frames == FRAMES
    for kind, begins in slow.events.items():
        assert fast.events[kind] == pytest.approx(begins, abs=1)


def test_a_space_without_a_channel_has_no_such_events() -> None:
    assert set(observed("a", Person(motion=Motion(np.zeros((9, FLAME56.width)), FLAME56))).events) == {"nod"}


def test_the_longest_of_what_is_known_counts() -> None:
    assert Observation("a").frames == 0
    assert Observation("a", Person(motion=still(3)), speaking=np.zeros(7, bool)).frames == 7
    assert observed("a", Person(speaking(10, 20))).frames == FRAMES


def test_signals_are_an_opening_and_degrees_at_25_fps() -> None:
    motion = still(30)
    motion.values[:, motion.space.indices("HeadYaw")] = np.pi / 18
    motion.values[:, motion.space.indices("JawOpen")] = 0.5
    found = signals(at_rate(motion, 50))
    assert list(found) == ["jaw", "pitch", "yaw", "roll"]
    assert {len(values) for values in found.values()} == {30}
    np.testing.assert_allclose(found["yaw"], 10, atol=1e-3)
    np.testing.assert_allclose(found["jaw"], 0.5)
    assert "jaw" not in signals(Motion(np.zeros((FPS, COLOCATED78.width)), COLOCATED78))


def test_what_is_not_finite_is_refused() -> None:
    motion = still(5)
    motion.values[3, 0] = np.nan
    with pytest.raises(VisavisError, match="agent's motion: 1 values are NaN"):
        observed("agent", Person(motion=motion))


def test_states_are_seen_at_25_frames_a_second() -> None:
    motion = replace(still(60), fps=50.0, state=np.array(["waiting"] * 30 + ["speaking"] * 30))
    state = observed("agent", Person(motion=motion)).state
    assert state is not None
    assert state.tolist() == ["waiting"] * 15 + ["speaking"] * 15
    assert observed("agent", Person(motion=still(3))).state is None
