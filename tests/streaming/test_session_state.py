"""What a session does with time, shown on a system whose frames tell what they were made of."""

from __future__ import annotations

import numpy as np
import pytest

from tests.streaming.echo import Echo, Hand, cheeks, fed, level, told
from visavis.core.clock import samples_in
from visavis.core.errors import VisavisError
from visavis.streaming.dials import Dials
from visavis.streaming.room_tone import room_tone
from visavis.streaming.session import Session

USER, AGENT, CHEEK, HEARD, SEEN = "MouthSmileLeft", "MouthSmileRight", "BrowInnerUp", "CheekPuff", "NoseSneerLeft"
LEVELS = 0.01 + np.arange(100) / 1000


def live(patience_s: float = 0.1, **options: float) -> tuple[Session, Hand]:
    clock = Hand()
    return Session(Echo(), clock=clock, patience_s=patience_s, **options), clock  # type: ignore[arg-type]


def test_each_frame_is_made_of_its_own_input() -> None:
    session, _ = live()
    frames = fed(session, 23)
    assert (frames.first, len(frames)) == (0, 20)
    for name in (USER, AGENT, CHEEK):
        assert np.allclose(told(frames, name), LEVELS[:20], atol=1e-6)
    more = fed(session, 10, start=23)
    assert (more.first, more.stamp, len(more)) == (20, samples_in(20), 10)
    assert np.allclose(told(more, USER), LEVELS[20:30], atol=1e-6)


def test_a_step_waits_for_its_end_and_the_patience_and_no_longer() -> None:
    session, clock = live()
    session.push(level(5), level(5), cheeks(5))
    assert len(session.pull()) == 5
    session.push(agent_speech=level(5, 5))
    clock.now = 100 + 0.4 + 0.0999
    assert len(session.pull()) == 0
    clock.now = 100 + 0.4 + 0.1
    frames = session.pull()
    assert len(frames) == 5
    assert told(frames, HEARD).tolist() == told(frames, SEEN).tolist() == [0] * 5
    assert np.allclose(told(frames, AGENT), LEVELS[5:10], atol=1e-6)
    assert (session.counters.overdue, session.counters.lost_speech, session.counters.lost_motion) == (1, 5, 5)


def test_what_is_partly_there_is_used() -> None:
    session, clock = live()
    session.push(level(3), level(4), cheeks(2))
    clock.now += 0.3
    frames = session.pull()
    assert told(frames, HEARD).tolist() == [1, 1, 1, 0, 0]
    assert told(frames, SEEN).tolist() == [1, 1, 0, 0, 0]
    assert np.allclose(told(frames, AGENT), [*LEVELS[:4], 0], atol=2e-4)


def test_what_stays_away_is_not_waited_for_a_second_time() -> None:
    session, clock = live()
    fed(session, 5)
    clock.now = 100 + 0.5
    session.push(level(5, 5), user_motion=cheeks(5, 5))
    assert len(session.pull()) == 5, "the agent said nothing for a step"
    session.push(level(5, 10), user_motion=cheeks(5, 10))
    assert len(session.pull()) == 5, "so the next is drawn when the user is there"
    session.push(level(5, 15), level(3, 15), cheeks(5, 15))
    assert len(session.pull()) == 0, "until the agent speaks again"


def test_motion_is_waited_for_once_it_came() -> None:
    session, _ = live()
    session.push(level(5), level(5))
    assert len(session.pull()) == 5
    session.push(level(5, 5), level(5, 5), cheeks(1, 5), at=samples_in(5))
    assert len(session.pull()) == 0


def test_without_the_user_the_clock_leads() -> None:
    session, clock = live()
    session.push(agent_speech=level(100))
    clock.now += 0.3
    assert len(session.pull()) == 5
    clock.now += 0.1
    assert len(session.pull()) == 5
    clock.now += 1.0
    assert len(session.pull()) == 25
    clock.now += 0.1
    session.push(level(5, 40))
    frames = session.pull()
    assert (frames.first, len(frames)) == (35, 5), "what comes unstamped is heard at once, not after the agent's speech"
    assert np.allclose(told(frames, USER), LEVELS[40:45], atol=1e-6)


