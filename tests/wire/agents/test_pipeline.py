from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from tests.wire.agents.stand_in import KEY, Services, hum, serving, until
from visavis.core.errors import VisavisError
from visavis.wire.agents import pipeline
from visavis.wire.agents.agent import AudioStream, Done, Heard, Sound, Speech, Told, Trouble, Voice, Words
from visavis.wire.agents.pipeline import MOST_WAITING, PipelineAgent
from visavis.wire.agents.speech_endpoint import SPEECH, SpeechEndpoint
from visavis.wire.agents.transcription import TRANSCRIBE

CHAT, HEAR, SPEAK = "/chat/completions", "/audio/transcriptions", "/audio/speech"


class Humming(Voice):
    """Hums a letter for 50 ms; each phrase waits for `goes_on`."""

    def __init__(self) -> None:
        self.goes_on = threading.Semaphore(1000)

    def say(self, text: str) -> AudioStream:
        return Hum(self, text)


class Hum(AudioStream):
    def __init__(self, voice: Humming, text: str) -> None:
        self.voice, self.text, self.wanted = voice, text, True

    def pieces(self) -> Iterator[Sound]:
        self.voice.goes_on.acquire(timeout=10)
        if self.wanted:
            yield Sound(hum(0.05 * len(self.text)), 16_000)

    def cancel(self) -> None:
        self.wanted = False
        self.voice.goes_on.release()


class Talk:
    """An agent before which somebody speaks. told: all that it told."""

    def __init__(self, services: Services, voice: Voice | None = None, timeout_s: float = 5.0) -> None:
        parts = pipeline.Services(
            services.endpoint(TRANSCRIBE, timeout_s), services.endpoint(timeout_s=timeout_s), "be kind"
        )
        self.agent = PipelineAgent(parts, voice or Humming())
        self.told: list[Told] = []

    def __enter__(self) -> Talk:
        return self

    def __exit__(self, *_: object) -> None:
        self.agent.close()
        self.agent._worker.join(10)
        assert not self.agent._worker.is_alive(), "its thread ends"

    def speak(self, seconds: float = 1.0) -> None:
        for speaking, length in ((True, seconds), (False, 0.7)):
            for _ in range(round(length / 0.02)):
                self.agent.on_user_audio(hum(0.02) if speaking else np.zeros(320, np.float32), speaking)

    def take(self) -> list[Told]:
        self.told += self.agent.take()
        return self.told

    def words(self) -> list[str]:
        return [told.text for told in self.take() if isinstance(told, Words)]

    def troubles(self) -> list[str]:
        return [told.text for told in self.take() if isinstance(told, Trouble)]

    def over(self, count: int = 1) -> None:
        """Until so many answers are over."""
        until(lambda: sum(isinstance(told, Done) for told in self.take()) >= count)

    def history(self) -> list[str]:
        return [message["content"] for message in self.agent.history.messages()]


def test_the_user_is_understood_answered_and_spoken_to_phrase_by_phrase() -> None:
    services = Services(words=[["It is ", "ten. And ", "it rains."]])
    with serving(services), Talk(services) as talk:
        talk.speak()
        assert talk.agent.busy
        talk.over()
        until(lambda: not talk.agent.busy)
    told = [type(one).__name__ for one in talk.told]
    assert told == ["Heard", "Words", "Speech", "Words", "Speech", "Done"]
    assert talk.told[0] == Heard("what is the time")
    assert talk.words() == ["It is ten.", "And it rains."]
    speech = [one for one in talk.told if isinstance(one, Speech)]
    assert [len(one.sound.samples) for one in speech] == [round(800 * len(text)) for text in talk.words()]
    assert services.requests(CHAT)[0]["messages"] == [
        {"role": "system", "content": "be kind"},
        {"role": "user", "content": "what is the time"},
    ]
    assert talk.history() == ["be kind", "what is the time", "It is ten. And it rains."]


def test_the_first_phrase_is_told_while_the_rest_is_being_written() -> None:
    services = Services(words=[["It is ten. ", "And it ", "rains."]], gap_s=0.5)
    with serving(services), Talk(services) as talk:
        talk.speak()
        until(lambda: talk.words() == ["It is ten."])
        assert not any(isinstance(told, Done) for told in talk.take())
        talk.over()
    assert talk.words() == ["It is ten.", "And it rains."]


def test_an_endpoint_may_speak() -> None:
    services = Services()
    with serving(services), Talk(services, SpeechEndpoint(services.endpoint(SPEECH))) as talk:
        talk.speak()
        talk.over()
    assert [asked["input"] for asked in services.requests(SPEAK)] == ["It is ten."]
    assert sum(len(one.sound.samples) for one in talk.told if isinstance(one, Speech)) == 8000


