from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from tests.wire.chat_stand_in import StandIn, standing_in
from visavis.core.errors import VisavisError
from visavis.wire.chat import CHAT, Question, ask
from visavis.wire.endpoint import Endpoint, configured

QUESTION = Question([{"role": "user", "content": "where?"}], {"type": "object"}, temperature=0.2, most_tokens=128)


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with standing_in(StandIn("here")) as one:
        yield one


def endpoint(stand_in: StandIn, timeout_s: float = 5.0, key: str | None = None) -> Endpoint:
    return Endpoint(CHAT, stand_in.url, "small", key, timeout_s)


def test_it_asks_as_the_protocol_has_it_and_gives_the_text(stand_in: StandIn) -> None:
    assert ask(endpoint(stand_in, key="secret"), QUESTION) == "here"
    (asked,) = stand_in.asked
    assert stand_in.paths == ["/v1/chat/completions"]
    assert stand_in.headers[0]["Authorization"] == "Bearer secret"
    assert {name: asked[name] for name in ("model", "temperature", "max_tokens", "messages")} == {
        "model": "small",
        "temperature": 0.2,
        "max_tokens": 128,
        "messages": [{"role": "user", "content": "where?"}],
    }
    assert asked["response_format"]["type"] == "json_schema"
    assert asked["response_format"]["json_schema"]["schema"] == {"type": "object"}


def test_without_a_key_none_is_sent_and_a_full_address_stays(stand_in: StandIn) -> None:
    assert ask(Endpoint(CHAT, f"{stand_in.url}/chat/completions/", "small"), QUESTION) == "here"
    assert "Authorization" not in stand_in.headers[0]
    assert stand_in.paths == ["/v1/chat/completions"]


def test_a_server_without_structured_output_is_asked_plainly(stand_in: StandIn) -> None:
    stand_in.plain_only = True
    assert ask(endpoint(stand_in), QUESTION) == "here"
    assert ["response_format" in one for one in stand_in.asked] == [True, False]


def test_it_waits_no_longer_than_it_may(stand_in: StandIn) -> None:
    stand_in.wait_s = 20
    begun = time.monotonic()
    with pytest.raises(VisavisError, match=r"/v1/chat/completions did not answer within 0\.2 s"):
        ask(endpoint(stand_in, 0.2), QUESTION)
    assert time.monotonic() - begun < 5


def test_an_answer_that_drips_is_not_waited_for(stand_in: StandIn) -> None:
    stand_in.drip = True
    begun = time.monotonic()
    with pytest.raises(VisavisError, match=r"did not answer within 0\.3 s"):
        ask(endpoint(stand_in, 0.3), QUESTION)
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"choices": []}', b'{"choices": [{"message": {}}]}', b"\xff"]
)
def test_another_form_is_told(stand_in: StandIn, body: bytes) -> None:
    stand_in.body = body
    with pytest.raises(VisavisError, match="answers in another form than chat completions; check VISAVIS_CHAT_URL"):
        ask(endpoint(stand_in), QUESTION)


def test_a_refusal_and_a_flood_are_told(stand_in: StandIn) -> None:
    stand_in.status = 401
    with pytest.raises(VisavisError, match=r"answers 401 Unauthorized; check .*VISAVIS_CHAT_KEY"):
        ask(endpoint(stand_in, key="secret"), QUESTION)
    assert len(stand_in.asked) == 1, "only what may be for structured output is asked again"
    stand_in.status, stand_in.body = 200, b"x" * 1_100_000
    with pytest.raises(VisavisError, match="answers more than 1,000,000 bytes"):
        ask(endpoint(stand_in), QUESTION)


def test_nobody_is_followed_elsewhere(stand_in: StandIn) -> None:
    with standing_in(StandIn("there")) as other:
        stand_in.status, stand_in.location = 307, f"{other.url}/chat/completions"
        with pytest.raises(VisavisError, match="answers 307"):
            ask(endpoint(stand_in, key="secret"), QUESTION)
        assert other.asked == []


def test_where_nobody_listens_that_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with pytest.raises(VisavisError, match=r"no answer from http://127.*is it running\? or unset VISAVIS_CHAT_URL"):
        ask(Endpoint(CHAT, f"http://127.0.0.1:{port}/v1", "small", timeout_s=2), QUESTION)


def test_only_an_address_in_the_environment_opens_it() -> None:
    assert configured(CHAT, {}) is None
    assert configured(CHAT, {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "http://far/v1"}) is None
    found = configured(CHAT, {"VISAVIS_CHAT_URL": "http://h/v1", "VISAVIS_CHAT_MODEL": "m", "VISAVIS_CHAT_KEY": "k"})
    assert found == Endpoint(CHAT, "http://h/v1", "m", "k")
    assert "k'" not in repr(found), "a key is not shown"
    with pytest.raises(VisavisError, match="VISAVIS_CHAT_MODEL is not; set it to the model's name"):
        configured(CHAT, {"VISAVIS_CHAT_URL": "http://h/v1"})
    for url in ("localhost:11434", "file:///etc/passwd", "http://"):
        with pytest.raises(VisavisError, match="VISAVIS_CHAT_URL cannot be"):
            configured(CHAT, {"VISAVIS_CHAT_URL": url, "VISAVIS_CHAT_MODEL": "m"})
