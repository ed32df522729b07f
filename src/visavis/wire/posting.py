"""One POST to an endpoint, and its answer as it comes."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from visavis.core.errors import VisavisError
from visavis.wire.endpoint import Endpoint

MOST_BYTES = 1_000_000
_PIECE = 65_536


class Refused(VisavisError):
    """The endpoint answered with an HTTP status that is no success."""

    def __init__(self, endpoint: Endpoint, status: int, reason: str) -> None:
        service = endpoint.service
        super().__init__(
            f"{endpoint.shown} answers {status} {endpoint.cleaned(reason)}; check {service.url_name}, "
            f"{service.model_name} and {service.key_name}, or unset {service.url_name}"
        )
        self.status = status


class Cancelled(VisavisError):
    """The answer is not wanted any more."""


class Posting:
    """A request that is about to be sent. content_type: of the body. accept: of the answer.

    The endpoint may take its `timeout_s` until the answer begins and between its pieces; `until`, of the monotonic
    clock, ends all of it. Redirections are followed nowhere: a key is for one address.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        body: bytes,
        content_type: str = "application/json",
        accept: str = "application/json",
        until: float | None = None,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        headers = {"Content-Type": content_type, "Accept": accept, **endpoint.headers}
        self._request = urllib.request.Request(endpoint.address, body, headers, method="POST")
        self._endpoint, self._until, self._most = endpoint, until, most_bytes
        self._lock = threading.Lock()
        self._cancelled = False
        self._socket: socket.socket | None = None

    def pieces(self) -> Iterator[bytes]:
        """The answer's bytes as they come.

        Raises `VisavisError` where the endpoint cannot be reached, refuses (`Refused`), is late, says too much, or
        breaks off, and `Cancelled` once it is cancelled.
        """
        try:
            yield from self._pieces()
        except urllib.error.HTTPError as error:
            with error:
                raise Refused(self._endpoint, error.code, str(error.reason)) from error
        except VisavisError:
            raise
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise self._told(error) from error

    def cancel(self) -> None:
        """Ends it, from any thread; who waits for a piece is told at once."""
        with self._lock:
            self._cancelled = True
            if self._socket is not None:
                _shut(self._socket)

    def _pieces(self) -> Iterator[bytes]:
        handlers = (_Stay, _Http(self._connected), _Https(self._connected))
        came = 0
        with urllib.request.build_opener(*handlers).open(self._request, timeout=self._left()) as answer:
            while piece := answer.read1(_PIECE):
                came += len(piece)
                if came > self._most:
                    told = f"{self._endpoint.shown} answers more than {self._most:,} bytes; it is no"
                    raise VisavisError(f"{told} {self._endpoint.service.path.strip('/').split('/')[0]}")
                self._left()
                yield piece
                self._left()
        self._left()

    def _left(self) -> float:
        """How long the next piece is waited for [s]."""
        if self._cancelled:
            raise Cancelled("it is not wanted any more")
        left = self._endpoint.timeout_s if self._until is None else self._until - time.monotonic()
        if left <= 0:
            raise self._late()
        return left

    def _connected(self, connection: socket.socket) -> None:
        with self._lock:
            self._socket = connection
            if self._cancelled:
                _shut(connection)

    def _late(self) -> VisavisError:
        return VisavisError(f"{self._endpoint.shown} did not answer within {self._endpoint.timeout_s:g} s")

    def _told(self, error: Exception) -> VisavisError:
        if self._cancelled:
            return Cancelled("it is not wanted any more")
        reason = getattr(error, "reason", error)
        if isinstance(error, TimeoutError) or isinstance(reason, TimeoutError):
            return self._late()
        why = self._endpoint.cleaned(str(reason)) or type(error).__name__
        where, name = self._endpoint.shown, self._endpoint.service.url_name
        return VisavisError(f"no answer from {where} ({why}); is it running? or unset {name}")


def _shut(connection: socket.socket) -> None:
    """Both ways; of the plain socket below TLS, which another thread may be reading."""
    with contextlib.suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


class _Plain(http.client.HTTPConnection):
    """Says which socket it has."""

    def __init__(self, connected: Callable[[socket.socket], None], host: str, timeout: float) -> None:
        super().__init__(host, timeout=timeout)
        self._tell = connected

    def connect(self) -> None:
        """Then it is told."""
        super().connect()
        self._tell(self.sock)


class _Tls(_Plain, http.client.HTTPSConnection):
    """The same over TLS."""


class _Http(urllib.request.HTTPHandler):
    def __init__(self, connected: Callable[[socket.socket], None]) -> None:
        super().__init__()
        self._connected = connected

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        """By a connection that tells its socket."""
        return self.do_open(partial(_Plain, self._connected), req)


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, connected: Callable[[socket.socket], None]) -> None:
        super().__init__()
        self._connected = connected

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        """By a connection that tells its socket."""
        return self.do_open(partial(_Tls, self._connected), req)


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows nobody elsewhere."""

    def redirect_request(self, *_: Any) -> None:
        """No request."""
