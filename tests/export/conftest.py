from __future__ import annotations

from pathlib import Path

import pytest
from filelock import FileLock

from tests.small_systems import make
from visavis.export.write import export_onnx


@pytest.fixture(scope="session")
def small_arig(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A small system with random weights, `make("arig extended")`, as networks, written once for all workers."""
    for package in ("onnx", "onnxruntime", "onnxscript"):
        pytest.importorskip(package, reason=f"{package} is not installed: pip install 'visavis[export]'")
    own = tmp_path_factory.getbasetemp()
    folder = (own if worker_id == "master" else own.parent) / "small-arig-onnx"
    with FileLock(f"{folder}.lock"):
        if not folder.is_dir():
            export_onnx(make("arig extended"), folder)
    return folder
