"""together-small, which ships: what it must do on simulated people in one room that it never met."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

import visavis
from visavis.analysis.gaze import angle_to_partner_deg, looks_at_partner
from visavis.analysis.head import head_speed
from visavis.core.clock import FPS, samples_in
from visavis.core.layout import Layout
from visavis.core.motion import Motion
from visavis.data.simulate.colocation.staging import simulate_together
from visavis.data.simulate.simulation import Simulation, Together
from visavis.data.simulate.voices.cast import Casting
from visavis.encode.activity import detect_voice
from visavis.system.generate import generate_batch
from visavis.system.request import Request
from visavis.system.system import System
from visavis.validate.metrics.jerk import jerk_at_joints
from visavis.validate.metrics.lips import jaw_correlation, moving_while_partner_speaks

NAME = "together-small"
LENGTH_S = 50


@dataclass(frozen=True)
class Room:
    """Both voices (S,) and both people, first first."""

    voices: tuple[np.ndarray, np.ndarray]
    people: tuple[Motion, Motion]


@pytest.fixture(scope="module")
def system() -> System:
    return visavis.load(NAME)


@pytest.fixture(scope="module")
def room() -> Room:
    scene = simulate_together(Simulation(93, "test", Casting("mixed"), Together()), 0)
    frames = min(LENGTH_S * FPS, *map(len, scene.motions))
    first, second = (Motion(values[:frames].astype(np.float32), scene.space) for values in scene.motions)
    one, other = (np.asarray(talk.sound, np.float32)[: samples_in(frames)] for talk in scene.talks)
    return Room((one, other), (first, second))


@pytest.fixture(scope="module")
def made(system: System, room: Room) -> tuple[Motion, Motion]:
    places = np.stack([person["translation"][0] for person in room.people])
    first, second = generate_batch(system, [Request.pair(*room.voices, seed=0, places=places)])[0].samples
    return first, second


def test_whoever_speaks_moves_the_lips_and_whoever_listens_does_not(made: tuple[Motion, Motion], room: Room) -> None:
    voices = [detect_voice(voice) for voice in room.voices]
    for one in (0, 1):
        voice, partner = voices[one], voices[1 - one]
        assert jaw_correlation(made[one], room.people[one], voice) >= 0.7
        assert moving_while_partner_speaks(made[one], room.people[one], voice, partner) <= 0.1


def test_they_look_each_other_in_the_eyes_and_away(made: tuple[Motion, Motion]) -> None:
    """Looks away come at random, so that their number and not their moments are those of the truth."""
    for one in (0, 1):
        looks = looks_at_partner(made[one], made[1 - one])
        assert 0.25 <= looks.mean() <= 0.95
        assert np.median(angle_to_partner_deg(made[one], made[1 - one])[looks]) <= 5


def test_eyes_rest_on_what_they_look_at_and_jump(made: tuple[Motion, Motion]) -> None:
    for one in (0, 1):
        past = angle_to_partner_deg(made[one], made[1 - one])
        moves = np.abs(np.diff(past))
        assert (moves < 0.2).mean() >= 0.8
        assert (moves > 3).sum() >= 10
        assert ((past > 6) & (past < 14)).mean() <= 0.2


def test_heads_are_alive_and_stay_where_they_are(made: tuple[Motion, Motion], room: Room) -> None:
    speeds = [np.mean([head_speed(one).mean() for one in people]) for people in (made, room.people)]
    assert 0.6 <= speeds[0] / speeds[1] <= 2
    for one in (0, 1):
        away = np.linalg.norm(made[one]["translation"] - room.people[one]["translation"][0], axis=1)
        assert away.max() <= 0.25


def test_windows_join_without_a_jolt(made: tuple[Motion, Motion], room: Room, system: System) -> None:
    jerks = [jerk_at_joints(made[one], room.people[one], system.frames_per_step) for one in (0, 1)]
    assert np.mean([jerk.peak for jerk in jerks]) <= 1.5


def test_exchanged_voices_and_places_are_exchanged_motion(system: System, room: Room) -> None:
    """But for the noise, which belongs to the place in the list: with none, exactly."""
    frames = 12 * FPS
    mix = (room.voices[0] + room.voices[1])[: samples_in(frames)]
    masks = np.zeros((frames, 2), np.float32)
    masks[: frames // 2, 0] = masks[frames // 2 :, 1] = 1
    layout = Layout.face_to_face(1.2)
    still = system.with_options(temperature=0.0)
    one = still.generate(mix, masks=masks, layout=layout)
    other = still.generate(mix, masks=masks[:, ::-1].copy(), layout=layout.swapped())
    for kept, swapped in zip(one, other[::-1], strict=True):
        np.testing.assert_allclose(kept.values, swapped.values, atol=2e-4)
