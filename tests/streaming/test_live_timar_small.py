"""The model that ships, live: interruptions do not show, and each dial does what it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest

import visavis
from visavis.analysis.gaze import CONTACT_DEG, FORWARD, angle_deg, gaze_directions
from visavis.analysis.head import head_speed
from visavis.analysis.head_gestures import nods
from visavis.core.clock import frames_in, samples_in
from visavis.core.motion import Motion
from visavis.data.shipped import shipped_conversation
from visavis.encode.activity import detect_voice
from visavis.streaming.dials import Dials
from visavis.streaming.room_tone import room_tone
from visavis.streaming.session import Session
from visavis.streaming.snapshot import Snapshot
from visavis.system.system import System

GROUPS = ("exp", "articulation", "jaw", "pose", "gaze")


@dataclass(frozen=True)
class Played:
    """A conversation of 24 s as it was first shown, and the session after it."""

    session: Session
    after: Snapshot
    motion: Motion
    speaking: np.ndarray


@pytest.fixture(scope="module")
def system() -> System:
    return visavis.load("timar-small")


@pytest.fixture(scope="module")
def played(system: System) -> Played:
    session = live(system)
    motion = session.pull().motion
    speaking = detect_voice(shipped_conversation(system.space).agent_speech).speaking[: len(motion)]
    return Played(session, session.snapshot(), motion, speaking)


def live(system: System, seconds: float = 24.0, dials: Dials | None = None, user: bool = True) -> Session:
    inputs = shipped_conversation(system.space)
    session = Session(system, seed=5, rewind_s=60.0, dials=dials, clock=lambda: 0.0)
    samples = round(seconds * 16_000)
    assert inputs.user_motion is not None
    motion = inputs.user_motion.cut(0, frames_in(samples))
    session.push(agent_speech=inputs.agent_speech[:samples])
    if user:
        session.push(inputs.user_speech[:samples], user_motion=motion)
    if not user:
        session.close()
    return session


def steps(motion: Motion) -> dict[str, np.ndarray]:
    """How far each group, and all channels in units of their spread, move from frame to frame."""
    spread = np.maximum(motion.values.std(axis=0), 1e-3)
    moved = {name: motion[name] for name in GROUPS} | {"all": motion.values / spread}
    return {name: np.linalg.norm(np.diff(values, axis=0), axis=1) for name, values in moved.items()}


def test_interruptions_make_no_jump_that_is_not_natural(played: Played) -> None:
    natural = {name: np.quantile(sizes, 0.99) for name, sizes in steps(played.motion).items()}
    spread = np.maximum(played.motion.values.std(axis=0), 1e-3)
    spoken = [k for k in range(30, len(played.motion) - 30) if played.speaking[k - 5 : k + 5].all()]
    for head in np.random.default_rng(1).choice(spoken, 8, replace=False):
        played.session.restore(played.after)
        played.session.interrupt(at=samples_in(int(head)))
        frames = played.session.pull()
        before = played.motion.values[head - 1]
        jump = Motion(np.stack([before, frames.values[0]]), played.motion.space)
        for name in GROUPS:
            assert np.linalg.norm(np.diff(jump[name], axis=0)) <= natural[name], (head, name)
        assert np.linalg.norm((frames.values[0] - before) / spread) <= natural["all"], head
        assert frames.motion["JawOpen"][15:25].mean() < 0.6 * played.motion["JawOpen"][played.speaking].mean()


def change(played: Played, system: System, dials: Dials) -> tuple[Motion, Motion]:
    """What is drawn when the dials were set from the start, beside the usual."""
    return live(system, 12.0, dials).pull().motion, played.motion.cut(0, 300)


@pytest.mark.parametrize("scale", [0.3, 1.6])
def test_expressiveness_scales_feelings_and_not_speech(played: Played, system: System, scale: float) -> None:
    moved, usual = change(played, system, Dials(expressiveness=scale))
    mean = Motion(system.mean_face[None], system.space)
    for name in ("smile", "brows"):
        away = [np.abs(motion[name] - mean[name]).mean() for motion in (moved, usual)]
        assert away[0] / away[1] == pytest.approx(scale, rel=0.25), "weights are kept in [0, 1]"
    assert np.array_equal(moved["articulation"], usual["articulation"])
    assert np.array_equal(moved["pose"], usual["pose"])


@pytest.mark.parametrize("scale", [0.0, 0.5, 2.0])
def test_head_motion_scales_the_head(played: Played, system: System, scale: float) -> None:
    moved, usual = change(played, system, Dials(head_motion=scale))
    assert head_speed(moved).mean() / head_speed(usual).mean() == pytest.approx(scale, abs=0.03 * scale + 1e-3)
    assert np.array_equal(moved["exp"], usual["exp"])


def test_reactivity_makes_the_user_count_more_or_less(system: System) -> None:
    def drawn(reactivity: float | None, user: bool = True) -> np.ndarray:
        motion = live(system, 8.0, Dials(reactivity=reactivity), user).pull().motion
        assert len(motion) == 200
        return motion["exp"]

    strengths = (0.0, None, 2.0, 4.0)
    with_user = [drawn(reactivity) for reactivity in strengths]
    without = [drawn(reactivity, user=False) for reactivity in strengths]
    effects = [float(np.abs(one - other).mean()) for one, other in zip(with_user, without, strict=True)]
    assert effects == sorted(effects)
    away = [float(np.abs(motion - with_user[0]).mean()) for motion in with_user]
    assert away[2] > 1.15 * away[1] > 1.25 * away[0]
    assert away[3] > 1.5 * away[1]
    assert np.array_equal(drawn(1.0), with_user[1])


def test_long_silences_still_blink_when_asked_to(system: System) -> None:
    def blinks(per_minute: float) -> int:
        session = Session(system, clock=lambda: 0.0, dials=Dials(blinks_per_minute=per_minute))
        session.push(room_tone(0, 20 * 16_000), room_tone(0, 20 * 16_000))
        lids = session.pull().motion["blink"].mean(axis=1)
        return int(np.sum((lids[1:] > 0.5) & (lids[:-1] <= 0.5)))

    assert [blinks(rate) for rate in (0.0, 12.0, 30.0)] == [0, 4, 10]


@pytest.mark.parametrize("share", [0.2, 0.8, 1.0])
def test_eye_contact_is_kept_for_the_share_asked_for(played: Played, system: System, share: float) -> None:
    moved, _ = change(played, system, Dials(eye_contact=share))
    away = angle_deg(gaze_directions(moved), FORWARD)
    assert np.mean(away < CONTACT_DEG) == pytest.approx(share, abs=0.05)


def test_a_nod_is_seen_as_a_nod(system: System) -> None:
    quiet = room_tone(0, samples_in(200))
    motions: list[Motion] = []
    for asked in (False, True):
        session = Session(system, clock=lambda: 0.0)
        session.push(quiet[: samples_in(100)], quiet[: samples_in(100)])
        first = session.pull().values
        if asked:
            session.nod()
        session.push(quiet[samples_in(100) :], quiet[samples_in(100) :])
        motions.append(Motion(np.concatenate([first, session.pull().values]), system.space))
    usual, nodding = (nods(motion) for motion in motions)
    assert [frame for frame in nodding if frame not in usual] == [pytest.approx(100, abs=2)]


@pytest.mark.parametrize(
    "move",
    [
        lambda dials: replace(dials, expressiveness=2.0),
        lambda dials: replace(dials, head_motion=0.0),
        lambda dials: replace(dials, blinks_per_minute=15.0),
        lambda dials: replace(dials, eye_contact=1.0),
        lambda dials: replace(dials, reactivity=2.5),
    ],
    ids=["expressiveness", "head_motion", "blinks", "eye_contact", "reactivity"],
)
def test_no_dial_makes_a_jump_when_it_moves(played: Played, system: System, move: Callable[[Dials], Dials]) -> None:
    natural = {name: np.quantile(sizes, 0.99) for name, sizes in steps(played.motion).items()}
    inputs = shipped_conversation(system.space)
    session = Session(system, seed=5, clock=lambda: 0.0)
    values = []
    for start in range(0, 300, 100):
        sound = slice(samples_in(start), samples_in(start + 100))
        assert inputs.user_motion is not None
        motion = inputs.user_motion.cut(start, start + 100)
        session.push(inputs.user_speech[sound], inputs.agent_speech[sound], motion)
        values.append(session.pull().values)
        session.dials = move(session.dials) if session.dials == Dials() else Dials()
    moved = Motion(np.concatenate(values), system.space)
    for name in GROUPS:
        jumps, usual = (steps(motion)[name][99:200:100] for motion in (moved, played.motion))
        assert np.all(jumps <= np.maximum(natural[name], 1.2 * usual)), name
