from __future__ import annotations

import pytest

from tests.cli.command import run
from visavis.wire.server import run as running
from visavis.wire.server.settings import ServerSettings


@pytest.mark.usefixtures("here")
def test_options_become_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[ServerSettings] = []
    monkeypatch.setattr(running, "serve", lambda settings, system, tell, agents: told.append(settings))  # noqa: ARG005
    assert run("serve", "--model", "model", "--port", "80", "--most", "3", "--idle", "60", "--seed", "4") == 0
    assert told == [ServerSettings("model", port=80, most=3, idle_s=60, seed=4)]


@pytest.mark.usefixtures("here")
def test_what_makes_no_sense_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("serve", "--model", "nobody") == 2
    assert "unknown model 'nobody'" in capsys.readouterr().err
    assert run("serve", "--model", "model", "--most", "0") == 2
    assert "most" in capsys.readouterr().err
