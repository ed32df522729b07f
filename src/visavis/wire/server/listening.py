"""What comes of the user: voice and face, from messages to a session; who speaks, and how old it is when it is shown.

Places are samples at 16 kHz of the session, stamps those of the user's clock. S samples, T frames.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from visavis.core.clock import SAMPLE_RATE, samples_in
from visavis.core.contract import StreamingSystem
from visavis.streaming.room_tone import room_tone
from visavis.streaming.session import Session
from visavis.wire.server.arrivals import Arrivals
from visavis.wire.server.face_intake import FaceIntake
from visavis.wire.server.hearing import Detector, Ear
from visavis.wire.server.protocol import (
    LEAST_RATE,
    MOST_RATE,
    Audio,
    Message,
    ProtocolError,
    Reason,
    parse_audio,
    parse_face,
)
from visavis.wire.server.user_clock import UserClock

_LONGEST_PIECE_S = 2
_AWAY = SAMPLE_RATE // 2


class Listening:
    """A user on the way into a session. clock: of the user. ear: who speaks. face: what a camera tells."""

    def __init__(self, session: Session, system: StreamingSystem[Any], detector: Callable[[], Detector]) -> None:
        self._session, self._system, self._detector = session, system, detector
        self.clock, self.ear, self.arrivals = UserClock(), Ear(detector), Arrivals()
        self.face = FaceIntake(system.space, system.mean_face)
        self._far = self._away = False

    def moved(self, session: Session, system: StreamingSystem[Any]) -> Listening:
        """The same user in another session."""
        other = Listening(session, system, self._detector)
        other.arrivals, other.face = self.arrivals, self.face
        other.face.restart()
        return other

    def hear(self, message: Message, came_s: float, muted: bool) -> np.ndarray:
        """A piece of the user's voice; `muted`: it counts as silence. Gives what was taken of it (S,) float32.

        Raises `ProtocolError` for what is no sound at 16 kHz, and for the first piece that comes faster than anybody
        speaks; what follows it is left out, too.
        """
        audio = checked_sound(message)
        if audio.rate != SAMPLE_RATE:
            told = f"the user's voice at {audio.rate} Hz; send it at {SAMPLE_RATE:,}, an AudioContext of that rate does"
            raise ProtocolError(Reason.BAD_RATE, told)
        place = self.clock.place(message.stamp, len(audio.samples), self._session.now or 0)
        before, self._far = self._far, place.far
        if place.far and not before:
            raise ProtocolError(Reason.TOO_MUCH, "the user's voice comes faster than anybody speaks; it is left out")
        if place.far:
            return np.zeros(0, np.float32)
        sound = as_float(audio.samples[place.skip :])
        if not len(sound):
            return sound
        if muted:
            sound = room_tone(place.start, place.start + len(sound))
        self._session.push(user_speech=sound, at=place.start)
        self.ear.hear(sound, place.start, place.fresh)
        self.arrivals.came(message.stamp + len(audio.samples), came_s)
        return sound

    def see(self, message: Message) -> None:
        """Frames of the user's face. Raises `ProtocolError` for what is none, and for stamps in the future."""
        values, now = parse_face(message.body, self.face.channels), self._session.now or 0
        place = self.clock.anchor(message.stamp, now)
        if place > now + SAMPLE_RATE:
            raise ProtocolError(Reason.BAD_VALUE, "a face that is stamped in the future")
        seen = self.face.take(values, place, samples_in(1))
        if seen is not None:
            self._session.push(user_motion=seen.values, at=samples_in(seen.first))

    def wait(self, now: int) -> bool:
        """Time has passed; who has not been heard for half a second does not speak. Whether that begins now."""
        before, self._away = self._away, self.clock.end + _AWAY < now
        if self._away:
            self.ear.quiet()
        return self._away and not before

    def heard(self, stop: int) -> int | None:
        """The sample of the user's clock up to which the user reaches the frames before `stop`; None: not at all."""
        ahead = self._system.interface.input("user_speech").ahead
        return self.clock.heard(samples_in(stop + ahead))


def as_float(samples: np.ndarray) -> np.ndarray:
    """Sound (S,) int16 as float32 in [-1, 1)."""
    return samples.astype(np.float32) / np.float32(32768)


def checked_sound(message: Message) -> Audio:
    """The sound of a message. Raises `ProtocolError` for more than is taken at once, and for rates that none has."""
    audio = parse_audio(message.body)
    if not LEAST_RATE <= audio.rate <= MOST_RATE:
        told = f"sound at {audio.rate} Hz; from {LEAST_RATE:,} to {MOST_RATE:,} Hz is taken"
        raise ProtocolError(Reason.BAD_RATE, told)
    if not 0 < len(audio.samples) <= _LONGEST_PIECE_S * audio.rate:
        seconds = len(audio.samples) / audio.rate
        raise ProtocolError(Reason.TOO_MUCH, f"{seconds:g} s of sound in a message; send pieces of 0.01 to 0.1 s")
    return audio
