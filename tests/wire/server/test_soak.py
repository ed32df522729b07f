"""A server with four kinds of clients on a clock that is moved by hand: nothing is missing, nothing grows.

An hour with arig-small takes half an hour: VISAVIS_SOAK_MINUTES=60 pytest tests/wire/server/test_soak.py
"""

from __future__ import annotations

import gc
import os
import tracemalloc
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from tests.streaming.echo import Echo, Hand
from tests.wire.server.listeners import SETTINGS, Guest, guest, hub, tone
from visavis.core.clock import SAMPLE_RATE
from visavis.system.shipped import load
from visavis.wire.server import protocol, records
from visavis.wire.server.hub import Hub
from visavis.wire.server.outbox import Outgoing
from visavis.wire.server.protocol import Kind

MINUTES = float(os.environ.get("VISAVIS_SOAK_MINUTES", "0"))
PIECE = SAMPLE_RATE // 10
VOICE = np.concatenate([tone(1.7), np.zeros(SAMPLE_RATE, np.float32), tone(0.4), np.zeros(4 * SAMPLE_RATE, np.float32)])
LINES = ("yes", "a line of some length", "a line that goes on and on and on for many seconds and does not end at all")


@dataclass
class Account:
    """What one client was sent, checked as it comes: frames and sound follow one another on the agent's clock."""

    frames: int = 0
    sound: int = 0
    heard: int = 0
    missing: int = 0
    taken_back: int = 0
    speeches: int = 0

    def note(self, one: Outgoing) -> None:
        if one.kind is Kind.TAKE_BACK:
            self.taken_back += 1
            self.frames, self.sound = min(self.frames, one.stamp), min(self.sound, one.stamp)
        elif one.kind is Kind.FRAMES:
            body = protocol.parse_frames(one.body)
            assert np.isfinite(body.values).all()
            assert one.stamp >= self.frames, "frames twice"
            self.missing += one.stamp - self.frames
            self.frames = one.stamp + 640 * len(body.values)
            assert self.heard <= (body.heard or self.heard), "it hears what it has heard before"
            self.heard = body.heard or self.heard
        elif one.kind is Kind.AGENT_SPEECH:
            assert one.stamp >= self.sound, "sound twice"
            self.speeches += one.stamp > self.sound
            self.sound = one.stamp + len(protocol.parse_audio(one.body).samples)


@dataclass
class Client:
    """A guest who speaks all the time, in spurts, and keeps an account in place of what it got."""

    guest: Guest
    account: Account

    def speak(self) -> None:
        self.guest.voice(np.roll(VOICE, -self.guest.stamp)[:PIECE])

    def read(self) -> None:
        self.guest.read()
        for one in self.guest.got:
            self.account.note(one)
        self.guest.got.clear()


def client(made: Hub, clock: Hand, random: np.random.Generator) -> Client:
    one = guest(made, clock)
    one.stamp = int(random.integers(len(VOICE)))
    return Client(one, Account())


def restless(made: Client, tick: int, random: np.random.Generator) -> None:
    """Changes its model in the middle of sentences, half-duplex, its echo, and stops the agent."""
    if tick % 70 == 0:
        made.guest.ask(records.Settings(model=("echo", "other")[tick // 70 % 2], half_duplex=bool(random.integers(2))))
    if tick % 110 == 0:
        made.guest.ask(records.Settings(echo_s=float(random.integers(2))))
    if tick % 90 == 0:
        made.guest.ask(records.Interrupt())


def held() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


@pytest.mark.parametrize(
    ("system", "minutes"),
    [
        pytest.param(Echo(), 0.6, id="echo"),
        pytest.param(
            None,
            MINUTES,
            id="arig-small",
            marks=pytest.mark.skipif(not MINUTES, reason="takes long; VISAVIS_SOAK_MINUTES=60 says how long"),
        ),
    ],
)
def test_a_server_goes_on_for_all_who_stay_leave_come_back_and_change_their_minds(
    system: Any | None, minutes: float
) -> None:
    clock, random = Hand(0.0), np.random.default_rng(0)
    used = system or load("arig-small")
    settings = replace(SETTINGS, most=4, longest_s=100_000)
    made = hub(clock, settings, used, load=lambda name: used)  # noqa: ARG005
    steady, away, other = (client(made, clock, random) for _ in range(3))
    passing, gone = client(made, clock, random), 0
    sizes: list[int] = []
    ticks = round(600 * minutes)
    tracemalloc.start()
    try:
        for tick in range(1, ticks + 1):
            clock.now += 0.1
            for one in (steady, other, passing):
                one.speak()
            if tick % 40 == 0:
                steady.guest.ask(records.Say(LINES[tick // 40 % 3]))
                passing.guest.ask(records.Say(LINES[0]))
            if tick % 60 < 40:
                away.speak()
            if tick % 60 == 40:
                away.guest.conversation.detach(away.guest, clock())
            restless(other, tick, random)
            made.round()
            if tick % 60 == 0:
                away.guest.conversation.attach(away.guest)
            for one in (steady, other, passing):
                one.read()
            if tick % 60 < 40:
                away.read()
            if tick % 150 == 0:
                passing.guest.ask(records.Bye())
                made.round()
                assert len(made) == 3
                passing, gone = client(made, clock, random), gone + 1
            if tick % 50 == 0:
                sizes.append(held())
    finally:
        tracemalloc.stop()
    now = 60 * minutes * SAMPLE_RATE
    assert steady.account.missing == 0
    assert steady.account.frames == pytest.approx(now, abs=SAMPLE_RATE)
    assert steady.account.taken_back > minutes, "the user's voice interrupts long lines"
    assert steady.account.speeches > 10 * minutes
    assert away.account.frames == pytest.approx(now, abs=SAMPLE_RATE)
    assert other.account.frames == pytest.approx(now, abs=SAMPLE_RATE)
    assert gone == ticks // 150
    assert all(one.guest.conversation.outbox.ending is None for one in (steady, away, other, passing))
    assert made.metrics.failures._value.get() == 0
    early, late = np.array_split(sizes[len(sizes) // 5 :], 2)
    assert np.mean(late) < np.mean(early) + 1_000_000