def test_input_for_drawn_steps_is_dropped_and_counted() -> None:
    session, clock = live()
    session.push(level(5), level(10))
    session.pull()
    clock.now += 0.5
    assert len(session.pull()) == 5
    session.push(level(10, 5), at=samples_in(5))
    session.push(agent_speech=level(5, 10), at=samples_in(10))
    frames = session.pull()
    assert np.allclose(told(frames, USER), LEVELS[10:15], atol=1e-6)
    assert session.counters.late == 1
    session.push(user_motion=cheeks(2), at=0)
    assert session.counters.late == 2


def test_a_delayed_stream_without_stamps_goes_on_where_it_is_of_use() -> None:
    session, clock = live()
    fed(session, 5)
    clock.now = 100 + 0.5
    session.pull()
    session.push(level(5, 5), level(5, 10), cheeks(5, 5))
    frames = session.pull()
    assert (frames.first, told(frames, HEARD).tolist()) == (10, [1] * 5)
    assert session.counters.late == 0


def test_frames_are_the_same_after_an_interruption_that_changes_nothing() -> None:
    session, other = live()[0], live()[0]
    for each in (session, other):
        each.push(level(40), level(12), cheeks(40))
        each.push(agent_speech=room_tone(samples_in(39), samples_in(40)), at=samples_in(39))
    whole = other.pull().values
    assert np.array_equal(session.pull().values, whole)
    session.interrupt(at=samples_in(23))
    again = session.pull()
    assert (again.first, len(again)) == (23, 17)
    assert np.array_equal(again.values, whole[23:])
    assert session.counters.dropped == 17


def test_an_interruption_silences_the_agent_from_its_sample_on() -> None:
    session, _ = live()
    fed(session, 40)
    session.interrupt(at=samples_in(22) + 320)
    frames = session.pull()
    assert frames.first == 23
    assert told(frames, USER)[10] == pytest.approx(LEVELS[33])
    assert told(frames, AGENT)[8:] == pytest.approx(0, abs=2e-4)


def test_the_agent_can_say_something_else_at_once() -> None:
    session, _ = live()
    fed(session, 40)
    session.interrupt(at=samples_in(21))
    session.push(agent_speech=level(30, 60))
    frames = session.pull()
    assert frames.first == 21
    settled = slice(10, None)
    assert np.allclose(told(frames, AGENT)[settled], LEVELS[60:79][settled], atol=1e-6)


def test_frames_not_pulled_before_an_interruption_come_as_they_were_shown() -> None:
    session, other = live()[0], live()[0]
    whole = fed(other, 40).values
    session.push(level(20), level(20), cheeks(20))
    session.pull()
    session.push(level(20, 20), level(20, 20), cheeks(20, 20))
    session._group.advance()
    session.interrupt(at=samples_in(27))
    frames = session.pull()
    assert (frames.first, len(frames)) == (20, 20)
    assert np.array_equal(frames.values[:7], whole[20:27])


def test_interruptions_may_follow_one_another() -> None:
    session, _ = live()
    yaw = told(fed(session, 40), "HeadYaw")
    session.interrupt(at=samples_in(30))
    session.interrupt(at=samples_in(28) - 5)
    frames = session.pull()
    assert frames.first == 28
    session.interrupt(at=samples_in(29))
    last = session.pull()
    assert last.first == 29
    after = np.concatenate([yaw[:28], told(frames, "HeadYaw")[:1], told(last, "HeadYaw")])
    assert len(after) == 40
    assert np.abs(np.diff(after)).max() <= np.abs(np.diff(yaw)).max() + LEVELS[28]


def test_interruptions_reach_as_far_as_was_asked_for() -> None:
    session, _ = live(rewind_s=1.0)
    fed(session, 100)
    with pytest.raises(VisavisError, match=r"sample 640 is too long ago .* reaches back to sample 48000"):
        session.interrupt(at=640)
    session.interrupt(at=samples_in(75))
    assert session.pull().first == 75


