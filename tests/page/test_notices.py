"""What ships of others' work is named in THIRD_PARTY_NOTICES.md."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.page.node import PAGE

ROOT = PAGE.parent
NOTICES = (ROOT / "THIRD_PARTY_NOTICES.md").read_text(encoding="utf-8")
MODELS = sorted(path.name for path in (ROOT / "src" / "visavis" / "assets" / "models").iterdir())


@pytest.fixture
def notices(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("notices", PAGE / "notices.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "notices", module)
    spec.loader.exec_module(module)
    return module


def test_the_notices_name_what_the_lockfiles_do(notices: ModuleType) -> None:
    assert notices.table(notices.shipped()) in NOTICES, "run: python page/notices.py"


def test_whoever_asks_for_the_text_of_a_licence_has_it_there(notices: ModuleType) -> None:
    told = [line.removeprefix("### ").split(", ") for line in NOTICES.splitlines() if line.startswith("### ")]
    named = {name for names in told for name in names}
    assert named == {one.name for one in notices.shipped() if one.licence != "Apache-2.0"}
    assert NOTICES.count("```text") == len(told)


def test_tools_and_declarations_do_not_ship_and_what_runs_does(notices: ModuleType) -> None:
    names = {one.name: one.inside for one in notices.shipped()}
    assert names["three"] == "page, player"
    assert names["onnxruntime-web"] == names["@mediapipe/face_mesh"] == names["meshoptimizer"] == "page"
    assert names["pyodide"] == "page"
    assert (
        not {"ws", "@types/emscripten", "vite", "typescript", "esbuild", "@types/node", "@types/three"} & names.keys()
    )


def test_a_new_package_changes_the_table(notices: ModuleType, tmp_path: Path) -> None:
    for folder in ("page", "player"):
        packages = {"": {}, "node_modules/three": {"version": "1", "license": "MIT", "dev": folder == "player"}}
        if folder == "page":
            packages["node_modules/a/node_modules/@b/c"] = {"version": "2", "license": "ISC"}
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "package-lock.json").write_text(json.dumps({"packages": packages}), encoding="utf-8")
    rows = notices.table(notices.shipped(tmp_path)).splitlines()[2:]
    assert rows == ["| @b/c | 2 | ISC | page |", "| three | 1 | MIT | page, player |"]
    text = f"before {notices.BEGIN} old {notices.END} after"
    assert notices.replaced(text, "new") == f"before {notices.BEGIN}\n\nnew\n\n{notices.END} after"


@pytest.mark.parametrize("name", MODELS)
def test_every_model_says_what_it_was_trained_on(name: str) -> None:
    assert f"`{name}`" in NOTICES


def test_every_folder_that_ships_is_told_of() -> None:
    folders = sorted(path.name for path in (ROOT / "src" / "visavis" / "assets").iterdir() if path.is_dir())
    told = {"demo", "models", "page", "player", "speakers", "surfaces", "words"}
    assert set(folders) <= told, "say in THIRD_PARTY_NOTICES.md whose the new folder is, and name it here"
    assert all(f"assets/{name}" in NOTICES for name in told - {"models"})
