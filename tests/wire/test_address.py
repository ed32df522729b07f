from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.view.small_heads import lively
from tests.wire.listening import listener, read_osc
from visavis.core.builtin_spaces import ARKIT61
from visavis.core.errors import VisavisError
from visavis.wire.address import open_outlet
from visavis.wire.livelink import decode


def test_a_live_link_address() -> None:
    with listener() as ear:
        outlet = open_outlet(f"livelink://127.0.0.1:{ear.port}?subject=Ada&fps=30", ARKIT61)
        outlet.push(lively(3, 25))
        outlet.pump(0)
        (data,) = ear.hear(1)
        outlet.close()
    packet = decode(data)
    assert packet is not None
    assert (packet.subject, packet.fps) == ("Ada", 30)


@pytest.mark.parametrize(("option", "name"), [("", "JawOpen"), ("?expressions=vrm0", "A"), ("?expressions=vrm1", "aa")])
def test_a_vmc_address(option: str, name: str) -> None:
    with listener() as ear:
        outlet = open_outlet(f"vmc://localhost:{ear.port}{option}", ARKIT61)
        outlet.push(lively(1, 25))
        outlet.pump(0)
        found: list[tuple[str, list[object]]] = []
        while not found or found[-1][0] != "/VMC/Ext/Blend/Apply":
            found += read_osc(ear.hear(1)[0])
        outlet.close()
    assert name in [arguments[0] for address, arguments in found if address == "/VMC/Ext/Blend/Val"]


@pytest.mark.parametrize("absolute", [False, True])
def test_a_file_of_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, absolute: bool) -> None:
    monkeypatch.chdir(tmp_path)
    outlet = open_outlet(f"jsonl:{tmp_path / 'a.jsonl' if absolute else 'a.jsonl'}", ARKIT61, 25)
    outlet.push(lively(3, 25))
    outlet.pump(1)
    outlet.close()
    lines = (tmp_path / "a.jsonl").read_text().splitlines()
    assert [json.loads(line)["fps"] for line in lines] == [25, 25, 25]


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("osc://127.0.0.1", "is no address of a live output; use vmc://HOST"),
        ("127.0.0.1:39539", "is no address of a live output"),
        ("vmc://127.0.0.1:port", "ports and rates are numbers"),
        ("vmc://127.0.0.1:99999", "ports and rates are numbers"),
        ("vmc://127.0.0.1?fps=fast", "ports and rates are numbers"),
        ("vmc://127.0.0.1?fps=0", "a frame rate of 0.0 is none, possible are 1 to 1,000 fps"),
        ("vmc://127.0.0.1?fps=", "gives fps no value"),
        ("vmc://127.0.0.1?fps", "gives fps no value"),
        ("vmc://127.0.0.1?fps=30&fps=60", "gives fps twice"),
        ("vmc://127.0.0.1:0", "nobody listens at port 0"),
        ("vmc://[::1", "Invalid IPv6 URL; .* use vmc://HOST"),
        ("vmc://127.0.0.1?subject=Ada", "unknown option of vmc 'subject'"),
        ("vmc://127.0.0.1?expressions=vrm", "unknown expressions 'vrm'; did you mean 'vrm"),
        ("vmc:192.168.0.5", "names no host; write vmc://192.168.0.5"),
        ("livelink:/192.168.0.5:11111?fps=30", "names no host; write livelink://192.168.0.5:11111"),
        ("vmc:", "names no host; write vmc://127.0.0.1"),
        ("jsonl:", "names no file"),
        ("jsonl:no/such/folder/a.jsonl", r"cannot write no/such/folder/a\.jsonl"),
    ],
)
def test_addresses_that_are_none_say_what_is_possible(
    address: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(VisavisError, match=message):
        open_outlet(address, ARKIT61)
