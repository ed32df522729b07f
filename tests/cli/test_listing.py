from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command import run
from visavis.system import catalogue
from visavis.system.shipped import known_models
from visavis.training.recipes import RECIPES


def test_models_tells_what_ships_and_what_can_be_trained(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("models") == 0
    ships, _, trains = capsys.readouterr().out.partition("recipes, to train:\n")
    names, facts = ships.splitlines()[1::2], ships.splitlines()[2::2]
    assert [line.split()[0] for line in names] == known_models()
    assert "  timar-small                   0.4 s turns, 8 s of context" in ships
    told = dict(zip(known_models(), facts, strict=True))
    small = "15.2 MB, latency 0.45 s; jaw r, nods F1: test .947, .61; ood .947, .59; natural .917, .52; Apache-2.0"
    assert told["timar-small"].strip() == small
    assert "latency 0.18 s (0.06 s, the agent's voice known 0.12 s ahead); " in told["arig-small"]
    assert "here" not in ships
    assert [line.split()[0] for line in trains.splitlines()] == list(RECIPES)
    assert all(len(line.split()) > 3 for line in trains.splitlines())


def test_speed_is_measured_where_asked_and_everything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(catalogue, "measured", lambda name: 31.4 if name == "timar-small" else 5.25)
    assert run("models", "--measure", "--json", str(tmp_path / "models.json")) == 0
    assert "latency 0.45 s, 31 times real time here; jaw r" in capsys.readouterr().out
    told = json.loads((tmp_path / "models.json").read_text())
    assert list(told) == known_models()
    assert told["timar-small"]["real_time_here"] == 31.4
    assert told["arig-small"]["card"]["quality"][0] == {
        "split": "test", "jaw_r": 0.94, "nods_f1": 0.72, "smiles_f1": 0.63
    }  # fmt: skip
    assert run("models", "--json", str(tmp_path / "models.json" / "x")) == 2
