"""WebSockets to servers; the one door to websockets."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from visavis.core.errors import VisavisError, missing_extra

_log = logging.getLogger("visavis.websocket")
_log.setLevel(logging.INFO)
"""What websockets logs beyond holds headers, and with them keys."""


class Lost(VisavisError):
    """The other side has ended the connection: `code` and `reason` as it gave them, 1006 where it gave none."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"the connection was ended ({code}): {reason}")
        self.code, self.reason = code, reason


class WebSocket:
    """A connection that is open, as `open_socket` gives it."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket

    async def send(self, data: bytes | str) -> None:
        """A message, binary or text. Raises `Lost`."""
        import websockets

        try:
            await self._socket.send(data)
        except websockets.ConnectionClosed as closed:
            raise _lost(closed) from None

    async def receive(self) -> bytes | str:
        """The next message. Raises `Lost`."""
        import websockets

        try:
            came: bytes | str = await self._socket.recv()
        except websockets.ConnectionClosed as closed:
            raise _lost(closed) from None
        return came

    async def close(self) -> None:
        """Ends it."""
        await self._socket.close()


async def open_socket(
    url: str,
    largest: int,
    purpose: str,
    headers: Mapping[str, str] | None = None,
    origin: str | None = None,
    timeout_s: float = 10.0,
) -> WebSocket:
    """A connection to `url`. largest: bytes of a message that is taken. purpose: who needs it, for messages.

    Raises `VisavisError` where nobody answers, the server refuses, or websockets is missing, and says why.
    """
    try:
        import websockets
    except ImportError:
        raise missing_extra("websockets", "serve", purpose) from None
    try:
        socket = await websockets.connect(
            url,
            origin=None if origin is None else websockets.Origin(origin),
            additional_headers=headers,
            max_size=largest,
            compression=None,
            open_timeout=timeout_s,
            logger=_log,
        )
    except TimeoutError:
        raise VisavisError(f"no answer within {timeout_s:g} s") from None
    except (OSError, websockets.InvalidHandshake, websockets.InvalidURI) as error:
        raise VisavisError(str(error)) from None
    return WebSocket(socket)


def _lost(closed: Any) -> Lost:
    if closed.rcvd is None:
        return Lost(1006, "the connection was lost")
    return Lost(closed.rcvd.code, closed.rcvd.reason)
