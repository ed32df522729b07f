from __future__ import annotations

from collections import deque

import numpy as np
import pytest

from tests.streaming.echo import Hand
from tests.wire.server.listeners import SETTINGS, Guest, guest, hub, tone
from visavis.core.errors import VisavisError
from visavis.wire.agents.agent import Done, Heard, Sound, Speech, Told, Trouble, Voice, VoiceAgent, Words
from visavis.wire.server import records
from visavis.wire.server.answering import Answer
from visavis.wire.server.hub import Hub

SILENCE = np.zeros(16_000, np.float32)
AHEAD_S = 2.2


class Scripted(VoiceAgent):
    """Tells what a test puts into `told`, and keeps what happens to it."""

    def __init__(self, voice: Voice) -> None:
        self.voice = voice
        self.told: deque[Told] = deque()
        self.heard: list[np.ndarray] = []
        self.spoke: list[bool] = []
        self.cuts: list[tuple[int, float]] = []
        self.lines: list[str] = []
        self.awaited = self.closed = False

    def on_user_audio(self, sound: np.ndarray, speaking: bool) -> None:
        self.heard.append(sound)
        self.spoke.append(speaking)

    def say(self, text: str) -> None:
        if text == "too much":
            raise VisavisError("8 turns wait")
        self.lines.append(text)

    def interrupt(self, answer: int, heard_s: float) -> None:
        self.cuts.append((answer, heard_s))
        self.told.clear()
        self.awaited = False

    def take(self) -> list[Told]:
        told, self.told = list(self.told), deque()
        return told

    @property
    def busy(self) -> bool:
        return self.awaited

    def close(self) -> None:
        self.closed = True

    def answer(self, number: int, text: str, seconds: float, rate: int = 24_000, done: bool = True) -> None:
        sound = np.resize(tone(1.0), round(seconds * rate))
        self.told.append(Words(number, text, 0.0))
        self.told += [Speech(number, Sound(sound[at : at + 4800], rate)) for at in range(0, len(sound), 4800)]
        if done:
            self.told.append(Done(number))


class Talk:
    """A conversation with scripted agents, the newest of which is `agent`."""

    def __init__(self) -> None:
        self.agents: list[Scripted] = []

        def made(voice: Voice) -> Scripted:
            self.agents.append(Scripted(voice))
            return self.agents[-1]

        clock = Hand()
        self.hub: Hub = hub(clock, SETTINGS)
        self.hub.controls._agents = made
        self.guest: Guest = guest(self.hub, clock)
        self.guest.ask(records.Settings(voice_agent=True))
        self.speak(0.1, silent=True)

    @property
    def agent(self) -> Scripted:
        return self.agents[-1]

    def speak(self, seconds: float, silent: bool = False) -> None:
        sound = np.zeros(round(16_000 * seconds), np.float32) if silent else tone(seconds)
        self.guest.speak(
            sound, lambda: self.guest.ask(records.Played(max(self.guest.conversation.agent_now - 3200, 0)))
        )


def test_it_hears_the_user_and_whether_they_speak() -> None:
    talk = Talk()
    talk.agent.heard.clear()
    talk.agent.spoke.clear()
    talk.speak(1.0, silent=True)
    talk.speak(1.0)
    talk.speak(1.0, silent=True)
    heard = np.concatenate(talk.agent.heard)
    np.testing.assert_allclose(heard, np.concatenate([SILENCE, tone(1.0), SILENCE]), atol=1e-4)
    assert not any(talk.agent.spoke[:50])
    assert all(talk.agent.spoke[55:95])
    assert not any(talk.agent.spoke[-30:])


def test_who_goes_away_amid_a_word_has_ended() -> None:
    talk = Talk()
    talk.speak(1.0)
    count = len(talk.agent.heard)
    assert talk.agent.spoke[-1]
    talk.guest.wait(3.0)
    assert talk.agent.spoke[count:] == [False], "once"
    assert len(talk.agent.heard[-1]) >= 16_000


def test_what_it_says_is_said_at_once_with_its_words_as_captions() -> None:
    talk = Talk()
    talk.speak(1.0, silent=True)
    asked = talk.guest.conversation.agent_now
    talk.agent.told.append(Heard("what is the time"))
    talk.agent.answer(0, "It is ten.", 1.0, done=False)
    sound = np.resize(tone(1.0), 24_000)
    talk.agent.told += [Words(0, "And it rains.", 1.0), Speech(0, Sound(sound, 24_000)), Done(0)]
    talk.speak(3.0, silent=True)
    assert talk.guest.events("heard")[0]["text"] == "what is the time"
    told = talk.guest.events("speech")
    assert [one["text"] for one in told] == ["It is ten.", "And it rains."]
    said = talk.guest.sound()
    assert len(said) == pytest.approx(32_000, abs=4)
    assert max(said) - min(said) + 1 == len(said), "in one piece"
    assert asked < told[0]["stamp"] < asked + 0.4 * 16_000
    assert [one["stamp"] - min(said) for one in told] == pytest.approx([0, 16_000], abs=2)
    assert [one["end"] - min(said) for one in told] == pytest.approx([16_000, 32_000], abs=400)
    shown = talk.guest.shown()
    assert len(shown) > 80


