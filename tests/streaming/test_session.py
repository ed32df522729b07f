"""Sessions over every live model: whatever the chunks, the losses and the moments of going back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.dyads import changed
from tests.small_systems import LIVE, chunk_for, make
from tests.streaming.echo import Echo, Hand, cheeks, fed, level, pieces
from visavis.core.builtin_spaces import FLAME56
from visavis.core.clock import samples_in
from visavis.core.errors import VisavisError
from visavis.core.motion import Motion
from visavis.core.steps import Chunk
from visavis.streaming.dials import Dials
from visavis.streaming.playout import Playout
from visavis.streaming.room_tone import room_tone
from visavis.streaming.session import Session
from visavis.system.system import System

FRAMES = 63
every_live_model = pytest.mark.parametrize("name", LIVE)


class Talk:
    """One conversation's input for a system."""

    def __init__(self, system: System, seed: int = 0) -> None:
        chunk = chunk_for(system, FRAMES, seed=seed)
        self.user, self.agent = chunk["user_speech"][0].numpy(), chunk["agent_speech"][0].numpy()
        self.motion = chunk["user_motion"][0].numpy()

    def push(self, session: Session, start: int, stop: int) -> None:
        sound = slice(samples_in(start), samples_in(stop))
        session.push(self.user[sound], self.agent[sound], self.motion[start:stop])

    def all(self, session: Session) -> np.ndarray:
        self.push(session, 0, FRAMES)
        session.close()
        return session.pull().values


@every_live_model
def test_any_chunking_gives_what_the_whole_recording_gives(name: str) -> None:
    system = make(name)
    talk = Talk(system)
    motion = Motion(talk.motion, system.space)
    whole = system.generate(talk.user, talk.agent, motion, seed=7).values
    at_once = talk.all(Session(system, seed=7, clock=Hand()))
    np.testing.assert_allclose(at_once, whole, atol=1e-5)
    session = Session(system, seed=7, clock=Hand())
    chunks = []
    for start, stop in pieces(FRAMES, seed=1):
        sound = slice(samples_in(start), samples_in(stop))
        session.push(user_speech=talk.user[sound][:100], user_motion=talk.motion[start:stop], at=samples_in(start))
        chunks.append(session.pull())
        session.push(agent_speech=talk.agent[sound])
        chunks.append(session.pull())
        session.push(user_speech=talk.user[sound][100:])
        chunks.append(session.pull())
    session.close()
    chunks.append(session.pull())
    assert [chunk.first for chunk in chunks] == np.cumsum([0, *map(len, chunks[:-1])]).tolist()
    np.testing.assert_allclose(np.concatenate([chunk.values for chunk in chunks]), whole, atol=1e-5)


@every_live_model
def test_lost_input_is_the_missing_condition(name: str) -> None:
    system = make(name)
    talk, clock = Talk(system), Hand()
    turn = system.interface.hop
    early, ahead = (abs(system.interface.input(f"{name}_speech").ahead) for name in ("user", "agent"))
    session = Session(system, clock=clock, patience_s=0.05)
    session.push(agent_speech=talk.agent[: samples_in(ahead)])
    first = slice(0, samples_in(turn))
    session.push(user_speech=talk.user[first], user_motion=talk.motion[:turn])
    session.push(agent_speech=talk.agent[samples_in(ahead) : samples_in(ahead + turn)])
    drawn = [session.pull().values]
    for start in (turn + ahead, 2 * turn + ahead):
        session.push(agent_speech=talk.agent[samples_in(start) : samples_in(start + turn)])
        drawn.append(session.pull().values)
    clock.now += 2 * turn / 25 + 0.05
    drawn.append(session.pull().values)
    session.push(talk.user[samples_in(turn) : samples_in(2 * turn)], at=samples_in(turn))
    rest = slice(samples_in(2 * turn), samples_in(3 * turn))
    session.push(talk.user[rest], user_motion=talk.motion[2 * turn : 3 * turn], at=samples_in(2 * turn))
    drawn.append(session.pull().values)
    assert [len(values) for values in drawn] == [turn, early, 0, turn, turn - early]
    chunk = chunk_for(system, FRAMES)
    known = np.ones((1, FRAMES), dtype=bool)
    known[:, turn : 2 * turn] = False
    lost = changed(chunk, dict.fromkeys(("user_speech", "user_motion"), torch.from_numpy(known)))
    expected = system.step(lost, system.init_state(1))[0].sample[0, 0, : 3 * turn].numpy()
    np.testing.assert_allclose(np.concatenate(drawn), expected, atol=1e-5)
    assert (session.counters.late, session.counters.lost_speech, session.counters.lost_motion) == (1, turn, turn)