def test_who_breaks_in_is_told_nothing_more_and_the_history_knows_what_was_heard() -> None:
    services = Services(text=["what is the time", "thanks"], words=[["It is ten. And ", "it rains."], ["Welcome."]])
    voice = Humming()
    voice.goes_on = threading.Semaphore(1)
    with serving(services), Talk(services, voice) as talk:
        talk.speak()
        until(lambda: talk.words() == ["It is ten."])
        talk.agent.interrupt(0, 0.25)
        until(lambda: not talk.agent.busy)
        assert not [told for told in talk.agent.take() if not isinstance(told, Heard)]
        voice.goes_on.release()
        talk.speak()
        talk.over()
    assert services.requests(CHAT)[1]["messages"][1:] == [
        {"role": "user", "content": "what is the time"},
        {"role": "assistant", "content": "It"},
        {"role": "user", "content": "[I interrupted you and did not hear: “is ten.”] thanks"},
    ]
    assert talk.words() == ["It is ten.", "Welcome."]


def test_who_goes_on_after_a_pause_is_answered_once_to_all_of_it() -> None:
    services = Services(text=["I would like", "a pizza"], words=[["What?"], ["Sure."]])
    services.stall = {CHAT}
    with serving(services), Talk(services, timeout_s=20) as talk:
        talk.speak()
        until(lambda: services.requests(CHAT))
        begun = time.monotonic()
        talk.agent.interrupt(0, 0.0)
        until(lambda: not talk.agent.busy)
        assert time.monotonic() - begun < 2, "an answer that is not wanted is not waited for"
        services.stall = set()
        talk.speak()
        talk.over()
    assert services.requests(CHAT)[1]["messages"][1:] == [{"role": "user", "content": "I would like\na pizza"}]
    assert talk.words() == ["What?"]


def test_what_was_said_is_understood_even_where_its_answer_is_not_wanted_any_more() -> None:
    services = Services(text=["I would like", "a pizza"])
    services.stall = {HEAR}
    with serving(services), Talk(services, timeout_s=20) as talk:
        talk.speak()
        until(lambda: services.requests(HEAR))
        talk.agent.interrupt(0, 0.0)
        services.over.set()
        talk.speak()
        talk.over()
    assert [told.text for told in talk.told if isinstance(told, Heard)] == ["I would like", "a pizza"]
    assert talk.history()[1] == "I would like\na pizza"


def test_a_typed_line_is_said_and_remembered() -> None:
    services = Services()
    with serving(services), Talk(services) as talk:
        talk.agent.say("**Welcome** everybody")
        talk.over()
        assert talk.words() == ["Welcome everybody"]
        assert talk.history() == ["be kind", "Welcome everybody"]
        with pytest.raises(VisavisError, match="a line without words"):
            talk.agent.say("…")
    assert services.asked == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"fail": {HEAR: 500}}, "/audio/transcriptions answers 500"),
        ({"fail": {CHAT: 401}}, "/chat/completions answers 401 Unauthorized; check VISAVIS_CHAT_URL"),
        ({"raw": {CHAT: b"<html>"}}, "another form than chat completions"),
        ({"raw": {SPEAK: b"<html>"}}, "what came is no wav"),
        ({"stall": {HEAR}}, r"/audio/transcriptions did not answer within 0.3 s"),
        ({"stall": {SPEAK}}, r"/audio/speech did not answer within 0.3 s"),
    ],
)
def test_what_fails_is_told_in_one_line_without_the_key_and_the_next_turn_is_answered(
    change: dict[str, object], told: str
) -> None:
    services = Services()
    for name, value in change.items():
        setattr(services, name, value)
    with serving(services):
        voice = SpeechEndpoint(services.endpoint(SPEECH, 0.3))
        with Talk(services, voice, timeout_s=0.3) as talk:
            talk.speak()
            talk.over()
            (trouble,) = talk.troubles()
            assert told in trouble
            assert "\n" not in trouble
            assert KEY not in repr(talk.told)
            for name in change:
                setattr(services, name, type(getattr(services, name))())
            talk.speak()
            talk.over(2)
            assert talk.words() == ["It is ten."]


def test_an_endpoint_that_dies_amid_an_answer_leaves_what_came() -> None:
    services = Services(words=[["It is ten. And "]], breaks=True)
    with serving(services), Talk(services) as talk:
        talk.speak()
        talk.over()
    assert talk.words() == ["It is ten."]
    assert "broke off" in talk.troubles()[0]
    assert talk.history()[-1] == "It is ten."


def test_where_nothing_was_said_nobody_answers() -> None:
    services = Services(text=[" … "])
    with serving(services), Talk(services) as talk:
        talk.speak()
        talk.over()
    assert talk.told == [Done(0)]
    assert services.requests(CHAT) == []


def test_what_waits_is_bounded() -> None:
    services = Services(stall={HEAR})
    with serving(services), Talk(services, timeout_s=20) as talk:
        for _ in range(MOST_WAITING + 1):
            talk.speak(0.3)
        assert f"{MOST_WAITING} turns wait" in talk.troubles()[0]
        with pytest.raises(VisavisError, match="turns wait"):
            talk.agent.say("hello")


def test_closing_ends_what_is_under_way_at_once() -> None:
    services = Services(stall={HEAR})
    with serving(services):
        begun = time.monotonic()
        with Talk(services, timeout_s=20) as talk:
            talk.speak()
            until(lambda: services.requests(HEAR))
        assert time.monotonic() - begun < 3
