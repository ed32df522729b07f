"""The page without a server, as files: what is there, and what it says of itself."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from visavis.core.errors import VisavisError
from visavis.export.manifest import MANIFEST, Manifest, NetworkFile, digest, read_manifest, write_manifest
from visavis.export.page import BUILT, write_page

INDEX = """<!doctype html>
<html><head>
<link rel="icon" href="/icon.svg">
</head><body><p>Your voice goes to this server and nowhere else.</p></body></html>
"""


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A page as it is built, as far as files go."""
    place = tmp_path / "built"
    for part in ("ort", "pyodide"):
        (place / "engine" / part).mkdir(parents=True)
    (place / "engine" / "ort" / "ort.mjs").write_text("runtime")
    (place / "index.html").write_text(INDEX)
    return place


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    """A folder of export-onnx with two networks."""
    place = tmp_path / "exported"
    place.mkdir()
    networks = []
    for precision in ("float32", "int8"):
        path = place / f"step.{precision}.onnx"
        path.write_bytes(precision.encode())
        networks.append(NetworkFile(precision, path.name, path.stat().st_size, digest(path)))
    manifest = Manifest(
        model="small", fingerprint="", made_with="", sample_rate=16_000, fps=25, hop=1, warm_up=0, space="arkit61",
        channels=("JawOpen",), groups=(), mean_face=(0.0,), people=("agent",), inputs=(), noise=1, labels=(), state=(),
        networks=tuple(networks),
    )  # fmt: skip
    write_manifest(manifest, place)
    return place


def test_it_holds_the_page_the_model_and_a_sample(built: Path, exported: Path, tmp_path: Path) -> None:
    out = tmp_path / "site"
    told = list(write_page(out, str(exported), "int8", built))
    assert "the live page with small in int8" in told[0]
    assert f"python -m http.server --directory {out}" in told[1]
    index = (out / "index.html").read_text()
    assert '<meta name="visavis-engine" content="engine/">' in index
    assert "Your voice stays in this browser." in index
    assert 'href="icon.svg"' in index
    assert "visavis-voice" not in index
    assert not (out / "engine" / "pyodide").exists(), "it has no lines to read"
    assert (out / "engine" / "ort" / "ort.mjs").read_text() == "runtime"
    manifest = read_manifest(out / "engine" / "model")
    assert [one.precision for one in manifest.networks] == ["int8"]
    assert (out / "engine" / "model" / "step.int8.onnx").read_bytes() == b"int8"
    for name in json.loads((out / "engine" / "samples.json").read_text()):
        assert (out / "engine" / "samples" / name).read_bytes()[:4] == b"RIFF"


def test_with_a_voice_it_says_so_and_holds_what_reads(built: Path, exported: Path, tmp_path: Path) -> None:
    for package in ("hibari", "onnx", "onnxruntime", "onnxscript"):
        pytest.importorskip(package, reason=f"{package} is not installed: pip install 'visavis[voices,export]'")
    out = tmp_path / "site"
    told = list(write_page(out, str(exported), "int8", built, voice="hibari"))
    assert "small in int8 and the voice hibari" in told[0]
    assert '<meta name="visavis-voice" content="hibari">' in (out / "index.html").read_text()
    assert (out / "engine" / "pyodide").is_dir()
    assert (out / "engine" / "voice" / "voice.json").is_file()


def test_an_unknown_voice_is_told_before_anything_is_written(built: Path, exported: Path, tmp_path: Path) -> None:
    with pytest.raises(VisavisError, match=r"unknown voice of a page 'kokoro'; known: hibari"):
        list(write_page(tmp_path / "site", str(exported), "int8", built, voice="kokoro"))
    (built / "engine" / "pyodide").rmdir()
    with pytest.raises(VisavisError, match=r"the page is not built; python page/build_page\.py"):
        list(write_page(tmp_path / "site", str(exported), "int8", built, voice="hibari"))
    assert not (tmp_path / "site").exists()


def test_writing_it_again_takes_the_new_model(built: Path, exported: Path, tmp_path: Path) -> None:
    out = tmp_path / "site"
    for precision in ("int8", "float32"):
        list(write_page(out, str(exported), precision, built))
    assert read_manifest(out / "engine" / "model").networks[0].precision == "float32"


def test_what_is_missing_is_told(built: Path, exported: Path, tmp_path: Path) -> None:
    out = tmp_path / "site"
    with pytest.raises(VisavisError, match="unknown precision 'bf16'"):
        list(write_page(out, str(exported), "bf16", built))
    (exported / MANIFEST).unlink()
    with pytest.raises(VisavisError, match="unknown model"):
        list(write_page(out, "nobody", "int8", built))
    shutil.rmtree(built / "engine")
    with pytest.raises(VisavisError, match=r"the page is not built; python page/build_page\.py"):
        list(write_page(out, str(exported), "int8", built))
    assert not out.exists()


@pytest.mark.skipif(not (BUILT / "index.html").is_file(), reason="the page is not built: python page/build_page.py")
def test_the_page_still_says_what_is_replaced() -> None:
    index = (BUILT / "index.html").read_text(encoding="utf-8")
    for text in ("<head>", "Your voice goes to this server and nowhere else.", "the server that gave you this page"):
        assert text in index
