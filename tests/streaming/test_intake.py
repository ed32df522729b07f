"""Sound at any sample rate and motion at any frame rate in a session."""

from __future__ import annotations

import numpy as np
import pytest

from tests.small_systems import chunk_for, make
from tests.streaming.echo import Echo, Hand, cheeks, level, told
from visavis.core.builtin_spaces import ARKIT61
from visavis.core.clock import samples_in
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.rate import at_rate
from visavis.core.resampling import at_16_khz
from visavis.streaming.frames import Frames
from visavis.streaming.intake import Arrival, begun
from visavis.streaming.session import Session

RATES = {"user_speech": 48_000, "agent_speech": 24_000, "user_motion": 30}
FORMS = ["timar shipped", "toy of frames", "dualtalk"]


def raw(name: str, seconds: float, rates: dict[str, float]) -> dict[str, np.ndarray]:
    """Noise and motion at rates of their own."""
    draw, system = np.random.default_rng(3), make(name)
    sounds = {one: draw.normal(0, 0.1, round(seconds * rates[one])).astype(np.float32) for one in list(rates)[:2]}
    motion = draw.uniform(0, 0.5, (round(seconds * rates["user_motion"]), system.space.width)).astype(np.float32)
    return {**sounds, "user_motion": motion}


def whole(name: str, given: dict[str, np.ndarray], rates: dict[str, float]) -> np.ndarray:
    """What a session draws of recordings that were resampled as a whole."""
    session = Session(make(name), seed=3, clock=Hand())
    motion = at_rate(Motion(given["user_motion"], make(name).space, rates["user_motion"]), 25)
    sounds = {one: at_16_khz(given[one], int(rates[one])) for one in list(rates)[:2]}
    session.push(**sounds, user_motion=motion)
    session.close()
    return session.pull().values


def push(session: Session, given: dict[str, np.ndarray], rates: dict[str, float], start: float, stop: float) -> None:
    """The inputs of some seconds."""
    cut = {one: items[round(start * rates[one]) : round(stop * rates[one])] for one, items in given.items()}
    session.push(**cut, rate=rates)


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("rates", [RATES, {"user_speech": 44_100, "agent_speech": 8_000, "user_motion": 60}])
def test_however_it_is_cut_a_session_draws_what_it_draws_of_the_whole(name: str, rates: dict[str, float]) -> None:
    given = raw(name, 2.23, rates)
    session, frames = Session(make(name), seed=3, clock=Hand()), []
    cuts = np.sort(np.random.default_rng(5).uniform(0, 2.23, 40))
    for start, stop in zip([0, *cuts], [*cuts, 2.23], strict=True):
        push(session, given, rates, start, stop)
        frames.append(session.pull().values)
    session.close()
    frames.append(session.pull().values)
    expected = whole(name, given, rates)
    assert len(expected) == 55
    np.testing.assert_array_equal(np.concatenate(frames), expected)
    assert (session.counters.late, session.counters.overdue, session.counters.lost_motion) == (0, 0, 0)


def test_a_clock_starts_where_it_is_told() -> None:
    clock = Hand(7.0)
    session = Session(make("toy of frames"), clock=clock)
    for place in (-1, 10**9):
        with pytest.raises(VisavisError):
            session.start(at=place)
    session.start(at=300)
    clock.now += 1
    assert session.now == 16_300


@pytest.mark.parametrize("name", FORMS)
def test_what_comes_at_its_time_is_waited_for_and_never_late(name: str) -> None:
    given, clock = raw(name, 3, RATES), Hand(0.0)
    session = Session(make(name), seed=3, clock=clock)
    session.start()
    frames, waits = [], []
    for tick in range(300):
        clock.now = (tick + 1) / 100
        push(session, given, RATES, tick / 100, (tick + 1) / 100)
        new = session.pull()
        frames.append(new.values)
        waits += [clock.now - (new.first + number) / 25 for number in range(len(new))]
    latency = session.latency
    session.close()
    frames.append(session.pull().values)
    np.testing.assert_array_equal(np.concatenate(frames), whole(name, given, RATES))
    assert (session.counters.late, session.counters.overdue, session.counters.lost_speech) == (0, 0, 0)
    assert session.counters.lost_motion == 0
    assert latency.algorithmic_s < max(waits) <= latency.algorithmic_s + latency.resampling_s + 0.011


