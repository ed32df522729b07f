from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from tests.streaming.echo import Echo, Hand
from tests.wire.server.listeners import SETTINGS, guest, hub, tone
from visavis.core.builtin_spaces import ARKIT61
from visavis.core.clock import SAMPLE_RATE
from visavis.wire.server import protocol, records
from visavis.wire.server.protocol import Audio, Close, Kind

SILENCE = np.zeros(SAMPLE_RATE, np.float32)
USER, AGENT = ARKIT61.channels.index("MouthSmileLeft"), ARKIT61.channels.index("MouthSmileRight")
CHEEK, SEEN = ARKIT61.channels.index("BrowInnerUp"), ARKIT61.channels.index("NoseSneerLeft")


def test_frames_come_all_the_time_one_after_another_on_the_agents_clock() -> None:
    clock = Hand()
    one = guest(hub(clock), clock)
    one.speak(np.concatenate([SILENCE, tone(1.0), SILENCE]))
    stamps = sorted(one.shown())
    assert stamps == list(range(0, 640 * len(stamps), 640))
    assert len(stamps) >= 25 * 3 - 10
    told = [frames.heard for _, frames in one.frames() if frames.heard is not None]
    assert told == sorted(told)
    assert one.stamp - told[-1] <= 6 * 640


def test_frames_tell_which_of_the_users_voice_they_have_heard() -> None:
    clock = Hand()
    one = guest(hub(clock), clock)
    level = np.repeat(0.01 + np.arange(100) / 200, 640).astype(np.float32)
    first = one.stamp
    one.speak(level[: 100 * 640])
    for stamp, frames in one.frames()[2:]:
        assert frames.heard is not None
        newest = level[frames.heard - first - 640 : frames.heard - first].mean()
        assert frames.values[-1, USER] == pytest.approx(newest, abs=0.006), stamp


