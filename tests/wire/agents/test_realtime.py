from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

from tests.wire.agents.stand_in import KEY, Realtime, hum, realtime_serving, until
from visavis.core.errors import VisavisError
from visavis.wire.agents.agent import Done, Heard, Speech, Told, Trouble, Words
from visavis.wire.agents.realtime import REALTIME, RealtimeAgent
from visavis.wire.agents.realtime_messages import Wishes
from visavis.wire.endpoint import Endpoint


class Talk:
    """An agent before which somebody speaks. told: all that it told."""

    def __init__(self, url: str, timeout_s: float = 5.0) -> None:
        endpoint = Endpoint(REALTIME, url, "big one", KEY, timeout_s)
        self.agent = RealtimeAgent(endpoint, Wishes("be kind", "marin", "whisper-1"), waits_s=(0.05, 0.1))
        self.told: list[Told] = []

    def take(self) -> list[Told]:
        self.told += self.agent.take()
        return self.told

    def of(self, *kinds: type) -> list[Told]:
        return [told for told in self.take() if isinstance(told, kinds)]

    def seconds(self) -> float:
        return sum(len(told.sound.samples) for told in self.take() if isinstance(told, Speech)) / 24_000

    def speak(self, seconds: float) -> None:
        for _ in range(round(seconds / 0.02)):
            self.agent.on_user_audio(hum(0.02), True)


@contextmanager
def talking(url: str, timeout_s: float = 5.0) -> Iterator[Talk]:
    talk = Talk(url, timeout_s)
    try:
        yield talk
    finally:
        talk.agent.close()
        talk.agent._worker.join(10)
        assert not talk.agent._worker.is_alive(), "its thread ends"


@pytest.mark.parametrize("beta", [False, True])
def test_it_begins_hears_and_answers_in_both_dialects(beta: bool) -> None:
    with realtime_serving(Realtime(beta=beta)) as server, talking(server.url) as talk:
        until(lambda: server.kinds() == ["session.update"])
        assert server.queries == ["/v1/realtime?model=big+one"]
        assert server.headers == [f"Bearer {KEY}"]
        until(lambda: talk.agent._ready)
        talk.speak(1.0)
        until(lambda: len(server.heard()) > 0.8 * 24_000)
        assert np.abs(server.heard()).max() == pytest.approx(0.2, abs=0.02)
        server.send({"type": "input_audio_buffer.speech_stopped", "item_id": "u"})
        until(lambda: talk.agent.busy)
        server.answer("r", "It is ten. And it rains.", 3.0, over=False)
        said = "conversation.item.input_audio_transcription.completed"
        server.send({"type": said, "item_id": "u", "transcript": " what is the time "})
        assert talk.agent.busy
        server.send({"type": "response.done", "response": {"id": "r", "status": "completed"}})
        until(lambda: talk.of(Done))
        assert not talk.agent.busy
        assert talk.of(Heard) == [Heard("what is the time")]
        assert [told.text for told in talk.of(Words)] == ["It is ten.", "And it rains."]  # type: ignore[union-attr]
        assert talk.seconds() == pytest.approx(3.0)
        assert [one["content"] for one in talk.agent.history.messages()] == [
            "what is the time",
            "It is ten. And it rains.",
        ]


def test_who_breaks_in_stops_it_and_it_is_told_what_was_heard() -> None:
    with realtime_serving(Realtime()) as server, talking(server.url) as talk:
        until(lambda: talk.agent._ready)
        server.answer("r", "It is ten. And it rains.", 3.0, over=False)
        until(lambda: talk.seconds() > 2.9)
        talk.agent.interrupt(0, 2.1)
        until(lambda: len(server.kinds()) == 3)
        assert server.kinds()[1:] == ["response.cancel", "conversation.item.truncate"]
        cut = server.came[-1]
        assert (cut["item_id"], cut["audio_end_ms"]) == ("i-r", 2100)
        sound = {"response_id": "r", "item_id": "i-r", "delta": "AAAA"}
        server.send({"type": "response.output_audio.delta", **sound})
        server.send({"type": "response.done", "response": {"id": "r", "status": "cancelled"}})
        server.answer("s", "Yes?", 0.5)
        until(lambda: talk.of(Done))
        assert talk.seconds() == pytest.approx(3.5)
        assert [told.answer for told in talk.of(Done)] == [1]  # type: ignore[union-attr]
        assert [one["content"] for one in talk.agent.history.messages()] == ["It is ten. And\nYes?"]


