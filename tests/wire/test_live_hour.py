"""An hour of live conversation with 200 barge-ins, on a clock that is moved by hand: what goes out is what was said.

The same hour with timar-small takes a few minutes: VISAVIS_SOAK_MINUTES=60 pytest tests/wire/test_live_hour.py
"""

from __future__ import annotations

import io
import json
import os
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from tests.streaming.echo import Echo, Hand
from tests.wire.listening import Listener, listener, read_osc
from visavis.core.clock import FPS, SAMPLE_RATE, samples_in
from visavis.core.contract import StreamingSystem
from visavis.core.motion import Motion
from visavis.core.rate import at_rate
from visavis.streaming.frames import Frames
from visavis.streaming.playout import Playout
from visavis.streaming.session import Session
from visavis.system.shipped import load
from visavis.wire.jsonl import JsonLinesSink
from visavis.wire.livelink import LiveLinkSink, decode
from visavis.wire.outlet import Outlet
from visavis.wire.sink import Frame
from visavis.wire.vmc import VmcSink

BARGE_INS_A_MINUTE = 200 / 60
SMALL_MINUTES = float(os.environ.get("VISAVIS_SOAK_MINUTES", "0.5"))


@dataclass
class Told:
    """A sink that keeps what it is sent, and counts what is sent before its time."""

    clock: Hand
    frames: list[Frame] = field(default_factory=list)
    early: int = 0

    def send(self, frame: Frame) -> None:
        self.early += frame.time_s > self.clock.now
        self.frames.append(frame)

    def close(self) -> None: ...


@dataclass
class Said:
    """All frames (T, D) that a session gave; later ones take the place of earlier ones from their first on."""

    values: np.ndarray
    end: int = 0
    taken_back: int = 0

    def put(self, frames: Frames) -> None:
        if len(frames):
            assert frames.first <= self.end, "frames are missing"
            self.taken_back += self.end - frames.first
            self.end = frames.first + len(frames)
            self.values[frames.first : self.end] = frames.values

    @property
    def all(self) -> np.ndarray:
        return self.values[: self.end]


