"""What the server counts, for Prometheus; the one door to prometheus_client."""

from __future__ import annotations

from typing import Any

from visavis.core.errors import missing_extra

_SECONDS = (0.02, 0.04, 0.08, 0.12, 0.16, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7, 1.0, 2.0)
_STEP_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64)


class Metrics:
    """Counters and histograms of one server, in a registry of its own.

    Raises `VisavisError` where prometheus_client is missing.
    """

    def __init__(self) -> None:
        try:
            import prometheus_client as prometheus
        except ImportError:
            raise missing_extra("prometheus_client", "serve", "the live server") from None
        self._prometheus: Any = prometheus
        self.registry = prometheus.CollectorRegistry()

        def counter(name: str, text: str, *labels: str) -> Any:
            return prometheus.Counter(name, text, labels, namespace="visavis", registry=self.registry)

        def gauge(name: str, text: str) -> Any:
            return prometheus.Gauge(name, text, namespace="visavis", registry=self.registry)

        def histogram(name: str, text: str, buckets: tuple[float, ...]) -> Any:
            return prometheus.Histogram(
                name, text, namespace="visavis", registry=self.registry, buckets=(*buckets, float("inf"))
            )

        self.conversations = gauge("conversations", "conversations that go on")
        self.connections = gauge("connections", "clients that are connected")
        self.begun = counter("conversations_begun", "conversations that began")
        self.resumed = counter("conversations_resumed", "connections that went on with one")
        self.ended = counter("connections_ended", "connections by how they ended", "reason")
        self.messages = counter("messages", "messages of clients", "kind")
        self.errors = counter("message_errors", "messages that could not be used", "reason")
        self.lost = counter("messages_lost", "messages that were left out on their way here")
        self.dropped = counter("messages_dropped", "messages that clients were too slow for")
        self.frames = counter("frames", "frames drawn")
        self.skipped = counter("frames_skipped", "frames left out where drawing was a second behind")
        self.interruptions = counter("interruptions", "times that a user spoke over the agent")
        self.failures = counter("failures", "conversations that failed on the server")
        self.step = histogram("round_seconds", "one round of all conversations", _STEP_S)
        self.reaction = histogram("reaction_seconds", "age of the user's newest voice in frames sent", _SECONDS)

    @property
    def content_type(self) -> str:
        """Of `text`."""
        return str(self._prometheus.CONTENT_TYPE_LATEST)

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return bytes(self._prometheus.generate_latest(self.registry))