@every_live_model
def test_a_snapshot_has_the_same_future_bit_for_bit_here_and_elsewhere(name: str) -> None:
    system = make(name)
    talk, clock = Talk(system), Hand()
    session, other = Session(system, seed=3, clock=clock), Session(system, seed=9, clock=Hand())
    talk.push(session, 0, 33)
    session.pull()
    session.dials = Dials(head_motion=0.5)
    session.nod()
    moment = session.snapshot()
    clock.now += 0.01
    talk.push(session, 33, FRAMES)
    first = session.pull()
    session.restore(moment)
    other.restore(moment)
    for each in (session, other):
        talk.push(each, 33, FRAMES)
        again = each.pull()
        assert again.first == first.first
        assert np.array_equal(again.values, first.values)


@every_live_model
def test_reset_begins_anew(name: str) -> None:
    system = make(name)
    talk = Talk(system)
    session = Session(system, seed=3, clock=Hand())
    talk.push(session, 0, FRAMES)
    first = session.pull()
    Talk(system, seed=5).push(session, 0, 10)
    session.reset()
    assert len(session.pull()) == 0
    talk.push(session, 0, FRAMES)
    again = session.pull()
    assert again.first == 0
    assert np.array_equal(again.values, first.values)
    ahead = max(0, *(one.ahead for one in system.interface.inputs))
    assert session.counters.turns == (FRAMES - ahead) // system.interface.hop