def test_a_line_is_said_soon_and_its_sound_and_face_belong_together() -> None:
    clock = Hand()
    one = guest(hub(clock), clock)
    one.speak(SILENCE)
    asked = one.conversation.agent_now
    one.ask(records.Say("hello there my friend"))
    one.speak(np.zeros(2 * SAMPLE_RATE, np.float32))
    (speech,) = one.events("speech")
    assert speech["text"] == "hello there my friend"
    assert asked < speech["stamp"] < asked + 0.4 * SAMPLE_RATE
    assert speech["end"] - speech["stamp"] == round(0.05 * 21 * SAMPLE_RATE)
    sound = one.sound()
    assert min(sound) == speech["stamp"]
    assert max(sound) + 1 == speech["end"]
    shown = one.shown()
    for stamp in range(speech["stamp"] // 640 * 640 + 640, speech["end"] - 640, 640):
        heard = np.mean([sound[at] for at in range(stamp, stamp + 640)]) / 32767
        assert shown[stamp][AGENT] == pytest.approx(heard, abs=1e-3)
    turns = [(turn["who"], turn["speaking"]) for turn in one.events("turn")]
    assert turns == [("agent", True), ("agent", False)]
    names = [state["name"] for state in one.events("state")]
    assert names[:2] == ["waiting", "speaking"]
    assert "pausing to think" in names


def test_a_user_who_speaks_over_the_agent_stops_it_without_a_jump() -> None:
    clock = Hand()
    one = guest(hub(clock), clock)
    one.speak(SILENCE)
    one.ask(records.Say("a line that goes on and on and on for many seconds and does not end at all"))
    one.ask(records.Say("and another one"))
    played = [0]

    def says_where_it_is() -> None:
        played[0] = one.conversation.agent_now - 8000
        one.ask(records.Played(played[0]))

    one.speak(SILENCE, says_where_it_is)
    begun = played[0]
    one.speak(tone(0.8), says_where_it_is)
    (stopped,) = one.events("interrupted")
    assert stopped["by"] == "user"
    assert 0.25 < (stopped["stamp"] - begun) / SAMPLE_RATE < 0.65, "after more than 0.3 s of the user's voice"
    sound = one.sound()
    assert max(sound) < stopped["stamp"] + 0.07 * SAMPLE_RATE, "nothing is said but the fading end"
    tail = np.array([sound[at] for at in range(stopped["stamp"], max(sound) + 1)])
    assert np.abs(tail[-100:]).max() < 0.15 * np.abs(tail[:100]).max()
    shown = one.shown()
    stamps = sorted(shown)
    assert stamps == list(range(0, 640 * len(stamps), 640))
    steps = [np.abs(shown[after] - shown[before]) for before, after in itertools.pairwise(stamps)]
    at = stamps.index(stopped["stamp"])
    told = np.stack([step[[AGENT]] for step in steps])
    assert told[at - 1 : at + 8].max() < 0.05
    one.speak(np.zeros(3 * SAMPLE_RATE, np.float32), says_where_it_is)
    assert max(one.sound()) < stopped["stamp"] + 0.07 * SAMPLE_RATE, "the second line is not said either"


def test_a_short_answer_does_not_stop_the_agent_nor_does_any_where_barge_in_is_off() -> None:
    clock = Hand()
    one = guest(hub(clock), clock)
    one.ask(records.Say("a line that goes on and on and on for many seconds and does not end at all"))
    one.speak(SILENCE)
    one.speak(np.concatenate([tone(0.12), SILENCE[: SAMPLE_RATE // 2]]))
    assert one.events("interrupted") == []
    one.ask(records.Settings(barge_in=False))
    one.speak(tone(1.0))
    assert one.events("interrupted") == []


def test_half_duplex_hears_nothing_of_the_user_while_the_agent_speaks() -> None:
    clock = Hand()
    one = guest(hub(clock), clock)
    one.ask(records.Settings(half_duplex=True))
    one.ask(records.Say("a line that goes on and on and on for many seconds and does not end at all"))
    one.speak(SILENCE)
    one.got.clear()
    one.speak(tone(1.0) + np.float32(0.2))
    assert one.events("interrupted") == []
    assert max(frames.values[:, USER].max() for _, frames in one.frames()) < 0.01
    one.ask(records.Interrupt())
    one.speak(SILENCE)
    one.got.clear()
    one.speak(tone(1.0) + np.float32(0.2))
    assert max(frames.values[:, USER].max() for _, frames in one.frames()) > 0.15


def test_the_client_can_stop_the_agent_where_it_is() -> None:
    clock = Hand()
    one = guest(hub(clock), clock)
    one.ask(records.Say("a line that goes on and on and on for many seconds"))
    one.speak(SILENCE)
    at = one.conversation.agent_now - 3200
    one.ask(records.Interrupt(at))
    one.speak(SILENCE)
    (stopped,) = one.events("interrupted")
    assert (stopped["by"], stopped["stamp"]) == ("client", -(-at // 640) * 640)
    one.ask(records.Interrupt(1))
    one.ask(records.Interrupt())
    one.wait(0.1)
    assert len(one.events("interrupted")) == 3, "a place too long ago is taken for now"


def test_echo_says_what_the_user_said_so_much_later() -> None:
    clock = Hand()
    one = guest(hub(clock), clock)
    one.speak(SILENCE)
    one.ask(records.Settings(echo_s=1.0))
    one.speak(SILENCE[: SAMPLE_RATE // 2])
    spoken = one.conversation.agent_now
    one.speak(np.concatenate([tone(0.5), SILENCE, SILENCE, SILENCE]))
    loud = [at for at, sample in one.sound().items() if abs(sample) > 2000]
    assert 0.9 < (min(loud) - spoken) / SAMPLE_RATE < 1.5
    assert max(loud) - min(loud) == pytest.approx(0.5 * SAMPLE_RATE, abs=200), "in one piece"
    one.ask(records.Settings(echo_s=0.0))
    one.speak(np.concatenate([SILENCE, SILENCE]))
    one.got.clear()
    one.speak(np.concatenate([tone(0.5), SILENCE, SILENCE]))
    assert not one.sound()


def test_a_clients_own_sound_is_said_in_one_piece_at_any_rate() -> None:
    clock = Hand()
    one = guest(hub(clock), clock)
    one.speak(SILENCE)
    at = np.arange(24_000) / 24_000
    sound = np.round(8000 * np.sin(2 * np.pi * 200 * at)).astype(np.int16)
    for start in range(0, 24_000, 1200):
        one.send(Kind.AGENT_SOUND, 0, protocol.audio_body(Audio(sound[start : start + 1200], 24_000)))
        one.speak(SILENCE[:800])
    one.speak(SILENCE)
    told = one.sound()
    assert len(told) == pytest.approx(SAMPLE_RATE, abs=120)
    assert max(told) - min(told) + 1 == len(told), "no gap"
    steps = np.abs(np.diff([told[place] for place in sorted(told)]))[200:-200]
    assert steps.max() < 8000 * 2 * np.pi * 200 / SAMPLE_RATE * 1.1, "no click"


def test_a_sample_is_said_and_an_unknown_one_is_told() -> None:
    clock = Hand()
    one = guest(hub(clock), clock)
    one.ask(records.Sample("tone"))
    one.ask(records.Sample("opera"))
    one.speak(SILENCE)
    assert one.events("speech")[0]["text"] == "tone"
    (error,) = one.events("error")
    assert error["reason"] == "unknown"
    assert "opera" in error["text"]


def test_the_users_face_is_seen_at_its_time() -> None:
    clock = Hand()
    one = guest(hub(clock), clock, records.Hello(face=("CheekPuff",)))
    one.ask(records.Face(("CheekPuff",)))

    def smile() -> None:
        one.send(Kind.USER_FACE, one.stamp, protocol.face_body(np.array([[0.6]], np.float32)))

    one.speak(SILENCE)
    one.speak(SILENCE, smile)
    last = one.frames()[-2][1].values
    assert last[:, CHEEK].mean() == pytest.approx(0.6, abs=1e-3)
    assert last[:, SEEN].all()
    one.send(Kind.USER_FACE, one.stamp, protocol.face_body(np.array([[np.nan]], np.float32)))
    one.send(Kind.USER_FACE, one.stamp, protocol.face_body(np.zeros((1, 2), np.float32)))
    one.ask(records.Face(("Beard",)))
    one.wait(0.04)
    assert [error["reason"] for error in one.events("error")] == ["bad_value", "bad_message", "bad_value"]


def test_dials_and_choices_are_set_and_what_is_impossible_changes_nothing() -> None:
    clock = Hand()
    one = guest(hub(clock), clock)
    one.ask(records.Settings(voice="low hum", avatar="Ada", head_motion=0.5, eye_contact=0.8))
    one.wait(0.04)
    told = one.events("settings")[-1]
    assert (told["voice"], told["avatar"], told["head_motion"], told["eye_contact"]) == ("low hum", "Ada", 0.5, 0.8)
    for bad in (
        records.Settings(head_motion=9.0),
        records.Settings(voice="tenor"),
        records.Settings(model="nobody"),
        records.Settings(echo_s=0.1),
        records.Settings(voice_agent=True),
        records.Default("mood"),
        records.Nod(3.0),
    ):
        one.ask(bad)
    one.wait(0.04)
    assert [error["reason"] for error in one.events("error")] == [
        *("bad_value", "unknown", "unknown", "bad_value", "not_possible", "unknown", "bad_value")
    ]
    one.ask(records.Default("eye_contact"))
    one.ask(records.Ping(17.5))
    one.wait(0.04)
    assert one.events("settings")[-1]["eye_contact"] is None
    assert one.events("pong")[0]["sent"] == 17.5


def test_a_model_switched_amid_a_sentence_goes_on_with_it() -> None:
    clock = Hand()
    one = guest(hub(clock), clock)
    one.ask(records.Say("a line that goes on and on and on for some seconds"))
    one.speak(SILENCE)
    before = one.sound()
    one.ask(records.Settings(model="other"))
    for _ in range(200):
        one.speak(SILENCE[:320])
        if one.conversation.stage.model == "other":
            break
    one.speak(np.concatenate([SILENCE, SILENCE]))
    assert one.events("settings")[-1]["model"] == "other"
    after = one.sound()
    (speech,) = one.events("speech")
    assert sorted(after) == list(range(speech["stamp"], speech["end"])), "every sample of the line is said once"
    assert all(after[at] == sample for at, sample in before.items())
    stamps = sorted(one.shown())
    assert max(np.diff(stamps)) <= 6 * 640
    assert all(stamp % 640 == 0 for stamp in stamps)
    assert len(one.frames()[-1][1].values) == 1, "of the model that draws one frame at a time"


def test_the_agents_clock_keeps_time_through_fifty_switches_of_model() -> None:
    clock = Hand()
    one = guest(hub(clock), clock)
    began = clock() - one.conversation.agent_now / SAMPLE_RATE
    for number in range(50):
        one.ask(records.Settings(model=("other", "echo")[number % 2]))
        one.speak(np.zeros(4800 + 320 * (number % 3), np.float32))
    assert len(one.events("settings")) >= 50
    assert one.conversation.agent_now == pytest.approx((clock() - began) * SAMPLE_RATE, abs=2)


def test_reset_begins_anew_on_the_same_clock() -> None:
    clock = Hand()
    one = guest(hub(clock), clock)
    one.ask(records.Settings(head_motion=0.5))
    one.ask(records.Say("a line that goes on and on and on for many seconds"))
    one.speak(SILENCE)
    at = one.conversation.agent_now
    one.ask(records.Reset())
    one.speak(SILENCE)
    assert max(one.sound()) < at + 640
    assert one.conversation.agent_now > at
    assert one.conversation.session.dials.head_motion == 0.5
    assert min(stamp for stamp, _ in one.frames()[-2:]) >= at


def test_a_line_that_cannot_be_said_is_told_and_the_next_is_said() -> None:
    clock = Hand()
    one = guest(hub(clock), clock)
    for text in ("one", "fail", "two"):
        one.ask(records.Say(text))
    one.speak(SILENCE)
    assert [speech["text"] for speech in one.events("speech")] == ["one", "two"]
    assert "out of breath" in one.events("error")[0]["text"]
    for _ in range(80):
        one.ask(records.Say("a long line that fills the queue"))
    one.wait(0.02)
    assert "wait to be said" in one.events("error")[-1]["text"]


def test_what_is_wrong_with_a_message_is_told_and_the_conversation_goes_on() -> None:
    clock = Hand()
    one = guest(hub(clock), clock)
    whole = protocol.audio_body(Audio(np.zeros(320, np.int16), 16_000))
    one.send(Kind.USER_SPEECH, 0, whole[:-1])
    one.send(Kind.USER_SPEECH, 0, protocol.audio_body(Audio(np.zeros(320, np.int16), 44_100)))
    one.send(Kind.USER_SPEECH, 0, protocol.audio_body(Audio(np.zeros(320, np.int16), 5)))
    one.send(Kind.USER_SPEECH, 0, protocol.audio_body(Audio(np.zeros(40_000, np.int16), 16_000)))
    one.send(Kind.CONTROL, 0, b"{")
    one.send(Kind.FRAMES, 0, b"")
    one.ask(records.Played(10**9))
    one.wait(0.02)
    assert [error["reason"] for error in one.events("error")] == [
        *("bad_message", "bad_rate", "bad_rate", "too_much", "bad_message", "bad_message", "bad_value")
    ]
    assert one.conversation.outbox.ending is None
    for _ in range(20):
        one.send(Kind.CONTROL, 0, b"{")
    one.wait(0.02)
    assert one.ended.close is Close.TOO_MANY_ERRORS


def test_silence_for_an_hour_stays_small_and_idle_ends_where_it_is_told() -> None:
    clock = Hand()
    settings = replace(SETTINGS, idle_s=5000, longest_s=5000)
    one = guest(hub(clock, settings, Echo(hop=100)), clock)
    sizes = []
    for minute in range(60):
        for _ in range(15):
            clock.now += 4
            one.hub.round()
            one.read()
        one.got.clear()
        if minute in (5, 59):
            sizes.append(len(one.conversation.session.snapshot().to_bytes()))
    assert one.conversation.outbox.ending is None
    assert one.conversation.agent_now == pytest.approx(3600 * SAMPLE_RATE, rel=0.01)
    assert sizes[1] < 1.1 * sizes[0]
    short = guest(hub(clock, replace(SETTINGS, idle_s=10)), clock)
    short.wait(9)
    assert short.conversation.outbox.ending is None
    short.speak(np.concatenate([tone(0.5), SILENCE]))
    short.wait(8)
    assert short.conversation.outbox.ending is None, "the user said something"
    short.wait(4)
    assert short.conversation.outbox.ending is not None
    assert short.conversation.outbox.ending.close is Close.IDLE
    assert len(short.hub) == 0


def test_a_clock_that_jumps_is_not_caught_up_with_frame_by_frame() -> None:
    clock = Hand()
    one = guest(hub(clock, replace(SETTINGS, longest_s=9999, idle_s=9999)), clock)
    one.ask(records.Say("a line that goes on and on and on for some seconds"))
    one.speak(SILENCE)
    drawn = one.conversation.session.counters.turns
    before = one.conversation.agent_now
    clock.now += 3600
    one.wait(0.02)
    one.speak(SILENCE)
    assert one.conversation.session.counters.turns + drawn < 30
    assert one.conversation.agent_now - before == pytest.approx(3601 * SAMPLE_RATE, rel=1e-3)
    late = [stamp for stamp, _ in one.frames() if stamp > before + SAMPLE_RATE]
    assert min(late) >= before + 3599 * SAMPLE_RATE
    assert max(late) >= one.conversation.agent_now - SAMPLE_RATE // 2
    assert one.conversation.outbox.ending is None


def test_no_conversation_lasts_longer_than_it_may() -> None:
    clock = Hand()
    one = guest(hub(clock, replace(SETTINGS, longest_s=5)), clock)
    one.speak(np.tile(tone(1.0), 6))
    assert one.conversation.outbox.ending is not None
    assert one.conversation.outbox.ending.close is Close.TIME_IS_UP
