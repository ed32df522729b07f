from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pytest
import soundfile

import visavis
from tests.small_systems import make
from tests.streaming.echo import Echo
from tests.wire.sound_world import World
from visavis.core.builtin_spaces import ARKIT61
from visavis.core.errors import VisavisError
from visavis.core.resampling import at_16_khz
from visavis.data.sound import Recording
from visavis.streaming.session import Session
from visavis.wire.live import HeardClock, LiveTalk, Playback
from visavis.wire.outlet import Outlet
from visavis.wire.sink import Frame


class Heard:
    def __init__(self, world: World | None = None) -> None:
        self.frames: list[Frame] = []
        self.when: list[float] = []
        self.closed, self.world = False, world

    def send(self, frame: Frame) -> None:
        self.frames.append(frame)
        self.when.append(self.world.now if self.world else 0.0)

    def close(self) -> None:
        self.closed = True


def noise(seconds: float, rate: int, seed: int = 0) -> Recording:
    return Recording(np.random.default_rng(seed).normal(0, 0.1, round(seconds * rate)).astype(np.float32), rate)


def outlets(sinks: Mapping[str, Heard], fps: float = 25) -> dict[str, Outlet]:
    return {name: Outlet(sink, ARKIT61, fps) for name, sink in sinks.items()}


def test_recordings_of_any_rate_give_the_frames_that_a_whole_session_gives() -> None:
    world, system, sink = World(), make("timar shipped"), Heard()
    user, agent = noise(2.6, 44_100), noise(2.2, 24_000, 1)
    talk = LiveTalk(
        system, outlets({"a": sink}), world, user, agent, seed=4, plays=False, clock=world.clock, sleep=world.sleep
    )
    talk.run()
    session = Session(system, seed=4, clock=lambda: 0.0)
    session.push(at_16_khz(user.samples, 44_100), at_16_khz(agent.samples, 24_000))
    session.close()
    whole = session.pull().values
    assert [frame.number for frame in sink.frames] == list(range(65))
    assert sink.closed
    np.testing.assert_allclose(np.stack([frame.values for frame in sink.frames])[:50], whole[:50], atol=1e-6)
    report = talk.report()
    assert (report.frames, report.sent, report.late, report.counters.late) == (65, {"a": 65}, 0, 0)
    assert not world.streams, "neither a microphone nor a loudspeaker was asked for"


def test_a_microphone_and_the_agents_voice_until_it_is_stopped() -> None:
    world = World(rate=44_100, stops_at=55.0)
    near, far = Heard(world), Heard(world)
    agent = noise(3, 24_000)
    talk = LiveTalk(
        Echo(), outlets({"near": near, "far": far}), world, None, agent, clock=world.clock, sleep=world.sleep
    )
    world.stop = talk.stop
    talk.run()
    report = talk.report()
    assert report.seconds == pytest.approx(5, abs=0.03)
    assert near.closed
    assert far.closed
    assert all(stream.closed for stream in world.streams)
    assert [stream.rate for stream in world.streams] == [44_100, 24_000]
    assert report.sent == {"near": len(near.frames), "far": len(far.frames)}
    assert 110 < len(near.frames) < 125
    assert [frame.number for frame in near.frames] == list(range(len(near.frames)))
    assert report.delay_s == pytest.approx(0.2 + 0.04 + 0.0063 + 0.02, abs=1e-3)
    waits = np.array(near.when) - 50 - np.arange(len(near.when)) / 25
    assert report.delay_s - 0.011 < waits.min()
    assert waits.max() < report.delay_s + 0.03
    assert report.late == 0
    assert 0.02 < report.ready_p50_s < report.ready_p95_s < 0.25
    assert (report.counters.late, report.counters.lost_speech) == (0, 0)
    assert "sent 1" in report.lines[0]


def test_the_agents_voice_is_played_when_its_frames_go_out() -> None:
    world = World()
    agent = Recording(np.linspace(0.1, 0.9, 24_000, dtype=np.float32), 24_000)
    talk = LiveTalk(Echo(), outlets({}), world, None, agent, clock=world.clock, sleep=world.sleep)
    talk.run(2.0)
    played = np.concatenate(world.played)
    begin = int(np.flatnonzero(played)[0])
    assert begin / 24_000 == pytest.approx(talk.delay_s, abs=0.021)
    np.testing.assert_array_equal(played[begin:][: len(agent.samples) - 500], agent.samples[: len(agent.samples) - 500])


@pytest.mark.parametrize("drift", [0.99, 1.01])
def test_a_session_keeps_step_with_a_microphone_whose_clock_is_off(drift: float) -> None:
    world = World(drift=drift)
    sink = Heard(world)
    talk = LiveTalk(Echo(), outlets({"a": sink}), world, clock=world.clock, sleep=world.sleep)
    talk.run(20)
    counters = talk.report().counters
    assert world.now - 50 == pytest.approx(20 / drift, abs=0.5)
    assert (counters.late, counters.lost_speech) == (0, 0)
    assert [frame.number for frame in sink.frames] == list(range(500))


def test_the_clock_of_a_microphone_never_goes_back_nor_far_ahead() -> None:
    world = World()
    clock = HeardClock(world.clock)
    told = []
    for _ in range(20):
        clock.heard(0.01)
        for _ in range(3):
            world.now += 0.004
            told.append(clock())
    assert told == sorted(told)
    assert told[-1] == pytest.approx(0.21)


def test_a_loudspeaker_that_drifts_is_set_right() -> None:
    world = World()
    session = Session(Echo(), clock=world.clock)
    session.start()
    ramp = Recording(np.arange(1, 48_001, dtype=np.float32), 16_000)
    playback = Playback(ramp, session, 0.0)
    world.now += 1
    assert playback.say(160)[0] == 16_001
    world.now += 0.03
    assert playback.say(160)[0] == 16_161, "a little is left alone"
    world.now += 0.1
    assert playback.say(160)[0] == 16_001 + 2080


def test_what_goes_wrong_in_the_thread_of_a_microphone_ends_the_talk_with_its_error() -> None:
    class Broken(World):
        def microphone(self, name, hear):  # type: ignore[no-untyped-def]
            stream = super().microphone(name, hear)
            stream.tick = lambda count: hear(np.full(count, np.nan, np.float32))
            return stream

    world, sink = Broken(), Heard()
    talk = LiveTalk(Echo(), outlets({"a": sink}), world, clock=world.clock, sleep=world.sleep)
    with pytest.raises(VisavisError, match="user_speech: 480 values are NaN"):
        talk.run()
    assert sink.closed
    assert world.streams[0].closed


def test_the_example_sends_frames_and_plays_the_voice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    soundfile.write(tmp_path / "agent.wav", noise(1.5, 24_000).samples, 24_000)
    spec = spec_from_file_location("example_live", Path(__file__).parents[2] / "examples" / "live.py")
    assert spec is not None
    assert spec.loader is not None
    example = module_from_spec(spec)
    spec.loader.exec_module(example)
    monkeypatch.setattr(example, "time", world)
    monkeypatch.setattr(visavis, "Session", partial(Session, clock=world.clock), raising=False)
    sent = example.talk(str(tmp_path / "agent.wav"), f"jsonl:{tmp_path / 'frames.jsonl'}", world, 2.0)
    assert 30 < sent == len((tmp_path / "frames.jsonl").read_text().splitlines())
    played = np.concatenate(world.played)
    assert np.flatnonzero(played)[0] / 24_000 == pytest.approx(0.6, abs=0.02)
    assert all(stream.closed for stream in world.streams)
