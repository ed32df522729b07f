from __future__ import annotations

import socket
import threading
import time

import pytest

from tests.wire.agents.stand_in import KEY, Services, serving, until
from visavis.core.errors import VisavisError
from visavis.wire.posting import Cancelled, Posting, Refused

CHAT = "/chat/completions"


def test_pieces_come_as_they_are_sent() -> None:
    with serving(Services(words=[["one", "two"]], gap_s=0.3)) as services:
        posting, begun = Posting(services.endpoint(), b"{}"), time.monotonic()
        times = {piece: time.monotonic() - begun for piece in posting.pieces()}
    first = next(at for piece, at in times.items() if b"one" in piece)
    second = next(at for piece, at in times.items() if b"two" in piece)
    assert first < 0.25
    assert second - first > 0.2
    assert services.headers[0]["Authorization"] == f"Bearer {KEY}"


def test_it_may_pause_as_long_as_it_may_take_but_not_longer() -> None:
    with serving(Services(words=[["a"] * 4], gap_s=0.25)) as services:
        whole = b"".join(Posting(services.endpoint(timeout_s=0.6), b"{}").pieces())
        assert whole.count(b"content") == 4, "1 s in all"
        with pytest.raises(VisavisError, match=r"/v1/chat/completions did not answer within 0\.1 s"):
            list(Posting(services.endpoint(timeout_s=0.1), b"{}").pieces())


def test_who_waits_is_told_at_once_that_it_is_cancelled() -> None:
    with serving(Services(stall={CHAT})) as services:
        posting, ended = Posting(services.endpoint(timeout_s=20), b"{}"), threading.Event()

        def wait() -> None:
            with pytest.raises(Cancelled):
                list(posting.pieces())
            ended.set()

        thread = threading.Thread(target=wait)
        thread.start()
        until(lambda: services.asked)
        begun = time.monotonic()
        posting.cancel()
        assert ended.wait(5)
        assert time.monotonic() - begun < 1
        thread.join()
        with pytest.raises(Cancelled):
            list(posting.pieces())


def test_a_refusal_tells_status_and_variables_but_neither_key_nor_what_the_server_says() -> None:
    with serving(Services(fail={CHAT: 401})) as services, pytest.raises(Refused, match="401 Unauthorized") as refused:
        list(Posting(services.endpoint(), b"{}").pieces())
    assert refused.value.status == 401
    assert "VISAVIS_CHAT_KEY" in str(refused.value)
    assert KEY not in str(refused.value)


def test_what_breaks_off_or_is_no_http_is_told_in_one_line() -> None:
    def answered(data: bytes) -> str:
        with socket.create_server(("127.0.0.1", 0)) as server:

            def answer() -> None:
                one, _ = server.accept()
                with one:
                    one.recv(65_536)
                    one.sendall(data)

            thread = threading.Thread(target=answer)
            thread.start()
            services = Services(url=f"http://127.0.0.1:{server.getsockname()[1]}/v1")
            with pytest.raises(VisavisError, match="no answer from http://127") as told:
                list(Posting(services.endpoint(), b"{}").pieces())
            thread.join()
        return str(told.value)

    for data in (b"SSH-2.0-none\r\n", b"", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhalf"):
        assert "\n" not in answered(data)


def test_a_flood_is_cut() -> None:
    flood = Services(raw={CHAT: b"x" * 300_000})
    with serving(flood) as services, pytest.raises(VisavisError, match="more than 100,000 bytes; it is no chat"):
        list(Posting(services.endpoint(), b"{}", most_bytes=100_000).pieces())
