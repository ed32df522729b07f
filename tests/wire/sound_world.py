"""Sound devices and a clock of a world that stands still until somebody sleeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from visavis.wire.sound_device import Hear, Say

TICK_S = 0.01


@dataclass(eq=False)
class Stream:
    rate: int
    tick: Callable[[int], None]
    running: bool = False
    closed: bool = False
    done: float = 0.0

    def start(self) -> None:
        self.running = True

    def close(self) -> None:
        self.running, self.closed = False, True


@dataclass(eq=False)
class World:
    """A microphone that hears `voice` (or noise), `drift` times as fast as it says, and a loudspeaker that keeps what
    it plays."""

    rate: int = 48_000
    drift: float = 1.0
    now: float = 50.0
    heard: int = 0
    played: list[np.ndarray] = field(default_factory=list)
    streams: list[Stream] = field(default_factory=list)
    stops_at: float = float("inf")
    stop: Callable[[], object] = lambda: None

    def clock(self) -> float:
        return self.now

    @property
    def monotonic(self) -> Callable[[], float]:
        """So that it can stand for the module `time`."""
        return self.clock

    def sleep(self, seconds: float) -> None:
        """Time passes, and devices do their work."""
        self.now += seconds
        for stream in self.streams:
            if stream.running:
                stream.done += seconds * self.drift
                while stream.done >= TICK_S:
                    stream.done -= TICK_S
                    stream.tick(round(TICK_S * stream.rate))
        if self.now >= self.stops_at:
            self.stop()

    def microphone(self, name: str | None, hear: Hear) -> Stream:  # noqa: ARG002
        def tick(count: int) -> None:
            self.heard += count
            hear(np.random.default_rng(self.heard).normal(0, 0.1, count).astype(np.float32))

        self.streams.append(Stream(self.rate, tick))
        return self.streams[-1]

    def speaker(self, name: str | None, rate: int, say: Say) -> Stream:  # noqa: ARG002
        self.streams.append(Stream(rate, lambda count: self.played.append(say(count))))
        return self.streams[-1]
