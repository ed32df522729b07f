from __future__ import annotations

import pytest

from tests.cli.command import run
from visavis.wire.server import replicas
from visavis.wire.server import run as running
from visavis.wire.server.replicas import Plan, ReplicaSettings
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


@pytest.mark.usefixtures("here")
def test_replicas_on_a_cluster_are_made_of_the_same_settings(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[tuple[Plan, str | None]] = []
    monkeypatch.setattr(replicas, "serve_replicas", lambda plan, cluster, tell: told.append((plan, cluster)))  # noqa: ARG005
    words = ("serve", "--model", "model", "--most", "3", "--engine", "ray:head:6379")
    assert run(*words, "--replicas", "2", "4", "--drain", "30") == 0
    plan, cluster = told.pop()
    assert cluster == "head:6379"
    assert plan.settings == ServerSettings("model", most=3)
    assert plan.replicas == ReplicaSettings(2, 4, 30)
    assert len(plan.secret) >= 24
    assert plan.system().space.name == "arkit61"
    assert run("serve", "--model", "model", "--engine", "ray") == 0
    assert told.pop()[1] == ""
    for wrong, said in (
        (("--replicas", "2"), "give --engine ray"),
        (("--engine", "ray", "--replicas", "1", "2", "3"), "3 numbers of replicas"),
        (("--engine", "ray", "--replicas", "3", "2"), "3 to 2 replicas"),
        (("--engine", "cluster"), "is no engine"),
    ):
        assert run("serve", "--model", "model", *wrong) == 2
        assert said in capsys.readouterr().err
    assert told == []
