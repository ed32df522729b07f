from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.cli.command import run
from tests.wire.sound_world import World
from visavis.wire import sound_device

LIVE = ("live", "--model", "model", "--to")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()
    monkeypatch.setattr(sound_device, "PortAudio", lambda: made)
    monkeypatch.setattr(importlib.import_module("visavis.cli.live"), "time", made)
    return made


@pytest.mark.usefixtures("here")
def test_recordings_of_any_rate_go_out_and_it_says_what_it_did(capsys: pytest.CaptureFixture[str]) -> None:
    for name, rate in (("u.wav", 48_000), ("a.wav", 22_050)):
        soundfile.write(name, 0.1 * np.random.default_rng(rate).normal(size=rate * 4 // 5), rate)
    done = run(*LIVE, "jsonl:-", "jsonl:two.jsonl?fps=60", "--user", "u.wav", "--agent", "a.wav", "--speaker", "none")
    told = capsys.readouterr()
    assert done == 0
    frames = [json.loads(line)["frame"] for line in told.out.splitlines()]
    assert frames == list(range(20))
    lines = told.err.splitlines()
    assert len(lines) == 3
    assert "20 frames drawn; sent 20 to jsonl:-, 48 to jsonl:two.jsonl?fps=60" in lines[0]
    assert "(p50)" in lines[1]
    assert "input: 0 pieces late" in lines[2]


@pytest.mark.usefixtures("here")
def test_a_microphone_until_ctrl_c(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.stops_at = world.now + 3
    world.stop = lambda: [os.kill(os.getpid(), signal.SIGINT) for _ in range(2)]
    outside = signal.signal(signal.SIGINT, signal.default_int_handler)  # a test in the background may ignore it
    try:
        assert run(*LIVE, "jsonl:heard.jsonl", "--agent", "agent.wav") == 0
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, outside)
    told = capsys.readouterr()
    sent = len(Path("heard.jsonl").read_text().splitlines())
    assert 50 < sent < 75
    assert f"sent {sent} to jsonl:heard.jsonl" in told.err
    assert all(stream.closed for stream in world.streams)
    assert np.abs(np.concatenate(world.played)).max() > 0.1


@pytest.mark.usefixtures("here")
def test_a_number_of_seconds(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*LIVE, "jsonl:heard.jsonl", "--seconds", "1.2", "--agent", "longer.wav") == 0
    assert len(Path("heard.jsonl").read_text().splitlines()) == 30
    assert "30 frames drawn" in capsys.readouterr().err
    assert world.heard > 1.2 * 48_000


@pytest.mark.usefixtures("here")
@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_sigterm_ends_it_with_a_report(capsys: pytest.CaptureFixture[str]) -> None:
    soundfile.write("long.wav", np.zeros(16_000 * 60), 16_000)
    timer = threading.Timer(3, lambda: os.kill(os.getpid(), signal.SIGTERM))
    timer.start()
    status = run(*LIVE, "jsonl:out.jsonl", "--user", "long.wav")
    timer.join()
    assert status == 128 + signal.SIGTERM
    told = capsys.readouterr().err.splitlines()
    assert told[-1] == "visavis: stopped"
    assert "frames drawn; sent" in told[0]


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("jsonl:-", "--seconds", "0"), "--seconds cannot be 0.0; it is above 0"),
        (("jsonl:-", "--seconds", "nan"), "--seconds cannot be nan"),
        (("udp:somewhere",), "is no address of a live output"),
        (("jsonl:-", "--user", "nobody.wav"), "nobody.wav"),
        (("jsonl:-", "--agent", "broken.wav"), "broken.wav: cannot be read as sound"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(
    options: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*LIVE, *options) == 2
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 1
    assert words in told[0]


@pytest.mark.usefixtures("here")
def test_without_sounddevice_it_names_the_extra(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    assert run(*LIVE, "jsonl:out.jsonl") == 2
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 1
    assert "pip install 'visavis[live]'" in told[0]