@dataclass
class Talk:
    """A user who speaks all the time and an agent whose speech comes faster than it is said, in bursts.

    Both arrive on a clock that is looked at every 0.2 to 1.8 s. `heads`: the frames from which the user barged in.
    """

    session: Session
    clock: Hand
    minutes: float
    seed: int = 0
    heads: list[int] = field(default_factory=list)

    def run(self, outlets: list[Outlet]) -> Said:
        session, random = self.session, np.random.default_rng(self.seed)
        total = round(self.minutes * 60 * SAMPLE_RATE)
        noise = (0.1 * random.standard_normal(10 * SAMPLE_RATE)).astype(np.float32)
        barge_ins = np.sort(random.uniform(2, self.minutes * 60 - 1, round(BARGE_INS_A_MINUTE * self.minutes)))
        playout, said = Playout(clock=self.clock), Said(np.zeros((total // 640 + FPS, session.pull().space.width)))
        heard, spoken, waiting = 0, 0, list(barge_ins)
        while heard < total:
            self.clock.now = min(self.clock.now + random.uniform(0.2, 1.8), self.minutes * 60)
            until = round(self.clock.now * SAMPLE_RATE)
            session.push(noise[: until - heard], at=heard)
            heard = until
            if waiting and waiting[0] <= self.clock.now:
                waiting.pop(0)
                self.heads.append(playout.head // samples_in(1))
                session.interrupt(at=playout.cut())
                spoken = heard + SAMPLE_RATE // 2
            if spoken < heard < total:
                more = random.uniform(0.2, 1) * noise[: random.integers(SAMPLE_RATE, 8 * SAMPLE_RATE)]
                spoken = session.push(agent_speech=more[: total - heard], at=heard).end["agent_speech"]
            self._show(session.pull(), said, playout, outlets)
        session.close()
        self._show(session.pull(), said, playout, outlets)
        for outlet in outlets:
            outlet.finish()
            outlet.pump(1e9)
        return said

    def _show(self, frames: Frames, said: Said, playout: Playout, outlets: list[Outlet]) -> None:
        said.put(frames)
        playout.put(frames)
        playout.frame()
        for outlet in outlets:
            outlet.push(frames)
            outlet.pump(playout.head / SAMPLE_RATE - 1 / FPS)


def talk(system: StreamingSystem[Any], minutes: float) -> tuple[Session, Talk]:
    clock = Hand(0.0)
    session = Session(system, clock=clock)
    session.start()
    return session, Talk(session, clock, minutes)


def require_stamps(frames: list[Frame], fps: int, total: int) -> None:
    """Every frame once, in order, each at its place on the sound's clock to the last bit."""
    assert [frame.number for frame in frames] == list(range(round(total * fps / FPS)))
    assert {frame.fps for frame in frames} == {fps}
    assert [frame.time_s for frame in frames] == [number / fps for number in range(len(frames))]
    nearest = [(2 * number * SAMPLE_RATE + fps) // (2 * fps) for number in range(len(frames))]
    assert [frame.sample for frame in frames] == nearest


@pytest.mark.parametrize(
    ("system", "minutes"),
    [
        pytest.param(Echo(20), 60.0, id="echo"),
        pytest.param(None, SMALL_MINUTES, id="timar-small"),
    ],
)
def test_an_hour_with_200_barge_ins_goes_out_as_the_session_said_it(
    system: StreamingSystem[Any] | None, minutes: float
) -> None:
    session, conversation = talk(system or load("timar-small"), minutes)
    plain, fast = Told(conversation.clock), Told(conversation.clock)
    space = session.pull().space
    said = conversation.run([Outlet(plain, space, 25), Outlet(fast, space, 30)])
    assert len(conversation.heads) == round(BARGE_INS_A_MINUTE * minutes)
    assert said.end == round(minutes * 60 * FPS)
    assert said.taken_back == session.counters.dropped > 0.5 * len(conversation.heads)
    assert session.counters.lost_speech == session.counters.late == 0
    require_stamps(plain.frames, 25, said.end)
    require_stamps(fast.frames, 30, said.end)
    assert plain.early == fast.early == 0
    low, high = space.limits()
    expected = np.clip(said.all, low, high).astype(np.float32)
    np.testing.assert_array_equal(np.stack([frame.values for frame in plain.frames]), expected)
    whole = np.clip(at_rate(Motion(said.all, space), 30).values, low, high)
    apart = np.abs(np.stack([frame.values for frame in fast.frames]) - whole).max(axis=1)
    places = np.flatnonzero(apart > 1e-5) * FPS / 30
    assert all(any(head - 2 < place < head - 1 for head in conversation.heads) for place in places)


@dataclass
class Wires:
    """A sink before three real ones: what arrives is read back at once."""

    ear: Listener
    lines: io.StringIO
    arrived: list[tuple[float, int, np.ndarray]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.live_link = LiveLinkSink("127.0.0.1", self.ear.port)
        self.vmc = VmcSink("127.0.0.1", self.ear.port)
        self.json = JsonLinesSink(self.lines)

    def send(self, frame: Frame) -> None:
        self.json.send(frame)
        self.live_link.send(frame)
        packet = decode(self.ear.hear(1)[0])
        assert packet is not None
        self.arrived.append((packet.frame / packet.fps + packet.subframe, packet.frame, packet.values))
        self.vmc.send(frame)
        messages: list[tuple[str, list[Any]]] = []
        while not messages or messages[-1][0] != "/VMC/Ext/Blend/Apply":
            messages += read_osc(self.ear.hear(1)[0])
        self.times += [arguments[0] for address, arguments in messages if address == "/VMC/Ext/T"]

    def close(self) -> None:
        self.live_link.close()
        self.vmc.close()


def test_what_arrives_on_every_wire_is_what_the_session_said() -> None:
    session, conversation = talk(Echo(10), 1.0)
    with listener() as ear:
        wires = Wires(ear, io.StringIO())
        outlet = Outlet(wires, Echo.space, 25)
        said = conversation.run([outlet])
        outlet.close()
    assert session.counters.dropped > 0
    assert [number for _, number, _ in wires.arrived] == list(range(said.end)) == list(range(60 * FPS))
    assert [time for time, _, _ in wires.arrived] == [number / FPS for number in range(said.end)]
    np.testing.assert_array_equal(np.stack([values for _, _, values in wires.arrived]), said.all.astype(np.float32))
    np.testing.assert_allclose(wires.times, np.arange(said.end) / FPS, rtol=1e-6)
    lines = [json.loads(line) for line in wires.lines.getvalue().splitlines()]
    assert [(line["frame"], line["sample"]) for line in lines] == [(n, 640 * n) for n in range(said.end)]
    np.testing.assert_allclose([list(line["values"].values()) for line in lines], said.all, atol=1e-6)
