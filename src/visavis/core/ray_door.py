"""Clusters of machines by Ray; the one door to ray."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from visavis.core.errors import VisavisError, missing_extra

ANSWER_S = 5.0
"""How long a cluster may take to answer at its address [s]."""

_USUAL = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_NUM_REDIS_GET_RETRIES": "1",
    "RAY_task_oom_retries": "0",
    "RAY_worker_niceness": "0",
}
"""Nobody is told that ray is used; a server that is no Ray is given up sooner; a piece that took all memory is an error
(ray's own: it is tried without end); workers of a Ray of this machine's own
count as much as other processes (ray's own: 15, with which live conversations come late beside anything else)."""

_STORE_BYTES = 256 * 2**20


@contextmanager
def ray_cluster(address: str | None, cores: int, purpose: str) -> Iterator[Any]:
    """The module `ray`, connected to a cluster for the time of the block.

    address: `HOST:PORT` of a cluster that this machine belongs to, `ray://HOST:PORT` for one that it does not,
    `auto` for the one that runs on this machine; None: what RAY_ADDRESS says, else a Ray of this machine's own with so
    many `cores`, which begins and ends with the block. A process that is connected already stays so.
    purpose: who needs it, for messages.
    Raises `VisavisError` where ray is missing, or nobody answers at the address.
    """
    ray = ray_module(purpose)
    if ray.is_initialized():
        yield ray
        return
    try:
        _connect(ray, address or os.environ.get("RAY_ADDRESS") or "local", cores)
        yield ray
    finally:
        with _signals_kept():
            ray.shutdown()


def ray_module(purpose: str) -> Any:
    """The module `ray`, as `_USUAL` says where the environment does not. Raises `VisavisError` where it is missing."""
    for name, usual in _USUAL.items():
        os.environ.setdefault(name, usual)
    try:
        import ray
    except ImportError:
        raise missing_extra("ray", "ray", purpose) from None
    return ray


def serve_module() -> Any:
    """The module `ray.serve`. Raises `VisavisError` where it is missing."""
    purpose = "a live server on many machines"
    ray_module(purpose)
    try:
        from ray import serve
    except ImportError:
        raise missing_extra("ray[serve]", "ray", purpose) from None
    logging.getLogger("ray.serve").setLevel(logging.WARNING)
    return serve


def first_line(error: object) -> str:
    """The first line of what ray says, whose messages are pages long."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines or [type(error).__name__])[0][:300]


def _connect(ray: Any, address: str, cores: int) -> None:
    """Join the cluster at an address, or begin one in this machine; signals are handled as before."""
    with _signals_kept():
        if address == "local":
            ray.init(
                "local",
                num_cpus=cores,
                include_dashboard=False,
                object_store_memory=_STORE_BYTES,
                log_to_driver=False,
                logging_level="ERROR",
            )
            return
        require_answer(address)
        try:
            ray.init(address, log_to_driver=False, logging_level="ERROR")
        except (OSError, RuntimeError, ValueError) as error:
            raise VisavisError(f"no Ray cluster can be joined at {address}: {first_line(error)}") from None


def require_answer(address: str) -> None:
    """Refuse an address that is none, or at which nobody answers within some seconds; Ray itself asks for minutes."""
    if address == "auto":
        return
    try:
        parts = urlsplit(address if "://" in address else f"//{address}")
        host, port, known = parts.hostname, parts.port, parts.scheme in ("", "ray")
    except ValueError:
        host, port, known = None, None, False
    if not (host and port and known):
        raise VisavisError(
            f"{address!r} is no address of a Ray cluster; give HOST:PORT, ray://HOST:PORT, or auto for the one that "
            f"runs here"
        )
    try:
        socket.create_connection((host, port), ANSWER_S).close()
    except OSError as error:
        raise VisavisError(
            f"no Ray cluster answers at {address} ({error.strerror or error}); begin one with ray start --head, or "
            f"leave the address out"
        ) from None


@contextmanager
def _signals_kept() -> Iterator[None]:
    """Within, signals may be given other handlers, which do not stay."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def node_address() -> str:
    """The address at which other machines of the cluster reach this one."""
    return str(ray_module("a worker").util.get_node_ip_address())