def test_the_latency_tells_what_resampling_adds() -> None:
    for rate, added_ms in ((16_000, 0), (48_000, 6.3125), (24_000, 6.3125), (8_000, 12.625)):
        session = Session(Echo(), clock=Hand())
        session.push(user_speech=np.zeros(rate // 10), rate=rate)
        assert session.latency.resampling_s == pytest.approx(added_ms / 1000)
        assert session.latency.total_s == pytest.approx(0.2 + 0.04 + added_ms / 1000)
    for fps, added in ((25, 0.0), (50, 0.0), (60, 0.00667), (30, 0.05333), (24, 0.0833)):
        session = Session(Echo(), clock=Hand())
        session.push(user_motion=Motion(cheeks(3), ARKIT61, fps))
        assert session.latency.resampling_s == pytest.approx(added, abs=5e-4)


@pytest.mark.parametrize("form", ["value", "bytes"])
def test_a_snapshot_amid_a_stream_has_the_same_future_bit_for_bit(form: str) -> None:
    given, session = raw("timar shipped", 3, RATES), Session(make("timar shipped"), seed=3, clock=Hand())
    push(session, given, RATES, 0, 1.237)
    session.pull()
    taken = session.snapshot()
    other = Session(make("timar shipped") if form == "bytes" else taken.system, seed=8, clock=Hand())
    other.restore(taken.to_bytes() if form == "bytes" else taken)
    futures = []
    for one in (session, other):
        push(one, given, RATES, 1.237, 2)
        first = one.pull().values
        one.interrupt(at=samples_in(30))
        push(one, given, RATES, 2, 3)
        one.close()
        futures.append(np.concatenate([first, one.pull().values]))
    assert len(futures[0]) > 50
    np.testing.assert_array_equal(*futures)


def test_what_the_agent_says_after_an_interruption_is_a_recording_of_its_own() -> None:
    voice = np.random.default_rng(0).normal(0, 0.1, 48_000).astype(np.float32)
    fast, plain = Session(Echo(), clock=Hand()), Session(Echo(), clock=Hand())
    for session in (fast, plain):
        session.push(level(40), user_motion=cheeks(40))
    fast.push(agent_speech=voice[:40_000], rate=48_000)
    plain.push(agent_speech=at_16_khz(voice, 48_000)[:13_000])
    for session in (fast, plain):
        session.pull()
        session.interrupt(at=samples_in(8))
    assert fast.push(agent_speech=voice, rate=48_000).start == {"agent_speech": samples_in(8)}
    plain.push(agent_speech=at_16_khz(voice, 48_000))
    futures = []
    for session in (fast, plain):
        session.close()
        futures.append(session.pull())
    assert (futures[0].first, len(futures[0])) == (8, 32)
    np.testing.assert_array_equal(futures[0].values, futures[1].values)


def test_the_end_of_what_was_said_is_heard_where_it_was_said() -> None:
    clock = Hand(0.0)
    session = Session(Echo(), clock=clock)
    tone = np.full(round(24_000 * 0.3), 0.5, dtype=np.float32)
    session.push(level(20), user_motion=cheeks(20))
    placed = session.push(agent_speech=tone, rate=24_000)
    assert (placed.start, placed.end) == ({"agent_speech": 0}, {"agent_speech": 4800})
    clock.now = 0.7
    said = told(session.pull(), "MouthSmileRight")
    assert said[1:7] == pytest.approx(0.5, abs=0.01)
    assert said[7] == pytest.approx(0.25, abs=0.02)
    assert np.abs(said[8:]).max() < 0.01
    later = session.push(agent_speech=tone, rate=24_000)
    assert later.start["agent_speech"] == samples_in(20)


def test_stamps_of_packets_may_be_rounded_and_gaps_begin_a_stream_anew() -> None:
    sound = np.random.default_rng(0).normal(0, 0.1, 44_100).astype(np.float32)
    session, plain = Session(Echo(), clock=Hand()), Session(Echo(), clock=Hand())
    for start in range(0, 22_050, 512):
        stop = min(start + 512, 22_050)
        session.push(user_speech=sound[start:stop], at=round(start * 16_000 / 44_100), rate=44_100)
    session.push(user_speech=sound[22_050:], at=12_000, rate=44_100)
    plain.push(user_speech=at_16_khz(sound[:22_050], 44_100), at=0)
    plain.push(user_speech=at_16_khz(sound[22_050:], 44_100), at=12_000)
    drawn = []
    for one in (session, plain):
        one.push(agent_speech=level(31), user_motion=cheeks(31))
        one.close()
        drawn.append(one.pull())
    assert told(drawn[0], "CheekPuff").tolist() == [1] * 12 + [0] * 7 + [1] * 12
    np.testing.assert_array_equal(drawn[0].values, drawn[1].values)
    assert session.counters.lost_speech == 7


def test_stamps_of_a_camera_may_be_uneven() -> None:
    random = np.random.default_rng(0)
    session, motion = Session(Echo(), clock=Hand()), cheeks(60)
    session.push(level(50), level(50))
    for number in range(60):
        at = max(0, round(number * 16_000 / 30 + random.uniform(-250, 250)))
        placed = session.push(user_motion=motion[number : number + 1], at=at, rate={"user_motion": 30})
        assert placed.start["user_motion"] == round(number * 16_000 / 30)
    session.close()
    assert len(session.pull()) == 50
    assert (session.counters.lost_motion, session.counters.late) == (0, 0)


def test_what_comes_too_late_is_counted_and_out_of_order_refused() -> None:
    clock = Hand(0.0)
    session = Session(Echo(), clock=clock)
    session.push(user_speech=np.full(4800, 0.1), rate=48_000)
    clock.now = 0.5
    assert len(session.pull()) == 10
    placed = session.push(user_speech=np.full(9600, 0.2), at=4800, rate=48_000)
    assert (placed.late, placed.start, placed.end) == (("user_speech",), {"user_speech": 4800}, {"user_speech": 8000})
    assert session.push(user_speech=np.full(4800, 0.2), at=8000, rate=48_000).late == ()
    assert session.counters.late == 1
    with pytest.raises(VisavisError, match="user_speech from sample 9000 on came after user_speech up to sample 9600"):
        session.push(user_speech=np.full(4800, 0.2), at=9000, rate=48_000)
    assert session.push(user_speech=np.full(48, 0.2), at=9600, rate=48_000).end == {"user_speech": 9616}


def test_a_stream_may_change_its_rate() -> None:
    session = Session(Echo(), clock=Hand())
    ends = [
        session.push(user_speech=np.zeros(rate // 10), rate=rate).end["user_speech"]
        for rate in (48_000, 24_000, 16_000, 44_100, 44_100)
    ]
    assert ends == [1600, 3200, 4800, 6400, 8000]


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (44_100.5, "user_speech: a sample rate is a whole number of Hz"),
        ({"user_speech": 100}, "user_speech: a sample rate of 100 Hz is none; possible are 1,000 to 1,000,000 Hz"),
        ({"user_voice": 48_000}, "unknown input of the model 'user_voice'; did you mean 'user_motion'"),
        ({"user_motion": 0}, "a frame rate of 0.0 is none"),
    ],
)
def test_rates_that_cannot_be_are_refused_in_a_line(rate: object, words: str) -> None:
    session = Session(Echo(), clock=Hand())
    with pytest.raises(VisavisError, match=words) as caught:
        session.push(user_speech=np.zeros(10), user_motion=cheeks(1), rate=rate)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    assert session.now is None


def test_signals_come_frame_by_frame() -> None:
    session = Session(make("toy of frames"), clock=Hand())
    chunk = chunk_for(make("toy of frames"), 4)
    with pytest.raises(VisavisError, match="user_speech is motion, the model takes speech"):
        session.push(user_speech=Motion(chunk["user_motion"][0].numpy(), ARKIT61, 30))


def test_a_stream_keeps_little() -> None:
    intake = begun(Arrival(np.zeros(1, np.float32), 48_000.0), 1000, ARKIT61)
    assert intake.lag == 101 + 1000 % 320
    for _ in range(50):
        _, intake = intake.converted(np.zeros(480, np.float32), ARKIT61)
        assert len(intake.state.frames) < 2000
    assert (intake.reached, intake.tolerance) == (1000 + 50 * 160, 1)


def test_days_at_any_rate_do_not_lose_a_sample() -> None:
    clock = Hand(0.0)
    session = Session(Echo(), clock=clock)
    total = 0
    for tick in range(400):
        clock.now = (tick + 1) * 0.25
        sound = np.zeros(11_025, np.float32)
        total += len(sound)
        end = session.push(user_speech=sound, agent_speech=sound, rate=44_100, at=None).end["user_speech"]
        assert end == round(total * 16_000 / 44_100)
        frames: Frames = session.pull()
        assert frames.first % 5 == 0
    assert (session.counters.late, session.counters.overdue) == (0, 0)