def test_an_answer_that_stalls_goes_on_when_more_of_it_is_there() -> None:
    talk = Talk()
    talk.agent.answer(0, "It is", 0.6, done=False)
    talk.speak(2.0, silent=True)
    assert len(talk.guest.sound()) == pytest.approx(0.6 * 16_000, abs=400)
    talk.agent.told.append(Speech(0, Sound(tone(0.5), 16_000)))
    talk.agent.told.append(Done(0))
    talk.speak(1.5, silent=True)
    assert len(talk.guest.sound()) == pytest.approx(1.1 * 16_000, abs=400)
    assert not talk.guest.conversation.speaker.busy
    assert talk.guest.events("error") == []


def test_who_speaks_over_it_stops_it_and_it_learns_what_was_heard() -> None:
    talk = Talk()
    talk.agent.answer(0, "a long answer", 8.0, done=False)
    talk.speak(2.0, silent=True)
    talk.speak(1.0)
    (stopped,) = talk.guest.events("interrupted")
    assert stopped["by"] == "user"
    ((number, heard_s),) = talk.agent.cuts
    assert number == 0
    said = talk.guest.sound()
    assert heard_s == pytest.approx((stopped["stamp"] - min(said)) / 16_000, abs=0.01)
    assert max(said) < stopped["stamp"] + 0.07 * 16_000
    talk.agent.answer(1, "well", 0.5)
    talk.speak(1.5, silent=True)
    assert max(talk.guest.sound()) > stopped["stamp"] + 16_000, "the next answer is said"
    assert len(talk.agent.cuts) == 1


def test_a_client_that_stops_it_does_so_and_without_an_answer_the_agent_is_left_alone() -> None:
    talk = Talk()
    talk.guest.ask(records.Interrupt())
    talk.speak(0.5, silent=True)
    assert talk.agent.cuts == []
    talk.agent.answer(0, "a long answer", 8.0)
    talk.speak(2.0, silent=True)
    talk.guest.ask(records.Interrupt())
    talk.speak(0.1, silent=True)
    ((number, heard_s),) = talk.agent.cuts
    assert number == 0
    assert 1.4 < heard_s < 2.0


def test_answers_that_were_heard_are_not_cut_and_those_that_wait_are_not_given() -> None:
    talk = Talk()
    talk.agent.answer(0, "first", 1.0)
    talk.agent.answer(1, "second", 3.0)
    talk.agent.answer(2, "third", 3.0)
    talk.speak(2.5, silent=True)
    talk.guest.ask(records.Interrupt())
    talk.speak(0.1, silent=True)
    ((number, heard_s),) = talk.agent.cuts
    assert number == 1
    assert 0.9 < heard_s < 1.5
    said = talk.guest.sound()
    talk.speak(1.0, silent=True)
    assert talk.guest.sound() == said


def test_who_goes_on_before_anything_is_heard_is_not_answered_yet() -> None:
    talk = Talk()
    talk.speak(1.0)
    talk.speak(0.6, silent=True)
    talk.agent.awaited = True
    talk.speak(0.2, silent=True)
    talk.speak(1.0)
    assert talk.agent.cuts == [(0, 0.0)]
    assert talk.guest.events("interrupted") == [], "nobody was heard who could be interrupted"
    talk.agent.awaited = True
    talk.guest.ask(records.Settings(barge_in=False))
    talk.speak(0.6, silent=True)
    talk.speak(1.0)
    assert len(talk.agent.cuts) == 1


def test_half_duplex_lets_it_hear_nothing_while_it_speaks_but_all_while_it_thinks() -> None:
    talk = Talk()
    talk.guest.ask(records.Settings(half_duplex=True, barge_in=False))
    talk.agent.awaited = True
    talk.speak(0.5)
    talk.agent.heard.clear()
    talk.speak(0.5)
    assert max(np.abs(piece).max() for piece in talk.agent.heard) > 0.1
    talk.agent.answer(0, "a long answer", 4.0)
    talk.speak(1.0, silent=True)
    talk.agent.heard.clear()
    talk.speak(1.0)
    assert max(np.abs(piece).max() for piece in talk.agent.heard) < 0.02


def test_troubles_are_told_and_the_conversation_goes_on() -> None:
    talk = Talk()
    talk.agent.told.append(Trouble("http://h/v1 did not answer within 20 s"))
    talk.speak(0.5, silent=True)
    (error,) = talk.guest.events("error")
    assert (error["reason"], error["text"]) == ("voice_agent", "http://h/v1 did not answer within 20 s")
    talk.agent.answer(0, "sorry", 0.5)
    talk.speak(1.0, silent=True)
    assert talk.guest.sound()
    assert talk.guest.conversation.outbox.ending is None


