from __future__ import annotations

import numpy as np
import pytest

from tests.streaming.echo import Echo, Hand
from tests.wire.server.listeners import tone
from visavis.streaming.session import Session
from visavis.wire.server.hearing import LoudnessLive
from visavis.wire.server.listening import Listening, as_float, checked_sound
from visavis.wire.server.protocol import Audio, Kind, Message, ProtocolError, audio_body, face_body


def listening(clock: Hand) -> tuple[Session, Listening]:
    session = Session(Echo(hop=1), clock=clock)
    session.start()
    return session, Listening(session, Echo(hop=1), LoudnessLive)


def piece(sound: np.ndarray, stamp: int, rate: int = 16_000) -> Message:
    samples = np.round(sound * 32767).astype(np.int16)
    return Message(Kind.USER_SPEECH, 0, stamp, audio_body(Audio(samples, rate)))


def test_a_voice_goes_to_its_place_and_what_is_muted_is_room_tone() -> None:
    clock = Hand()
    session, user = listening(clock)
    sound = tone(0.04)
    clock.now += 1
    taken = user.hear(piece(sound, 70_000), 1.0, muted=False)
    np.testing.assert_allclose(taken, sound, atol=1e-4)
    assert user.clock.end == 16_640
    assert user.heard(26) == 70_640
    assert user.heard(25) is None
    quiet = user.hear(piece(sound, 70_640), 1.0, muted=True)
    assert np.abs(quiet).max() < 0.01
    assert session.counters.late == 0


def test_what_comes_faster_than_anybody_speaks_is_refused_and_what_comes_twice_is_left_out() -> None:
    _, user = listening(Hand())
    assert len(user.hear(piece(tone(0.04), 0), 0.0, muted=False)) == 640
    assert len(user.hear(piece(tone(0.01), 480), 0.0, muted=False)) == 0
    taken = [user.hear(piece(tone(0.04), 640 * number), 0.0, muted=False) for number in range(1, 75)]
    assert sum(map(len, taken)) + 640 <= 8_000, "a backlog of 3 s: its rest is left out without a word"
    backlog = (user.hear(piece(tone(0.04), 640 * number), 0.0, muted=False) for number in range(75, 150))
    with pytest.raises(ProtocolError, match="faster than anybody speaks"):
        list(backlog)


def test_who_is_not_heard_any_more_does_not_speak() -> None:
    clock = Hand()
    _, user = listening(clock)
    for number in range(25):
        user.hear(piece(tone(0.04), 640 * number), 0.0, muted=False)
        clock.now += 0.04
    assert user.ear.speaking
    user.wait(user.clock.end + 8000)
    assert user.ear.speaking
    user.wait(user.clock.end + 8001)
    assert not user.ear.speaking


def test_in_another_session_the_face_has_the_same_channels() -> None:
    clock = Hand()
    _, user = listening(clock)
    user.face.announce(("JawOpen", "HeadYaw"))
    session, _ = listening(clock)
    moved = user.moved(session, Echo(hop=1))
    moved.see(Message(Kind.USER_FACE, 0, 0, face_body(np.zeros((1, 2), np.float32))))
    assert moved.clock.end == 0
    with pytest.raises(ProtocolError, match="future"):
        moved.see(Message(Kind.USER_FACE, 0, 100_000, face_body(np.zeros((1, 2), np.float32))))


def test_sound_of_impossible_rates_and_lengths_is_refused() -> None:
    for sound, rate, told in (
        (np.zeros(320), 5, "from 8,000 to 48,000 Hz"),
        (np.zeros(320), 96_000, "from 8,000 to 48,000 Hz"),
        (np.zeros(32_001), 16_000, "send pieces"),
        (np.zeros(0), 16_000, "send pieces"),
    ):
        with pytest.raises(ProtocolError, match=told):
            checked_sound(piece(sound, 0, rate))
    assert as_float(np.array([-32768, 16384], np.int16)).tolist() == [-1.0, 0.5]