def test_after_an_answer_was_made_only_what_was_heard_is_told() -> None:
    with realtime_serving(Realtime()) as server, talking(server.url) as talk:
        until(lambda: talk.agent._ready)
        server.answer("r", "It is ten.", 2.0)
        until(lambda: talk.of(Done))
        talk.agent.interrupt(0, 5.0)
        until(lambda: len(server.kinds()) == 2)
        assert server.came[-1]["audio_end_ms"] == 2000, "no more than there is"


def test_a_line_is_said_by_the_endpoint() -> None:
    with realtime_serving(Realtime()) as server, talking(server.url) as talk:
        until(lambda: talk.agent._ready)
        talk.agent.say("welcome everybody")
        until(lambda: "response.create" in server.kinds())
        assert "welcome everybody" in server.came[-1]["response"]["instructions"]
        with pytest.raises(VisavisError, match="a line without words"):
            talk.agent.say("…")


def test_a_connection_that_is_lost_is_told_once_and_made_anew_with_what_was_said() -> None:
    with realtime_serving(Realtime()) as server, talking(server.url) as talk:
        until(lambda: talk.agent._ready)
        server.answer("r", "It is ten.", 0.5, over=False)
        until(lambda: talk.seconds() > 0.4)
        server.drop()
        until(lambda: server.connections == 2 and talk.agent._ready)
        until(lambda: "conversation.item.create" in server.kinds())
        assert server.came[-1]["item"]["content"] == [{"type": "output_text", "text": "It is ten."}]
        (trouble,) = [told.text for told in talk.of(Trouble)]  # type: ignore[union-attr]
        assert "(1011): out of memory; it is tried again" in trouble
        assert KEY not in trouble
        assert talk.of(Done), "what it was saying is over"
        server.answer("s", "Again.", 0.5)
        until(lambda: len(talk.of(Done)) == 2)


def test_nonsense_and_errors_are_told_and_it_goes_on() -> None:
    with realtime_serving(Realtime()) as server, talking(server.url) as talk:
        until(lambda: talk.agent._ready)
        server.send({"type": "error", "error": {"message": f"no such\nvoice, {KEY}"}})
        until(lambda: talk.of(Trouble))
        server.send("nonsense")
        until(lambda: server.connections == 2 and talk.agent._ready)
        server.answer("r", "Hello.", 0.5)
        until(lambda: talk.of(Done))
        first, second = [told.text for told in talk.of(Trouble)]  # type: ignore[union-attr]
        assert first.endswith("/v1/realtime: no such voice, ***")
        assert "no message of the realtime protocol" in second


def test_one_that_refuses_or_is_not_there_is_told_once_and_tried_again() -> None:
    with realtime_serving(Realtime(refuses=401)) as server, talking(server.url) as talk:
        until(lambda: talk.of(Trouble))
        assert "HTTP 401" in talk.told[0].text  # type: ignore[union-attr]
        time.sleep(0.4)
        assert len(talk.of(Trouble)) == 1
        with pytest.raises(VisavisError, match="is not connected"):
            talk.agent.say("hello")
        talk.speak(0.2)
        server.refuses = 0
        until(lambda: talk.agent._ready)
        assert not talk.agent.busy
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with talking(f"ws://127.0.0.1:{taken.getsockname()[1]}/v1") as talk:
            until(lambda: talk.of(Trouble))


def test_one_that_never_begins_is_not_waited_for() -> None:
    with realtime_serving(Realtime(silent=True)) as server, talking(server.url, timeout_s=0.3) as talk:
        until(lambda: talk.of(Trouble))
        assert "did not begin within 0.3 s" in talk.told[0].text  # type: ignore[union-attr]
