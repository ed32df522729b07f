"""A worker that takes more memory than there is: Ray ends it, and its piece is named."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from visavis.core.ray_door import ray_module
from visavis.core.ray_engine import ray_engine
from visavis.core.work import WorkerLost

pytestmark = [
    pytest.mark.filterwarnings("ignore:::ray"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def test_a_worker_without_memory_names_its_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ray", reason="needs ray: pip install 'visavis[ray]'")
    (tmp_path / "pieces_of_memory.py").write_text(
        "import time\n\ndef work_long(number):\n    for _ in range(300):\n        time.sleep(0.1)\n    return number\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
    import pieces_of_memory  # type: ignore[import-not-found]

    ray = ray_module("a test")
    ray.init(
        "local",
        num_cpus=1,
        include_dashboard=False,
        object_store_memory=100_000_000,
        log_to_driver=False,
        logging_level="ERROR",
        _system_config={"memory_usage_threshold": 0.01, "memory_monitor_refresh_ms": 100},
    )
    try:
        with ray_engine() as engine, pytest.raises(WorkerLost, match=r"^piece 0: the machine .* ran out of memory"):
            list(engine.map(pieces_of_memory.work_long, [0], named="piece {}".format))
    finally:
        ray.shutdown()
