from __future__ import annotations

import json

import pytest

from tests.wire.agents.stand_in import KEY, Services, serving
from visavis.core.errors import VisavisError
from visavis.wire.agents.chat_stream import MOST_LETTERS, answer_text, chat_posting

PATH = "/chat/completions"
MESSAGES = [{"role": "user", "content": "how late is it"}]


def answer(services: Services) -> list[str]:
    with serving(services):
        endpoint = services.endpoint()
        return list(answer_text(endpoint, chat_posting(endpoint, MESSAGES)))


def test_the_text_comes_as_it_is_written() -> None:
    services = Services(words=[["It ", "is ", "ten."]])
    assert answer(services) == ["It ", "is ", "ten."]
    (asked,) = services.requests(PATH)
    assert (asked["model"], asked["stream"], asked["messages"]) == ("small", True, MESSAGES)


def test_a_server_that_does_not_stream_answers_at_once() -> None:
    body = json.dumps({"choices": [{"message": {"content": "It is\nten."}}]}, indent=1).encode()
    assert answer(Services(raw={PATH: body})) == ["It is\nten."]


def test_what_a_model_thinks_is_not_said() -> None:
    words = [["<th", "ink>", "The user wants", " the time.</thi", "nk>\n\n", "It is ", "ten."]]
    assert "".join(answer(Services(words=words))) == "It is ten."
    assert "".join(answer(Services(words=[["<", "3 for you"]]))) == "<3 for you"
    assert answer(Services(words=[["<think>for ever"]])) == []


def test_an_answer_that_does_not_end_is_cut() -> None:
    text = "".join(answer(Services(words=[["word " * 100] * 50])))
    assert MOST_LETTERS < len(text) < MOST_LETTERS + 600


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"data: nonsense\n\n",
        b"data: []\n\n",
        b'data: {"choices": [{}]}\n\n',
        b'data: {"choices": [{"delta": {"content": 3}}]}\n\n',
        b"\xff\xfe",
    ],
)
def test_another_form_is_told(body: bytes) -> None:
    with pytest.raises(VisavisError, match="another form than chat completions; check VISAVIS_CHAT_URL"):
        answer(Services(raw={PATH: body}))


def test_an_error_amid_the_answer_is_told_without_the_key() -> None:
    body = f'data: {{"error": {{"message": "no\\nquota for {KEY}"}}}}\n\n'.encode()
    with pytest.raises(VisavisError, match=r"answers with an error: no quota for \*\*\*$"):
        answer(Services(raw={PATH: body}))


def test_one_that_breaks_off_is_told_after_what_came() -> None:
    with serving(Services(words=[["It is "]], breaks=True)) as services:
        text = answer_text(services.endpoint(), chat_posting(services.endpoint(), MESSAGES))
        assert next(text) == "It is "
        with pytest.raises(VisavisError, match="broke off amid its answer"):
            next(text)