def test_interrupting_before_anything_is_shown_or_after_everything_only_silences() -> None:
    session, _ = live()
    session.interrupt()
    fed(session, 10)
    session.push(agent_speech=level(20, 10))
    session.interrupt(at=samples_in(10))
    assert session.counters.dropped == 0
    session.push(level(5, 10), user_motion=cheeks(5, 10))
    assert told(session.pull(), AGENT) == pytest.approx(0, abs=2e-4)


def test_the_last_step_is_drawn_as_far_as_input_reaches() -> None:
    session, _ = live()
    assert len(fed(session, 13)) == 10
    session.push(level(1, 13)[:100], level(1, 13)[:100])
    session.close()
    frames = session.pull()
    assert (frames.first, len(frames)) == (10, 3)
    assert told(frames, HEARD).tolist() == told(frames, SEEN).tolist() == [1] * 3
    assert len(session.pull()) == 0
    assert session.finished


def test_memory_is_flat_and_bounded_by_what_can_be_gone_back_to() -> None:
    session, clock = live()
    for turn in range(200):
        fed(session, 5, start=5 * turn)
        clock.now += 0.2
        if turn == 49:
            early = _size(session)
    assert _size(session) == early
    state = session._state
    assert state.reach == 900, "20 steps can be gone back to, from one checkpoint in 5"
    assert [checkpoint.frame for checkpoint in state.past] == [900, 925, 950, 975]
    assert max(len(track.pieces) for track in state.tracks) == 20


def _size(session: Session) -> tuple[int, ...]:
    state = session._state
    kept = [sum(piece.items.size for piece in track.pieces) for track in state.tracks]
    return (*kept, state.drawn.values.size, state.shown.values.size, len(state.past), len(state.ready))


@pytest.mark.parametrize("head", [26, 33, 49, 73, 98])
def test_steps_between_checkpoints_are_drawn_once_more_as_they_were(head: int) -> None:
    session, oracle = live()[0], live()[0]
    place = 5 * (head // 5)
    expected = []
    for turn, reactivity in enumerate((None, None, None, 3.0, 3.0, 2.0, 0.5, None, None, None)):
        session.dials = Dials(reactivity=reactivity)
        fed(session, 10, 10 * turn)
        for start in (10 * turn, 10 * turn + 5):
            oracle.dials = Dials(reactivity=reactivity if start < place else None)
            expected.append(fed(oracle, 5, start).values)
    before = session.counters
    session.interrupt(at=samples_in(head))
    session.push(agent_speech=level(100 - head, head))
    again = session.pull()
    assert (again.first, len(again)) == (head, 100 - head)
    np.testing.assert_allclose(again.values[8:], np.concatenate(expected)[head + 8 :], atol=1e-6)
    turns = session.counters.turns - before.turns
    assert turns == (100 - place) // 5, "steps that only lead to the place are not counted"
    assert session.counters.lost_speech == before.lost_speech


def test_a_far_stamp_is_refused_and_takes_nothing() -> None:
    session, clock = live()
    fed(session, 10)
    for call in (
        lambda: session.push(level(5), level(5), at=16_000 * 1_000_000),
        lambda: session.interrupt(at=16_000 * 1_000_000),
        lambda: session.push(level(5), at=samples_in(10) + 160_001),
    ):
        with pytest.raises(VisavisError, match=r"after the clock and all that has come, at most 10 s are left out"):
            call()
    assert len(fed(session, 5, 10)) == 5
    clock.now += 60
    session.push(level(5), at=samples_in(1500))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"user_speech": np.full(640, 1e25)}, r"user_speech reaches 1e\+25, at most 10 is taken: sound is in"),
        ({"agent_speech": np.full(640, -1e39)}, "agent_speech reaches"),
        (
            {"user_motion": np.full((1, 61), 1e38)},
            r"user_motion reaches 1e\+38, at most 100 is taken: weights of arkit61",
        ),
    ],
)
def test_absurd_input_is_refused_and_takes_nothing(given: dict[str, np.ndarray], words: str) -> None:
    session, _ = live()
    with pytest.raises(VisavisError, match=words):
        session.push(**given)  # type: ignore[arg-type]
    assert np.isfinite(fed(session, 5).values).all()
    assert session.counters.turns == 1
