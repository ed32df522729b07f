from __future__ import annotations

import os
from pathlib import Path

import pytest
from filelock import FileLock

# Before anything imports torch: small tensors on many threads only wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data and golden cases: VISAVIS_SHARED, or `shared` beside the repository."""
    place = Path(os.environ.get("VISAVIS_SHARED") or Path(__file__).resolve().parents[2] / "shared")
    if not place.is_dir():
        pytest.skip(f"needs real data in {place.name}/ beside the repository, or at VISAVIS_SHARED")
    return place


@pytest.fixture(scope="session")
def arig_onnx(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """arig-small as networks, which take half a minute to write: once for all workers."""
    for package in ("onnx", "onnxruntime", "onnxscript"):
        pytest.importorskip(package, reason=f"{package} is not installed: pip install 'visavis[export]'")
    from visavis.export.write import export_onnx
    from visavis.system.shipped import load_trainable

    own = tmp_path_factory.getbasetemp()
    folder = (own if worker_id == "master" else own.parent) / "arig-small-onnx"
    with FileLock(f"{folder}.lock"):
        if not folder.is_dir():
            export_onnx(load_trainable("arig-small"), folder)
    return folder
