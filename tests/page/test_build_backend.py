"""How the package's build makes the page, and what it does where it cannot."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from tests.page.node import PAGE


def loaded(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, PAGE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def builder() -> ModuleType:
    return loaded("build_page")


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    for name in (
        "page/index.html",
        "page/package-lock.json",
        "page/vite.config.ts",
        "page/face_mesh.ts",
        "page/ort.ts",
        "page/player_template.ts",
        "page/pyodide.ts",
        "page/src/main.ts",
        "page/public/a.bin",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name, encoding="utf-8")
    (tmp_path / "player" / "src").mkdir(parents=True)
    (tmp_path / "player" / "src" / "figure.js").write_text("1", encoding="utf-8")
    return tmp_path / "page"


def test_what_the_page_is_built_from_tells_builds_apart(builder: ModuleType, sources: Path) -> None:
    before = builder.sources_hash(sources)
    assert before == builder.sources_hash(sources)
    (sources / "node_modules").mkdir()
    (sources / "node_modules" / "x.js").write_text("2", encoding="utf-8")
    assert builder.sources_hash(sources) == before
    (sources.parent / "player" / "src" / "figure.js").write_text("2", encoding="utf-8")
    assert builder.sources_hash(sources) != before


def test_a_page_of_these_sources_is_not_built_again(
    builder: ModuleType, sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[list[str]] = []
    out = tmp_path / "out"

    def ran(command: list[str], **_: object) -> SimpleNamespace:
        commands.append(command)
        out.mkdir(exist_ok=True)
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(builder.subprocess, "run", ran)
    monkeypatch.setattr(builder, "tools", lambda: ("node", "npm-cli.js"))
    assert builder.build_page(sources, out) is True
    assert [command[1:3] for command in commands] == [["npm-cli.js", "ci"], ["node_modules/vite/bin/vite.js", "build"]]
    assert builder.build_page(sources, out) is False
    (sources / "src" / "main.ts").write_text("changed", encoding="utf-8")
    assert builder.build_page(sources, out) is True


def test_without_npm_there_is_no_page(
    builder: ModuleType, sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = [sys.executable, "-c", "import sys; sys.exit('npm error network')"]
    monkeypatch.setattr(builder, "tools", lambda: tuple(failing[:2]))
    told = subprocess.CompletedProcess(failing, 1, "", "npm error code ENOTFOUND\nnpm error\nnpm error no network\n")
    monkeypatch.setattr(builder.subprocess, "run", lambda *_, **__: told)
    with pytest.raises(builder.NoPage, match=r"npm's registry gave no packages \(no network\)"):
        builder.build_page(sources, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_package_is_built_without_a_page_that_cannot_be(
    builder: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("setuptools", reason="builds are setuptools'")
    monkeypatch.setitem(sys.modules, "build_page", builder)
    backend = loaded("build_backend")

    def failing() -> bool:
        raise builder.NoPage("no network")

    monkeypatch.setattr(backend, "build_page", failing)
    monkeypatch.setattr(backend.build_meta, "build_wheel", lambda *_: "visavis.whl")
    with pytest.warns(UserWarning, match="built without the page of `visavis serve`: no network"):
        assert backend.build_wheel("somewhere") == "visavis.whl"


def test_a_page_with_errors_leaves_nothing_half_built(
    builder: ModuleType, sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "index.html").write_text("half", encoding="utf-8")

    def ran(command: list[str], **_: object) -> SimpleNamespace:
        return SimpleNamespace(returncode=int("build" in command), stderr="x is not defined", stdout="")

    monkeypatch.setattr(builder.subprocess, "run", ran)
    monkeypatch.setattr(builder, "tools", lambda: ("node", "npm"))
    with pytest.raises(builder.NoPage, match="x is not defined"):
        builder.build_page(sources, out)
    assert not out.exists()
