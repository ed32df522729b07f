from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from visavis.core.errors import VisavisError
from visavis.data.simulate import worker
from visavis.data.simulate.simulation import Simulation
from visavis.data.simulate.voices.cast import Casting


def test_workers_do_not_load_torch() -> None:
    code = "import sys, visavis.data.simulate.worker; print('torch' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.strip() == "False"


def test_every_number_is_answered_by_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    simulation = Simulation(9, "ood", Casting("mixed"))
    asked: list[tuple[Path, Simulation, int]] = []

    def write_scene(folder: Path, simulation: Simulation, index: int) -> int:
        asked.append((folder, simulation, index))
        if index == 4:
            raise VisavisError("no room left")
        return 100 * index

    monkeypatch.setattr(worker, "write_scene", write_scene)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(sys, "argv", ["worker", str(tmp_path), simulation.text()])
    monkeypatch.setattr(sys, "stdin", io.StringIO("3\n4\n5\n"))
    worker.main()
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert answers == [{"frames": 300}, {"error": "no room left"}, {"frames": 500}]
    assert asked == [(tmp_path, simulation, index) for index in (3, 4, 5)]
