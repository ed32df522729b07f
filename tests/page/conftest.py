from __future__ import annotations

from pathlib import Path

import pytest
from filelock import FileLock

from visavis.export.write import export_onnx
from visavis.system.shipped import load_trainable


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """arig-small as networks for a browser, written once for all workers."""
    for package in ("onnx", "onnxruntime", "onnxscript"):
        pytest.importorskip(package, reason=f"{package} is not installed: pip install 'visavis[export]'")
    own = tmp_path_factory.getbasetemp()
    folder = (own if worker_id == "master" else own.parent) / "arig-small-onnx"
    with FileLock(f"{folder}.lock"):
        if not folder.is_dir():
            export_onnx(load_trainable("arig-small"), folder, ("float32",))
    return folder
