"""What a live server is told when it starts: where it listens, whom it lets in, and how much of everything it takes."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Annotated

from visavis.core.bounds import Bounds, Seed, require_bounds

Count = Annotated[int, Bounds(1, 10_000)]
Seconds = Annotated[float, Bounds(0, 200_000, without_least=True)]


@dataclass(frozen=True)
class ServerSettings:
    """The options of `visavis serve`. Times are seconds.

    token: what an address must say (`?token=`), None: nothing. origins: further pages that may connect, beside those
    that the server itself serves. most: conversations at once. reconnect_s: how long one whose connection was lost can
    be gone on with. idle_s: one in which nobody says anything ends after. longest_s: none lasts longer. hello_s: for
    the first message. unread_s: how long a client may read nothing. messages_per_s, bytes_per_s: of a client, with a
    burst of five seconds. lead_s: how far ahead of its time the agent's voice, or its silence, is decided.
    name: of one of several servers, with which the tokens of its conversations begin.
    """

    model: str
    host: str = "127.0.0.1"
    port: int = 8765
    token: str | None = None
    origins: tuple[str, ...] = ()
    voice: str | None = None
    seed: Seed = 0
    most: Count = 8
    reconnect_s: Seconds = 30.0
    idle_s: Seconds = 600.0
    longest_s: Seconds = 3600.0
    hello_s: Seconds = 5.0
    unread_s: Seconds = 20.0
    messages_per_s: Count = 200
    bytes_per_s: Annotated[int, Bounds(1_000, 100_000_000)] = 512_000
    lead_s: Annotated[float, Bounds(0.04, 1)] = 0.2
    name: str = ""

    def __post_init__(self) -> None:
        require_bounds(self)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a host."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
