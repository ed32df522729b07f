"""A chat endpoint for tests: answers what it is told to, and keeps what it was asked."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any


@dataclass
class StandIn:
    """What it answers: `status`, and `body` or a completion of `content`; after `wait_s`; `drip`: byte by byte.

    plain_only: refuses structured output. asked, headers: of every request so far.
    """

    content: str = ""
    status: int = 200
    body: bytes | None = None
    wait_s: float = 0.0
    drip: bool = False
    plain_only: bool = False
    location: str | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    url: str = ""
    over: Event = field(default_factory=Event)

    def answer(self) -> bytes:
        if self.body is not None:
            return self.body
        return json.dumps({"choices": [{"message": {"role": "assistant", "content": self.content}}]}).encode()


@contextmanager
def standing_in(stand_in: StandIn) -> Iterator[StandIn]:
    """The endpoint on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            stand_in.asked.append(asked)
            stand_in.headers.append(dict(self.headers))
            stand_in.paths.append(self.path)
            stand_in.over.wait(stand_in.wait_s)
            refused = stand_in.plain_only and "response_format" in asked
            body = stand_in.answer()
            try:
                self.send_response(400 if refused else stand_in.status)
                self.send_header("Content-Length", str(len(body)))
                if stand_in.location is not None:
                    self.send_header("Location", stand_in.location)
                self.end_headers()
                for start in range(0, len(body), 1 if stand_in.drip else len(body) or 1):
                    self.wfile.write(body[start : start + (1 if stand_in.drip else len(body))])
                    if stand_in.drip:
                        time.sleep(0.05)
            except OSError:
                pass

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stand_in.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield stand_in
    finally:
        stand_in.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