def test_an_answer_that_floods_is_cut_and_told() -> None:
    talk = Talk()
    minute = Sound(np.zeros(60 * 16_000, np.float32), 16_000)
    for _ in range(12):
        talk.agent.told.append(Speech(0, minute))
        talk.speak(0.04, silent=True)
    assert [error["reason"] for error in talk.guest.events("error")] == ["voice_agent"]
    talk.agent.told.append(Done(0))
    talk.agent.answer(1, "sorry", 0.5)
    talk.speak(3.0, silent=True)
    assert any(one["text"] == "sorry" for one in talk.guest.events("speech"))


def test_typed_lines_are_said_by_it_unless_a_voice_is_named() -> None:
    talk = Talk()
    talk.guest.ask(records.Say("hello"))
    talk.guest.ask(records.Say("too much"))
    talk.guest.ask(records.Say("good bye", voice="low hum"))
    talk.speak(0.5, silent=True)
    assert talk.agent.lines == ["hello"]
    assert talk.guest.events("error")[0]["text"] == "8 turns wait"
    assert [one["text"] for one in talk.guest.events("speech")] == ["good bye"]


def test_it_may_speak_with_the_voice_that_the_user_has_chosen() -> None:
    talk = Talk()
    talk.guest.ask(records.Settings(voice="low hum"))
    talk.speak(0.1, silent=True)
    (piece,) = talk.agent.voice.say("hello").pieces()
    assert (piece.rate, len(piece.samples)) == (16_000, 4000)
    with pytest.raises(VisavisError, match="out of breath"):
        list(talk.agent.voice.say("fail").pieces())


def test_it_is_switched_off_and_on_and_a_new_conversation_has_a_new_one() -> None:
    talk = Talk()
    first = talk.agent
    talk.agent.answer(0, "a long answer", 8.0)
    talk.speak(1.0, silent=True)
    talk.guest.ask(records.Settings(voice_agent=False))
    talk.speak(3.0, silent=True)
    assert first.closed
    assert len(talk.guest.sound()) < 3.4 * 16_000, "no more than was on its way"
    heard = len(first.heard)
    talk.speak(0.5)
    assert len(first.heard) == heard
    talk.guest.ask(records.Settings(voice_agent=True))
    talk.speak(0.1, silent=True)
    second = talk.agent
    assert second is not first
    talk.guest.ask(records.Reset())
    talk.speak(0.1, silent=True)
    assert second.closed
    assert len(talk.agents) == 3
    talk.guest.ask(records.Bye())
    talk.speak(0.1, silent=True)
    assert talk.agent.closed


def test_it_answers_or_echoes_not_both() -> None:
    talk = Talk()
    talk.guest.ask(records.Settings(echo_s=1.0))
    talk.speak(0.1, silent=True)
    told = talk.guest.events("settings")[-1]
    assert (told["voice_agent"], told["echo_s"]) == (False, 1.0)
    assert talk.agent.closed
    talk.guest.ask(records.Settings(voice_agent=True))
    talk.speak(0.1, silent=True)
    told = talk.guest.events("settings")[-1]
    assert (told["voice_agent"], told["echo_s"]) == (True, 0.0)
    talk.guest.ask(records.Settings(voice_agent=True, echo_s=1.0))
    talk.speak(0.1, silent=True)
    assert talk.guest.events("error")[-1]["reason"] == "bad_value"


def test_a_model_switched_amid_an_answer_goes_on_with_it() -> None:
    talk = Talk()
    talk.agent.answer(0, "a long answer", 4.0)
    talk.speak(1.0, silent=True)
    talk.guest.ask(records.Settings(model="other"))
    for _ in range(100):
        talk.speak(0.02, silent=True)
        if talk.guest.conversation.stage.model == "other":
            break
    talk.speak(1.0, silent=True)
    talk.guest.ask(records.Interrupt())
    talk.speak(0.1, silent=True)
    (stopped,) = talk.guest.events("interrupted")
    ((number, heard_s),) = talk.agent.cuts
    assert number == 0
    assert heard_s == pytest.approx((stopped["stamp"] - min(talk.guest.sound())) / 16_000, abs=0.01)


def test_an_answer_keeps_its_pieces_apart_where_words_change_and_survives_another_rate() -> None:
    one = Answer(0)
    one.caption("one", 0.0)
    one.put(Sound(np.full(8000, 0.1, np.float32), 16_000))
    one.caption("two", 0.5)
    one.put(Sound(np.full(12_000, 0.2, np.float32), 24_000))
    one.end()
    one.put(Sound(np.ones(9, np.float32), 16_000))
    pieces: dict[str, list[float]] = {}
    while not one.finished:
        piece = one.take(3200, 0.0)
        pieces.setdefault(one.text, []).extend(piece.tolist())
    assert len(pieces["one"]) == len(pieces["two"]) == 8000
    assert np.mean(pieces["two"]) == pytest.approx(0.2, abs=0.01)
    one.placed(100, 8100)
    one.placed(8100, 12_100)
    one.placed(20_000, 24_000)
    assert (one.heard(0), one.heard(9100), one.heard(21_000), one.heard(99_999)) == (0, 9000, 13_000, 16_000)
    assert one.over(24_000)
    assert not one.over(23_999)
