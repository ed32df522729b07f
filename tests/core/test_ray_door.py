from __future__ import annotations

import socket
import sys
import time

import pytest

from visavis.core.errors import VisavisError
from visavis.core.ray_door import first_line, ray_cluster, ray_module, require_answer, serve_module


def test_without_ray_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(VisavisError, match=r"scoring needs ray; .*visavis\[ray\]"):
        ray_module("scoring")
    with pytest.raises(VisavisError, match=r"visavis\[ray\]"):
        serve_module()
    with pytest.raises(VisavisError, match=r"visavis\[ray\]"), ray_cluster("10.0.0.1:1", 1, "scoring"):
        pass


@pytest.mark.parametrize("address", ["nowhere", "http://host:80", "host:port", ":6379", "host:99999", "ray://", "[::"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(VisavisError, match=r"is no address of a Ray cluster; give HOST:PORT, ray://HOST:PORT"):
        require_answer(address)


def test_a_dead_address_is_told_within_seconds() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    began = time.monotonic()
    for one in (address, f"ray://{address}"):
        with pytest.raises(VisavisError, match=rf"no Ray cluster answers at {one} \(.*refused\); begin one with ray"):
            require_answer(one)
    assert time.monotonic() - began < 3
    require_answer("auto")


def test_an_address_is_tried_before_ray_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ray", reason="needs ray: pip install 'visavis[ray]'")
    with pytest.raises(VisavisError, match="no Ray cluster answers"), ray_cluster("127.0.0.1:1", 1, "scoring"):
        pass
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:2")
    with (
        pytest.raises(VisavisError, match=r"no Ray cluster answers at 127\.0\.0\.1:2"),
        ray_cluster(None, 1, "scoring"),
    ):
        pass


def test_of_long_messages_the_first_line_is_kept() -> None:
    assert first_line(RuntimeError("\n  it is so\nand more")) == "it is so"
    assert first_line(KeyError()) == "KeyError"