@every_live_model
def test_an_interrupted_session_draws_what_one_without_the_speech_draws(name: str) -> None:
    system = make(name)
    talk = Talk(system)
    turn = system.interface.hop
    head = 2 * turn + turn // 2
    session, silent = Session(system, clock=Hand()), Session(system, clock=Hand())
    talk.push(session, 0, FRAMES)
    shown = session.pull().values
    session.interrupt(at=samples_in(head))
    after = session.pull()
    come = FRAMES - system.interface.input("user_speech").ahead
    assert (after.first, after.first + len(after)) == (head, come // turn * turn)
    cut = talk.agent.copy()
    cut[samples_in(head) :] = room_tone(samples_in(head), len(cut))
    silent.push(talk.user, cut, talk.motion)
    expected = silent.pull().values
    gone = slice(head + 8, None)
    np.testing.assert_allclose(after.values[8 : len(expected) - head], expected[gone], atol=1e-5)
    offset = np.abs(shown[head - 1] - expected[head - 1])
    step = np.abs(after.values[0] - shown[head - 1]) - np.abs(expected[head] - expected[head - 1])
    assert np.all(step <= 0.15 * offset + 1e-5)


def test_the_play_head_follows_the_clock() -> None:
    clock = Hand()
    session = Session(Echo(), clock=clock, buffer_s=0.06)
    assert session.play_head == 0
    fed(session, 40)
    assert session.latency.total_s == pytest.approx(0.26)
    assert session.play_head == 0
    clock.now += 0.261
    assert session.play_head == samples_in(1)
    clock.now += 0.4
    assert session.play_head == samples_in(11)
    session.interrupt()
    assert session.pull().first == 11
    clock.now += 60
    assert session.play_head == samples_in(40)


def test_lost_input_does_not_stall_the_picture() -> None:
    clock, random = Hand(), np.random.default_rng(0)
    session, playout = Session(Echo(), clock=clock, patience_s=0.04), Playout(clock=clock, delay_s=0.08)
    session.start()
    arriving: list[tuple[float, int]] = []
    for tick in range(6000):
        if tick % 2 == 0 and tick % 185 >= 37:
            arriving.append((clock.now + 0.02 + 0.1 * random.random() ** 3, 160 * tick))
        for piece in sorted(piece for piece in arriving if piece[0] <= clock.now):
            if piece[1] >= session._state.track("user_speech").end:
                session.push(np.zeros(320), at=piece[1])
            arriving.remove(piece)
        playout.put(session.pull())
        playout.frame()
        clock.now += 0.01
    assert session.counters.overdue > 20, "the line goes dead for 0.37 s again and again"
    assert session.counters.late > 0
    assert playout.counters.shown > 1480
    assert (playout.counters.stalled, playout.counters.dropped) == (0, 0)


def test_a_session_survives_bad_input_and_takes_nothing_of_it() -> None:
    session, other = Session(Echo(), clock=Hand()), Session(Echo(), clock=Hand())
    fed(session, 7)
    good = level(5, 7)
    bad: list[dict[str, object]] = [
        {"user_speech": np.full(10, np.nan)},
        {"user_speech": good, "agent_speech": np.full(10, np.inf)},
        {"user_speech": good, "rate": 48_000.5},
        {"user_speech": good, "rate": {"agent_speech": 24_000, "nobody": 48_000}},
        {"user_speech": good, "user_motion": np.zeros((5, 61)), "rate": {"user_motion": 0}},
        {"user_speech": good, "user_motion": np.zeros((5, 56))},
        {"user_motion": Motion(np.zeros((5, 56)), FLAME56)},
        {"user_speech": good, "at": 640},
        {"agent_speech": good, "user_motion": np.zeros((5, 61)), "at": samples_in(7) - 1},
        {"user_speech": good, "at": -5},
    ]
    for push in bad:
        with pytest.raises(VisavisError):
            session.push(**push)  # type: ignore[arg-type]
    with pytest.raises(VisavisError):
        session.interrupt(at=-1)
    with pytest.raises(VisavisError):
        session.nod(9.0)
    fed(other, 7)
    assert np.array_equal(fed(session, 8, 7).values, fed(other, 8, 7).values)


def test_nothing_goes_into_a_closed_session() -> None:
    session = Session(Echo(), clock=Hand())
    fed(session, 7)
    moment = session.snapshot()
    session.close()
    session.close()
    for call in (
        lambda: session.push(level(1)),
        session.interrupt,
        session.nod,
        session.reset,
        session.start,
        lambda: session.restore(moment),
    ):
        with pytest.raises(VisavisError, match="the session is closed"):
            call()
    assert len(session.pull()) == 2


def test_impossible_options_are_refused() -> None:
    with pytest.raises(VisavisError, match="patience_s is a time of 0 s or more"):
        Session(Echo(), patience_s=-0.1, clock=Hand())
    with pytest.raises(VisavisError, match="dial blinks_per_minute needs"):
        Session(make("dualtalk"), dials=Dials(blinks_per_minute=10.0), clock=Hand())
    session = Session(make("timar mlp head"), clock=Hand())
    with pytest.raises(VisavisError, match="dial reactivity needs"):
        session.dials = Dials(reactivity=2.0)
    assert session.dials == Dials()
    with pytest.raises(VisavisError, match="the snapshot belongs to another system"):
        Session(Echo(), clock=Hand()).restore(session.snapshot())


def test_the_clock_starts_with_the_first_push_or_before() -> None:
    clock = Hand()
    session = Session(Echo(), clock=clock, patience_s=0.0)
    clock.now += 50
    assert len(session.pull()) == 0
    session.start()
    clock.now += 0.2
    assert len(session.pull()) == 5


def test_a_nod_and_dials_begin_with_the_next_drawn_frame() -> None:
    session, plain = Session(Echo(), clock=Hand()), Session(Echo(), clock=Hand())
    assert np.array_equal(fed(session, 20).values, fed(plain, 20).values)
    session.nod(0.2)
    session.dials = Dials(expressiveness=0.0)
    moved, usual = fed(session, 30, 20), fed(plain, 30, 20)
    pitch = moved.motion["HeadPitch"] - usual.motion["HeadPitch"]
    assert pitch.max() == pytest.approx(0.2, rel=0.02)
    assert np.allclose(pitch[15:], 0)
    assert np.allclose(moved.motion["CheekPuff"][10:], 0.1)
    assert abs(moved.motion["CheekPuff"][0, 0] - usual.motion["CheekPuff"][0, 0]) < 0.1


def test_reactivity_draws_with_guidance() -> None:
    session = Session(Echo(), dials=Dials(reactivity=2.0), clock=Hand())
    plain = Session(Echo(guidance=2.0), clock=Hand())
    assert np.array_equal(fed(session, 20).values, fed(plain, 20).values)
    session.dials = Dials()
    assert not np.array_equal(fed(session, 20, 20).values, fed(plain, 20, 20).values)


def test_a_system_that_looks_ahead_further_than_a_step_gives_its_frames_later() -> None:
    session = Session(Delayed(), clock=Hand())
    assert session.latency.algorithmic_s == pytest.approx(0.28)
    session.push(level(20), level(20))
    assert len(session.pull()) == 16
    session.interrupt(at=samples_in(9))
    frames = session.pull()
    assert (frames.first, len(frames)) == (9, 7)
    assert np.allclose(frames.motion["MouthSmileLeft"][:, 0], 0.01 + np.arange(9, 16) / 1000, atol=1e-6)
    assert np.allclose(frames.motion["MouthSmileRight"][7:, 0], 0, atol=2e-4), "silent from frame 9 on"
    session.close()
    assert len(session.pull()) == 4


def test_steps_that_look_ahead_hear_the_silence_of_an_interruption() -> None:
    session, silent = Session(Delayed(), clock=Hand()), Session(Delayed(), clock=Hand())
    session.push(level(40), level(40))
    session.pull()
    session.interrupt(at=samples_in(17))
    after = session.pull()
    voice = level(40)
    voice[samples_in(17) :] = room_tone(samples_in(17), samples_in(40))
    silent.push(level(40), voice)
    assert (after.first, len(after)) == (17, 19)
    np.testing.assert_allclose(after.values[8:], silent.pull().values[25:], atol=1e-6)


class Delayed(Echo):
    """An `Echo` whose frames tell of input up to three frames after them: the last three frames' mean, `JawOpen`."""

    def __init__(self) -> None:
        super().__init__(hop=4)

    @property
    def interface(self):  # type: ignore[no-untyped-def]
        inputs = tuple(replace(one, ahead=3, span=7) for one in super().interface.inputs)
        return replace(super().interface, inputs=inputs)

    def init_state(self, batch, seed=0):  # type: ignore[no-untyped-def]
        nothing = torch.zeros(batch, 0), torch.zeros(batch, 0), torch.zeros(batch, 0, 61)
        return super().init_state(batch, seed), nothing, (torch.zeros(batch, 0) > 0,) * 3

    def step(self, chunk, state):  # type: ignore[no-untyped-def]
        inner, values, known = state
        names = [one.name for one in self.interface.inputs]
        values = [torch.cat([kept, chunk[name]], 1) for kept, name in zip(values, names, strict=True)]
        known = [torch.cat([kept, chunk.known[name]], 1) for kept, name in zip(known, names, strict=True)]
        assert [value.shape[1] for value in values] == [samples_in(7), samples_in(7), 7]
        cuts = [samples_in(4), samples_in(4), 4]
        now = {name: value[:, :cut] for name, value, cut in zip(names, values, cuts, strict=True)}
        told = {name: value[:, :4] for name, value in zip(names, known, strict=True)}
        motion, inner = super().step(Chunk(now, known=told, guidance=chunk.guidance), inner)
        motion.sample[..., self.space.channels.index("JawOpen")] = values[1][:, samples_in(4) :].mean(1)[:, None, None]
        kept = tuple(value[:, cut:] for value, cut in zip(values, cuts, strict=True))
        return motion, (inner, kept, tuple(value[:, 4:] for value in known))


def test_reactivity_keeps_the_context_that_was_chosen() -> None:
    system = make("timar shipped").with_options(context=1)
    talk = Talk(system)
    motion = Motion(talk.motion, system.space)
    expected = system.generate(talk.user, talk.agent, motion, context=1, guidance=1.5).values
    drawn = talk.all(Session(system, dials=Dials(reactivity=1.5), clock=Hand()))
    np.testing.assert_allclose(drawn, expected, atol=1e-5)


def test_a_model_of_whole_recordings_is_refused() -> None:
    with pytest.raises(VisavisError, match=r"draws whole recordings, not live; use System\.generate"):
        Session(make("toy of pairs"))


def test_a_push_says_where_it_put_its_input() -> None:
    clock = Hand()
    session = Session(Echo(), clock=clock, patience_s=0.1)
    put = session.push(level(5), level(7), cheeks(5))
    assert put.start == {"user_speech": 0, "agent_speech": 0, "user_motion": 0}
    assert put.end == {"user_speech": samples_in(5), "agent_speech": samples_in(7), "user_motion": samples_in(5)}
    session.pull()
    put = session.push(level(1)[:100], user_motion=cheeks(2), at=samples_in(6) + 321)
    assert put.start == {"user_speech": samples_in(6) + 321, "user_motion": samples_in(7)}
    assert put.end == {"user_speech": samples_in(6) + 421, "user_motion": samples_in(9)}
    clock.now += 0.5
    assert len(session.pull()) == 5
    put = session.push(agent_speech=level(3), user_speech=level(6, 7), at=samples_in(7) + 1000)
    assert put.late == ("user_speech", "agent_speech")
    assert session.counters.late == 2
    session.interrupt(at=samples_in(11))
    assert session.push(agent_speech=level(1)).start == {"agent_speech": samples_in(11)}
    clock.now += 1.0
    session.pull()
    assert session.push(agent_speech=level(1)).start == {"agent_speech": samples_in(35)}, "where it is of use"


def test_a_voice_that_comes_early_is_not_waited_for() -> None:
    """What is left of the latency is what the user's part takes."""
    waits = [
        Session(make("arig extended"), agent_lead_s=lead, clock=Hand()).latency.algorithmic_s
        for lead in (0.0, 0.04, 0.12, 1.0)
    ]
    assert waits == pytest.approx([0.12, 0.08, 0, 0])
    with pytest.raises(VisavisError, match="agent_lead_s is a time of 0 s or more, -1 was given"):
        Session(make("arig extended"), agent_lead_s=-1)
