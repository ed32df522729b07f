"""Datagrams to one listener."""

from __future__ import annotations

import socket

from visavis.core.errors import VisavisError


class Udp:
    """Sends datagrams to `host`:`port`. Raises `VisavisError` when the host is not known.

    Sending never waits and never fails: who does not listen misses frames, `lost` counts those that could not go out.
    """

    def __init__(self, host: str, port: int) -> None:
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        except (socket.gaierror, OverflowError, UnicodeError) as error:
            raise VisavisError(f"no way to {host}:{port} ({error}); check the address, ports are 1 to 65535") from error
        self._address, self._socket = address, socket.socket(family, kind, protocol)
        self._socket.setblocking(False)
        self.lost = 0

    def send(self, data: bytes) -> None:
        """Send one datagram."""
        try:
            self._socket.sendto(data, self._address)
        except OSError:
            self.lost += 1

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()
