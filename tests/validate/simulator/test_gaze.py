from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from visavis.core.builtin_spaces import ARKIT61, COLOCATED_ARKIT
from visavis.core.clock import SAMPLES_PER_FRAME
from visavis.core.conversation import Conversation, Event, Person
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.data.motion_files import write_motion
from visavis.data.simulate.store import write_events
from visavis.data.sound import write_sound
from visavis.validate.simulator.gaze import (
    main,
    measure_carriage,
    measure_looks,
    read_rooms,
    recorded_carriage,
    simulated_carriage,
    table,
)

FRAMES = 400
SMALL = 0.01 * np.sin(np.arange(FRAMES) / 5)


def person(z: float, facing: float, aside: np.ndarray, head: np.ndarray) -> Motion:
    """Somebody on the z axis who looks past the partner by angles about y (T,), the head by others (T,) [rad]."""
    values = np.zeros((FRAMES, COLOCATED_ARKIT.width))
    values[:, COLOCATED_ARKIT.indices("translation")] = (0, 1.2, z)
    values[:, COLOCATED_ARKIT.indices("neck")[1]] = facing
    values[:, COLOCATED_ARKIT.indices("pose")[1]] = head
    for eye in COLOCATED_ARKIT.rotations_in("gaze"):
        values[:, eye.channels[1]] = aside - head
    return Motion(values, COLOCATED_ARKIT)


def conversation() -> Conversation:
    """The agent speaks for the first half, looks aside in frames 100 to 200 and 300 to 350; the user never does.

    The head goes half of the way, 5 frames later.
    """
    away = np.zeros(FRAMES)
    away[100:200] = away[300:350] = 0.4
    head = 0.5 * np.concatenate([np.zeros(5), away[:-5]])
    agent, user = person(-0.6, 0.0, away, head), person(0.6, np.pi, np.full(FRAMES, 0.05), SMALL)
    bounds = (("look at partner", 0, 100), ("gaze shift", 100, 200), ("look at partner", 200, 300))
    looks = [Event(kind, 1, start, stop - start) for kind, start, stop in bounds]
    looks += [Event("look at partner", 2, 0, FRAMES), Event("utterance", 1, 0, 200), Event("utterance", 2, 200, 150)]
    sound = np.zeros(FRAMES * SAMPLES_PER_FRAME, dtype=np.float32)
    return Conversation("made", Person(sound, user, 2), Person(sound, agent, 1), tuple(looks))


def test_shares_lengths_and_errors_are_counted() -> None:
    numbers = measure_looks([conversation()]).numbers
    speaking, listening = "looks at the partner while speaking", "looks at the partner while listening"
    assert numbers[speaking] == pytest.approx((100 + 150) / (200 + 150)), "the agent half of it, the user always"
    assert numbers[listening] == pytest.approx((200 + 100) / (200 + 150))
    assert numbers["looks at the partner while both are silent"] == pytest.approx(1.0)
    assert numbers["mutual gaze"] == pytest.approx(250 / 400)
    assert numbers["mutual gaze lasts, mean [s]"] == pytest.approx(4.0), "those that begin and end within"
    assert numbers["a look elsewhere lasts, mean [s]"] == pytest.approx((4 + 2) / 2)
    assert numbers["past the partner's eyes while looking, 95 % [deg]"] == pytest.approx(np.degrees(0.05), abs=1e-3)
    assert numbers["eyes turned in the head, most [deg]"] == pytest.approx(np.degrees(0.4), abs=1e-3)
    assert numbers["head later than gaze, median [ms]"] == pytest.approx(200)


def test_conversations_are_pooled_and_their_spread_is_told() -> None:
    calm = conversation()
    agent = person(-0.6, 0.0, np.zeros(FRAMES), SMALL)
    other = Conversation("calm", calm.user, Person(calm.agent.speech, agent, 1), calm.events)
    looks = measure_looks([calm, other])
    assert looks.numbers["mutual gaze"] == pytest.approx((250 + 400) / 800)
    assert looks.spread["mutual gaze"] == pytest.approx((0.625 + 0.1 * 0.375, 0.625 + 0.9 * 0.375))


def test_head_and_eyes_are_measured_relative_to_the_partner() -> None:
    agent, user = simulated_carriage([conversation()])
    assert agent.head_deg[0] == pytest.approx(np.degrees(0.2 * np.sqrt(0.375 * 0.625)), rel=0.02)
    assert agent.head_deg[1:] == pytest.approx((0, 0), abs=1e-4)
    assert user.head_deg == pytest.approx((np.degrees(0.01) / np.sqrt(2), 0, 0), abs=1e-2)
    assert agent.eccentricity_deg[2] == pytest.approx(np.degrees(0.4), rel=0.01)
    assert agent.speed_deg_s[0] == pytest.approx(0, abs=1e-3)
    still = Motion(np.zeros((50, ARKIT61.width)), ARKIT61)
    with pytest.raises(VisavisError, match="give a recording with both"):
        measure_carriage("still", still)


def test_a_folder_is_measured_by_one_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = conversation()
    for who in (made.agent, made.user):
        assert who.speech is not None
        assert who.motion is not None
        write_sound(who.speech, tmp_path / f"a_speaker{who.number}.wav")
        write_motion(who.motion, tmp_path / f"a_speaker{who.number}.npz")
    write_events(tmp_path / "a_events.json", made.events)
    assert main([str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "| mutual gaze | 0.62 | 0.62-0.62 | .30-.60" in printed
    assert table(measure_looks([made]), simulated_carriage([made]), []) in printed
    lips = Motion(made.agent.motion.values, COLOCATED_ARKIT, known=frozenset({"JawOpen"}))  # type: ignore[union-attr]
    write_motion(lips, tmp_path / "a_speaker1.npz")
    with pytest.raises(VisavisError, match="visavis simulate DIR --colocated"):
        read_rooms(tmp_path)
    assert main([str(tmp_path)]) == 2
    assert main([]) == 2


def test_recorded_people_stand_beside_them(tmp_path: Path) -> None:
    wave = np.sin(np.arange(600) / 9)[:, None] * [3.0, 5.0, 12.0, 2.0, 4.0]
    np.savez(tmp_path / "person.npz", head_eye_deg=wave.astype(np.float32))
    (found,) = recorded_carriage([tmp_path])
    assert found.name == "person"
    assert found.head_deg == pytest.approx((12 / np.sqrt(2), 5 / np.sqrt(2), 3 / np.sqrt(2)), rel=0.05)
    assert found.eyes_deg == pytest.approx((2 / np.sqrt(2), 4 / np.sqrt(2)), rel=0.05)
